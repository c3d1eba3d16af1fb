"""One line of a report: the verdict on one requirement, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from conformance.checks.verdicts import Decision
from conformance.reports.excuses import Attempt, Excuse, KnownFailure
from conformance.requirements.subjects import Subject

__all__ = ["ADAPTER", "CONVENTION", "Evidence", "Line"]

ADAPTER = "adapter"
"""The protocol of evidence about a client: its adapter was asked, and what it said stands in the place of an answer."""

CONVENTION = "# (convention)"
"""The source of what no place of the contract says."""


@frozen
class Evidence:
    """What a verdict rests on: a request that can be sent again, and the answer.

    Attributes:
        protocol: that was spoken, HTTP/1.1 or HTTP/2; with the adapter of a client, that.
        request: as it went over the wire, with a word in the place of each secret and a long body cut; empty where the
            verdict is a pass.
    """

    probe: str
    curl: str
    status: int | None
    headers: Mapping[str, str]
    answer: str
    seconds: float
    protocol: str = "HTTP/1.1"
    request: str = ""


@frozen
class Line:
    """The verdict on one requirement, as reports show it.

    Attributes:
        layer: who can mend it.
        line: of the contract, where the source is a place in it.
        blocked_by: the broken requirement because of which this one could not be decided.
        not_offered: it is about an operation that the server does without, as it may, and was not run for that.
        known: the entry of the baseline that names it, where it failed as that says.
        news: it is newer than the set that the run is scored by.
        not_scored: why that set does not score it.
        flaky: its request was sent several times, and it did not fail each time.
        attempts: all those times, the first in front; empty where it was sent once.
        not_repeated: why it was sent once, where failures were to be tried again.
        subject: what it is about: an operation, an input, a property of an answer.
        mend: how what was seen is mended; empty where only the requirement tells.
    """

    id: str
    level: str
    layer: str
    verdict: str
    statement: str
    source: str
    line: int | None
    reason: str
    blocked_by: str | None
    evidence: Evidence | None
    known: KnownFailure | None = None
    news: bool = False
    not_scored: str | None = None
    flaky: bool = False
    attempts: tuple[Attempt, ...] = ()
    not_repeated: str | None = None
    subject: Subject = field(factory=Subject)
    not_offered: bool = False
    mend: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Line:
        """Read the public JSON form back.

        Raises:
            KeyError, TypeError: it is something else.
        """
        evidence, known = data["evidence"], data["known"]
        made = {
            "evidence": Evidence(**evidence) if evidence else None,
            "known": KnownFailure(**known) if known else None,
            "attempts": tuple(Attempt(**attempt) for attempt in data["attempts"]),
            "subject": Subject(**data["subject"]),
        }
        return cls(**{**data, **made})

    @property
    def excuse(self) -> Excuse | None:
        """Why it would fail no run, broken or not; None where it counts."""
        if self.known is not None:
            return "known"
        if self.news:
            return "news"
        return None if self.not_scored is None else "not_scored"

    @property
    def is_broken(self) -> bool:
        """Whether it failed, excused or not."""
        return self.verdict == Decision.FAIL.value

    @property
    def counts_as_failed(self) -> bool:
        """Whether it is broken, and nothing excuses that."""
        return self.is_broken and self.excuse is None
