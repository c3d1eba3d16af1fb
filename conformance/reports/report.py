"""The report of a run: plain values that every renderer reads, and that outlive the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, get_args

from attrs import asdict, evolve, frozen

from conformance.campaign import Result
from conformance.campaign.recall import recalled
from conformance.campaign.retrying import Retrial
from conformance.checks import Mark
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract import Contract, default_path
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Probe
from conformance.engine.target import Target
from conformance.errors import ExitCode
from conformance.reports.curl import curl
from conformance.reports.excuses import Attempt, BaselineOutcome, Excuse, KnownFailure
from conformance.reports.raw import raw
from conformance.reports.shell import quoted
from conformance.requirements import Layer, catalogue

__all__ = ["FORMAT", "LEVELS", "Evidence", "FailOn", "Line", "Report", "report", "sums"]

FailOn = Literal["must", "should", "inconclusive"]
FORMAT = 3
_EXCUSES: tuple[Excuse, ...] = get_args(Excuse)
_VERDICTS = tuple(decision.value for decision in Decision)
_COUNTS = (*_VERDICTS, "failed_must", "failed_should", *_EXCUSES, "flaky", "decided", "total")
LEVELS = ("MUST", "SHOULD", "MAY")
_SPENT = ("requests", "creates", "possible_creates", "unexpected_creates", "ceiling")
_EXCERPT = 600


@frozen
class Evidence:
    """What a verdict rests on: a request that can be sent again, and the answer."""

    probe: str
    curl: str
    status: int | None
    headers: Mapping[str, str]
    answer: str
    seconds: float


@frozen
class Line:
    """The verdict on one requirement, as reports show it.

    Attributes:
        layer: who can mend it.
        blocked_by: the broken requirement because of which this one could not be decided.
        known: the entry of the baseline that names it, where it failed as that says.
        news: it is newer than the set that the run is scored by.
        not_scored: why that set does not score it.
        flaky: its request was sent several times, and it did not fail each time.
        attempts: all those times, the first in front; empty where it was sent once.
        not_repeated: why it was sent once, where failures were to be tried again.
    """

    id: str
    level: str
    layer: str
    verdict: str
    statement: str
    source: str
    reason: str
    blocked_by: str | None
    evidence: Evidence | None
    known: KnownFailure | None = None
    news: bool = False
    not_scored: str | None = None
    flaky: bool = False
    attempts: tuple[Attempt, ...] = ()
    not_repeated: str | None = None

    @property
    def excuse(self) -> Excuse | None:
        """Why it would fail no run, broken or not; None where it counts."""
        if self.known is not None:
            return "known"
        if self.news:
            return "news"
        return None if self.not_scored is None else "not_scored"

    @property
    def counts_as_failed(self) -> bool:
        """Whether it is broken, and nothing excuses that."""
        return self.verdict == "fail" and self.excuse is None


@frozen
class Report:
    """A whole report; its JSON form is public, and `format` tells its version.

    The summary counts verdicts (`pass` to `not-run`); of the failures those that nothing excuses, by level
    (`failed_must`, `failed_should`), the others by what excuses them (`known`, `news`, `not_scored`), and `flaky` ones.

    Attributes:
        headlines: what skews the run as a whole.
        requirement_set: name of the frozen set that the run is scored by; None where every requirement counts.
        left_out: ids of the requirements that the user did not want.
        baseline: what came of the known failures, where there was a list of them.
    """

    format: int
    complete: bool
    trouble: str | None
    headlines: tuple[str, ...]
    target: Mapping[str, str]
    contract: Mapping[str, str]
    verdicts: tuple[Line, ...]
    ledger: Mapping[str, int]
    summary: Mapping[str, int]
    requirement_set: str | None = None
    left_out: tuple[str, ...] = ()
    baseline: BaselineOutcome | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read the public JSON form back.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        lines = tuple(map(_line_of, data["verdicts"]))
        listed = {name: tuple(data[name]) for name in ("headlines", "left_out")}
        made = cls(**{**data, **listed, "verdicts": lines, "baseline": _outcome_of(data["baseline"])})
        said = (text for line in lines for text in (line.id, line.reason, line.statement, line.source))
        texts = (made.target["url"], made.contract["version"], *made.headlines, *said)
        counts = (*(made.summary[name] for name in _COUNTS), *(made.ledger[name] for name in _SPENT))
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(count, int) for count in counts):
            raise TypeError("a text or a count is something else")
        said_of = {*(line.verdict for line in lines), *(one.verdict for line in lines for one in line.attempts)}
        if said_of - {*_VERDICTS} or any(line.level not in LEVELS for line in lines):
            raise ValueError("a verdict or a level is none")
        for line in lines:
            Layer(line.layer)
        return made

    def failed(self, level: str) -> tuple[Line, ...]:
        """Return the requirements of a level that are broken, but for those of which something excuses that."""
        return tuple(line for line in self.verdicts if line.counts_as_failed and line.level == level)

    def excused(self, excuse: Excuse) -> tuple[Line, ...]:
        """Return the requirements that are broken, and fail no run for one reason."""
        return tuple(line for line in self.verdicts if line.verdict == "fail" and line.excuse == excuse)

    def inconclusive(self, level: str) -> tuple[Line, ...]:
        """Return the requirements of a level that were tried and could not be decided, if not for an excused one."""
        excused = {line.id for line in self.verdicts if line.verdict == "fail" and line.excuse is not None}
        return tuple(
            line
            for line in self.verdicts
            if line.verdict == "inconclusive" and line.level == level and line.excuse is None
            if line.blocked_by not in excused
        )

    def having(self, lines: Sequence[Line]) -> Report:
        """Return the report with other lines, and the sums of those."""
        return evolve(self, verdicts=tuple(lines), summary=sums(lines))

    def exit_code(self, fail_on: Collection[FailOn] = ()) -> ExitCode:
        """Return the status that the command ends with; what is flaky has failed.

        Args:
            fail_on: what fails a run: a broken MUST, a broken SHOULD too, or a MUST that stayed inconclusive.
        """
        if not self.complete:
            return ExitCode.INCOMPLETE
        if self.baseline is not None and self.baseline.stale:
            return ExitCode.BROKEN_MUST
        if self.failed("MUST") or ("should" in fail_on and self.failed("SHOULD")):
            return ExitCode.BROKEN_MUST
        if "inconclusive" in fail_on and self.inconclusive("MUST"):
            return ExitCode.INCOMPLETE
        return ExitCode.CONFORMS


def report(contract: Contract, target: Target, result: Result) -> Report:
    """Make the report of a run."""
    again, spend = _Again(contract, target), result.spend
    lines = tuple(_line(again, verdict, result.retrials.get(verdict.requirement.id)) for verdict in result.verdicts)
    wanted = {line.id for line in lines}
    return Report(
        format=FORMAT,
        complete=result.complete,
        trouble=target.redact(result.trouble) if result.trouble is not None else None,
        target={"url": target.url},
        contract={"version": contract.version, "sha256": contract.sha256},
        verdicts=lines,
        ledger={
            "requests": spend.requests,
            "creates": spend.creates,
            "possible_creates": spend.possible_creates,
            "unexpected_creates": spend.unexpected_creates,
            "ceiling": spend.ceiling,
        },
        summary=sums(lines),
        headlines=tuple(map(target.redact, result.headlines)),
        left_out=tuple(name for name in catalogue(contract).by_id if lines and name not in wanted),
    )


def sums(lines: Sequence[Line]) -> dict[str, int]:
    """Return the summary of some lines."""
    counts = Counter(line.verdict for line in lines)
    failed = Counter(line.excuse or line.level for line in lines if line.verdict == "fail")
    return {
        **{name: counts[name] for name in _VERDICTS},
        "failed_must": failed["MUST"],
        "failed_should": failed["SHOULD"],
        **{name: failed[name] for name in _EXCUSES},
        "flaky": sum(line.flaky for line in lines),
        "decided": counts["pass"] + counts["fail"],
        "total": len(lines),
    }


def _line_of(data: Mapping[str, Any]) -> Line:
    evidence, known = data["evidence"], data["known"]
    made = {
        "evidence": Evidence(**evidence) if evidence else None,
        "known": KnownFailure(**known) if known else None,
        "attempts": tuple(Attempt(**attempt) for attempt in data["attempts"]),
    }
    return Line(**{**data, **made})


def _outcome_of(data: Mapping[str, Any] | None) -> BaselineOutcome | None:
    if data is None:
        return None
    listed = {name: tuple(data[name]) for name in ("stale", "told", "changes")}
    return BaselineOutcome(**{**data, **listed})


@frozen
class _Again:
    """Writes the command that sends a request again."""

    contract: Contract
    target: Target

    def command(self, exchange: Exchange, *, failed: bool) -> str:
        if exchange.transcript is not None:
            return raw(self.target, exchange.transcript)
        # Nobody sends again what went well, so that nobody need find out whether its body can be written.
        return curl(self.target, exchange, self._writes if failed else lambda _: True, self._body_command)

    @cached_property
    def _body_command(self) -> str:
        command, path = "videos-conformance body", self.contract.path
        return command if path == default_path() else f"{command} --contract {quoted(str(path))}"

    def _writes(self, probe: Probe) -> bool:
        """Tell whether the command `body` knows a probe, with this very body."""
        found = recalled(self.contract, probe.id)
        return found is not None and found.request.body == probe.request.body


def _line(again: _Again, verdict: Verdict, retrial: Retrial | None) -> Line:
    requirement, finding = verdict.requirement, verdict.finding
    exchange = finding.exchange if finding is not None else None
    return Line(
        id=requirement.id,
        level=requirement.level.value,
        layer=requirement.layer.value,
        verdict=verdict.decision.value,
        statement=requirement.statement,
        source=str(requirement.source),
        reason=again.target.redact(verdict.reason),
        blocked_by=verdict.blocked_by,
        evidence=_evidence(again, exchange, verdict.decision) if exchange is not None else None,
        flaky=retrial is not None and retrial.is_flaky,
        attempts=tuple(_attempt(again, *told) for told in retrial.attempts) if retrial is not None else (),
        not_repeated=again.target.redact(retrial.why_not) if retrial is not None and retrial.why_not else None,
    )


def _attempt(again: _Again, mark: Mark, exchange: Exchange) -> Attempt:
    decision = {Mark.FAIL: Decision.FAIL, Mark.PASS: Decision.PASS, Mark.OPEN: Decision.INCONCLUSIVE}[mark]
    return Attempt(decision.value, exchange.status, _excerpt(again, exchange), round(exchange.elapsed, 4))


def _evidence(again: _Again, exchange: Exchange, decision: Decision) -> Evidence:
    answer = exchange.answer
    headers = answer.headers if answer is not None else ()
    shown = {again.target.redact(name.lower()): again.target.redact(value) for name, value in headers}
    return Evidence(
        exchange.probe.id,
        again.command(exchange, failed=decision is Decision.FAIL),
        answer.status if answer is not None else None,
        shown,
        _excerpt(again, exchange),
        round(exchange.elapsed, 4),
    )


def _excerpt(again: _Again, exchange: Exchange) -> str:
    answer = exchange.answer
    text = again.target.redact(answer.body.decode("utf-8", "replace") if answer is not None else exchange.detail)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]} … ({len(text)} characters)"
