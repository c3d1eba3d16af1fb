"""The fingerprint of a refusal: its stable part, by which two refusals are told to have the same cause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Probe

__all__ = ["Fingerprint", "fingerprint", "mentions", "texts"]

_VARIABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9A-Za-z_-]{20,}\b|\d+", re.IGNORECASE)

_LOOKED_AT = 64 * 1024  # bytes of a body that is no JSON


@frozen
class Fingerprint:
    """Status, media type and texts of a refusal, without what was sent and what changes from one answer to the next."""

    status: int | None
    media_type: str
    texts: Counter[str] = field(repr=False)
    varies: bool = False

    def matches(self, other: Fingerprint) -> bool:
        """Tell whether another answer has this cause; `self` is the control."""
        if (self.status, self.media_type) != (other.status, other.media_type):
            return False
        return self.texts <= other.texts if self.varies else self.texts == other.texts

    def objects_to(self, other: Fingerprint, name: str) -> bool:
        """Tell whether another answer names a field that this control's answer does not name."""
        word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", re.IGNORECASE)
        fresh = other.texts - self.texts
        return any(word.search(text) for text in fresh) and not any(word.search(text) for text in self.texts)


def fingerprint(exchanges: Sequence[Exchange], hide: str | None = None) -> Fingerprint:
    """Return what the answers to one and the same request have in common.

    Args:
        exchanges: at least one, all of the same request.
        hide: a value that was sent, taken out so that answers about different values compare.
    """
    answers = [exchange.answer for exchange in exchanges]
    known = [answer for answer in answers if answer is not None]
    if len(known) != len(answers) or not known:
        return Fingerprint(None, "", Counter())
    counted = [
        Counter(_hidden(answer, hide, exchange.probe)) for answer, exchange in zip(known, exchanges, strict=True)
    ]
    common = counted[0]
    for counts in counted[1:]:
        common = common & counts
    varies = any(counts != common for counts in counted)
    return Fingerprint(known[0].status, known[0].media_type, common, varies)


def _hidden(answer: Answer, hide: str | None, probe: Probe) -> Iterator[str]:
    for text in _texts(answer, probe):
        yield _VARIABLE.sub("*", text.replace(hide, "*") if hide else text)


def _without(value: Any, probe: Probe) -> Any:
    """Leave out what repeats the form, whatever was refused: fields with their values, and an object of all of them.

    Such an object describes files, and holds fields that nobody knows, so that its members need not all be repeated.
    """
    if isinstance(value, Mapping):
        repeated = [key for key, child in value.items() if key in probe.sent and str(child) == str(probe.sent[key])]
        if repeated and all(str(key).encode("utf-8", "replace") in probe.request.body for key in value):
            return {}
        return {key: _without(child, probe) for key, child in value.items() if key not in repeated}
    return [_without(child, probe) for child in value] if isinstance(value, list) else value


def mentions(answer: Answer, text: str) -> bool:
    """Tell whether an answer repeats a text."""
    return any(text in found for found in _texts(answer))


def _texts(answer: Answer, probe: Probe | None = None) -> Iterator[str]:
    body = answer.json
    if body is None:
        return iter([answer.body[:_LOOKED_AT].decode("utf-8", "replace")])
    return texts(body if probe is None else _without(body, probe))


def texts(value: Any) -> Iterator[str]:
    """Yield every name and every value in decoded JSON, as text; a file among them is none."""
    if isinstance(value, Mapping):
        for key, child in value.items():
            yield f"{key}:"
            yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)
    elif not isinstance(value, bytes):
        yield str(value)
