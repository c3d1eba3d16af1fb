"""What changes in the media types of a body, of a request or of an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from conformance.contract import MediaType
from scripts.contract_diff.changes import PlaceDifference, Walk, shown
from scripts.contract_diff.places import PlacePair

__all__ = ["media_findings"]


def media_findings(
    old: Iterable[MediaType],
    new: Iterable[MediaType],
    whole: Walk,
    within: Callable[[MediaType, MediaType], Iterator[PlaceDifference]],
) -> Iterator[PlaceDifference]:
    """Yield what came and went, and what is different within those that stayed.

    Args:
        old: media types of the body before.
        new: those of the body after.
        whole: says of which body.
        within: compares one that is in both.
    """
    before, after = ({media.name.lower(): media for media in body} for body in (old, new))
    for name in dict.fromkeys((*before, *after)):
        if name not in before:
            yield whole.found("media-type-added", PlacePair(None, after[name].pointer), value=shown(name))
        elif name not in after:
            yield whole.found("media-type-removed", PlacePair(before[name].pointer, None), value=shown(name))
        else:
            yield from within(before[name], after[name])
