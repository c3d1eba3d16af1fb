"""What a run gave: its verdicts and what it cost, or what it had cost when something broke it off."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from conformance.campaign.retrying import Retrial
from conformance.checks.verdicts import Verdict
from conformance.engine.exchange import Exchange
from conformance.engine.jobs import MadeJob
from conformance.engine.ledger import Ledger
from conformance.engine.spend import Spend
from conformance.errors import ConformanceError, TargetError

__all__ = ["BrokenOffError", "Result", "all_jobs"]


@frozen
class Result:
    """What a run gave.

    Attributes:
        trouble: why it is not complete, where it is not.
        headlines: sentences on what skews the whole run.
        jobs: that were made.
        retrials: what came of trying failures again, by requirement.
        exchanges: what went over the wire but for raw sockets, as far as the verdicts rest on it.
    """

    verdicts: tuple[Verdict, ...] = field(repr=False)
    spend: Spend
    trouble: str | None
    headlines: tuple[str, ...] = ()
    jobs: tuple[MadeJob, ...] = field(default=(), repr=False)
    retrials: Mapping[str, Retrial] = field(factory=dict, repr=False)
    exchanges: tuple[Exchange, ...] = field(default=(), repr=False)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.trouble is None


class BrokenOffError(ConformanceError):
    """A run that ended with nothing to judge.

    Attributes:
        result: what it had cost until then, and no verdict.
        error: why it ended.
    """

    def __init__(self, ledger: Ledger, error: Exception) -> None:
        super().__init__(str(error))
        ours = "" if isinstance(error, TargetError) else "a defect of the suite, not of the server: "
        what = str(error) if isinstance(error, ConformanceError) else repr(error)
        self.result = Result((), ledger.spend(), f"{ours}{what}", jobs=all_jobs(ledger))
        self.error = error


def all_jobs(ledger: Ledger) -> tuple[MadeJob, ...]:
    """Return the jobs of a run, and those of an earlier part of it that nothing was asked of again."""
    return (*ledger.jobs, *ledger.recording.jobs)
