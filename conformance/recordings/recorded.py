"""One recorded exchange, whatever wrote it down, and what says that there is nothing to judge in another one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen

__all__ = ["BrokenRecordingError", "Recorded", "RecordedFields", "Unusable", "moment"]

RecordedFields = tuple[tuple[str, str], ...]


class BrokenRecordingError(Exception):
    """A recording that cannot be read any further; the message says where, and shows nothing of what stands there."""


@frozen
class Unusable:
    """An entry that says nothing about any server, and why."""

    number: int
    reason: str


@frozen
class Recorded:
    """A request, and the answer to it.

    Attributes:
        number: of the entry within its recording, from 1.
        body: of the request; None where it was not written down.
        is_exact: the body is known to be as it was sent, to the byte.
        answer_body: None where it was not written down, or not whole.
        is_answer_exact: the same of the answer; otherwise it is a text that somebody has decoded.
        started: in seconds since 1970, where that is known.
        elapsed: in seconds, where that is known.
    """

    number: int
    method: str
    url: str = field(repr=False)
    headers: RecordedFields = field(repr=False)
    body: bytes | None = field(repr=False)
    is_exact: bool
    status: int
    answer_headers: RecordedFields = field(repr=False)
    answer_body: bytes | None = field(repr=False)
    is_answer_exact: bool
    started: float | None
    elapsed: float | None


def moment(text: Any) -> float | None:
    """Read a time of ISO 8601, in seconds since 1970; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
