"""Which probes are sent where a user wants some requirements only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from attrs import field, frozen

from conformance.checks import COVERS
from conformance.engine.probe import Expect, Probe
from conformance.probes.filling import Row
from conformance.requirements import Catalogue, Layer, Requirement
from conformance.requirements.selection import Selection

__all__ = ["Wanted"]


@frozen
class Wanted:
    """Tells which probes serve a wanted requirement.

    Attributes:
        left_out: ids of the requirements that are not wanted.
        of_answers: whether some of them are about what accepted requests are answered with.
        of_any: whether they are all such as checks judge of whatever was answered, whatever a probe was for.
    """

    left_out: frozenset[str] = field(repr=False)
    of_answers: bool
    of_any: bool

    @classmethod
    def by(cls, selection: Selection, requirements: Catalogue) -> Wanted:
        """Return what a selection of requirements needs."""
        chosen = selection.of(requirements)
        seen = [requirement for requirement in chosen if _is_seen_by_checks(requirement)]
        of_answers = [requirement for requirement in seen if _is_of_accepted(requirement)]
        only_seen = len(seen) == len(chosen) and len(of_answers) < len(seen)
        return cls(frozenset(requirements.by_id.keys() - chosen.by_id.keys()), bool(of_answers), only_seen)

    def among(self, probes: Iterable[Probe]) -> Iterator[Probe]:
        """Yield the probes that are to be sent."""
        yield from filter(self.sends, probes)

    def rows(self, array: Sequence[Row], written: Callable[[Row], Probe]) -> list[Row]:
        """Return the rows that are to be sent, and the smallest in front of them, which the rest is compared with."""
        serving = [self.sends(written(row)) for row in array]
        return [row for index, row in enumerate(array) if serving[index] or index == 0] if any(serving) else []

    def sends(self, probe: Probe) -> bool:
        """Tell whether a probe serves a wanted requirement, by what it is for or by what it would be answered with.

        What is for no requirement is there for the run itself.
        """
        named = {*probe.decides, *probe.concerns, *probe.guards}
        if not named or not named <= self.left_out:
            return True
        return self.of_answers if probe.expect is Expect.ACCEPT else self.of_any


def _is_seen_by_checks(requirement: Requirement) -> bool:
    """Whether a check can fail it by itself."""
    return any(fnmatchcase(requirement.id, pattern) for patterns in COVERS.values() for pattern in patterns)


def _is_of_accepted(requirement: Requirement) -> bool:
    """Whether only an accepted request can be answered with what it is about."""
    elsewhere = any(place in requirement.id for place in ("/auth/", "/response/error"))
    return requirement.layer is Layer.API and not elsewhere
