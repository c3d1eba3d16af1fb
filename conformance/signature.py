"""The stable part of a refusal, by which two refusals are told to have the same cause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from conformance.exchange import Answer, Exchange

__all__ = ["Signature", "signature"]

_VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9A-Za-z_-]{16,}\b|\d+", re.IGNORECASE)


@frozen
class Signature:
    """Status, media type and the texts of a refusal, without what changes from one answer to the next."""

    status: int | None
    media_type: str
    texts: Mapping[str, int] = field(repr=False)

    def differs_on(self, other: Signature, word: str) -> bool:
        """Tell whether `other` mentions a word, in texts that this one does not have."""
        pattern = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(word)}(?![A-Za-z0-9_])", re.IGNORECASE)
        fresh = Counter(other.texts) - Counter(self.texts)
        return any(pattern.search(text) for text in fresh) and not any(pattern.search(text) for text in self.texts)


def signature(exchanges: Sequence[Exchange]) -> Signature:
    """Return what the answers to one and the same request have in common."""
    answers = [exchange.answer for exchange in exchanges]
    if any(answer is None for answer in answers):
        return Signature(None, "", {})
    counted = [Counter(_texts(answer)) for answer in answers if answer is not None]
    common = counted[0]
    for counts in counted[1:]:
        common = common & counts
    first = answers[0]
    assert first is not None
    return Signature(first.status, first.media_type, dict(common))


def _texts(answer: Answer) -> Iterator[str]:
    body = answer.json
    if body is None:
        yield _VARIABLE.sub("*", answer.body.decode("utf-8", "replace"))
        return
    for text in _leaves(body):
        yield _VARIABLE.sub("*", text)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield f"{key}:"
            yield from _leaves(child)
    elif isinstance(value, list):
        for child in value:
            yield from _leaves(child)
    else:
        yield str(value)
