"""What may excuse a failure, and the parts of a report that say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

__all__ = ["Attempt", "BaselineOutcome", "Excuse", "KnownFailure"]

Excuse = Literal["known", "news", "not_scored"]
"""Why the failure of a requirement fails no run."""


@frozen
class KnownFailure:
    """What the user's baseline says of a failure; `expires` as a date of ISO 8601."""

    reason: str
    expires: str | None
    link: str | None


@frozen
class Attempt:
    """What came of the request of a failure, one of the times that it was sent: fail, pass or inconclusive."""

    verdict: str
    status: int | None
    answer: str
    seconds: float


@frozen
class BaselineOutcome:
    """What a run says of the baseline of known failures; each sentence begins with file and line of the entry.

    Attributes:
        stale: entries that hold no longer; each fails the run.
        told: entries of which this run says nothing.
        changes: what was written into the file, or why nothing was.
    """

    file: str
    stale: tuple[str, ...]
    told: tuple[str, ...]
    changes: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BaselineOutcome:
        """Read the public JSON form back.

        Raises:
            KeyError, TypeError: it is something else.
        """
        listed = {name: tuple(data[name]) for name in ("stale", "told", "changes")}
        return cls(**{**data, **listed})
