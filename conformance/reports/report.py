"""The report of a run: plain values that every renderer reads, and that outlive the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import asdict, frozen

from conformance.campaign import Result
from conformance.campaign.recall import recalled
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract import Contract, default_path
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Probe
from conformance.engine.target import Target
from conformance.errors import ExitCode
from conformance.reports.curl import curl
from conformance.reports.raw import raw
from conformance.reports.shell import quoted
from conformance.requirements import Layer

__all__ = ["FORMAT", "LEVELS", "Evidence", "FailOn", "Line", "Report", "report"]

FailOn = Literal["must", "should", "inconclusive"]

FORMAT = 3
_COUNTS = (*(decision.value for decision in Decision), "failed_must", "failed_should", "decided", "total")
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


@frozen
class Report:
    """A whole report; its JSON form is public, and `format` tells its version.

    Attributes:
        headlines: what skews the run as a whole.
        target: its `url`; the variable `token` from which the commands take the token; the option `token_source` that
            gave it to this run, empty where it was that variable. The latter two since format 3.
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

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read the public JSON form back.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        lines = tuple(
            Line(**{**line, "evidence": Evidence(**line["evidence"]) if line["evidence"] else None})
            for line in data["verdicts"]
        )
        made = cls(**{**data, "verdicts": lines, "headlines": tuple(data["headlines"])})
        said = (text for line in lines for text in (line.id, line.reason, line.statement, line.source))
        texts = (
            made.target["url"],
            *made.target.values(),
            made.contract["version"],
            *made.headlines,
            *said,
        )
        counts = (*(made.summary[name] for name in _COUNTS), *(made.ledger[name] for name in _SPENT))
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(count, int) for count in counts):
            raise TypeError("a text or a count is something else")
        if any(line.verdict not in _COUNTS or line.level not in LEVELS for line in lines):
            raise ValueError("a verdict or a level is none")
        for line in lines:
            Layer(line.layer)
        return made

    def failed(self, level: str) -> tuple[Line, ...]:
        """Return the broken requirements of a level."""
        return self._of("fail", level)

    def inconclusive(self, level: str) -> tuple[Line, ...]:
        """Return the requirements of a level that were tried, and could not be decided."""
        return self._of("inconclusive", level)

    def _of(self, verdict: str, level: str) -> tuple[Line, ...]:
        return tuple(line for line in self.verdicts if line.verdict == verdict and line.level == level)

    def exit_code(self, fail_on: Collection[FailOn] = ()) -> ExitCode:
        """Return the status that the command ends with.

        Args:
            fail_on: what fails a run: a broken MUST, a broken SHOULD too, or a MUST that stayed inconclusive.
        """
        if not self.complete:
            return ExitCode.INCOMPLETE
        if self.failed("MUST") or ("should" in fail_on and self.failed("SHOULD")):
            return ExitCode.BROKEN_MUST
        if "inconclusive" in fail_on and self.inconclusive("MUST"):
            return ExitCode.INCOMPLETE
        return ExitCode.CONFORMS


def report(contract: Contract, target: Target, result: Result) -> Report:
    """Make the report of a run."""
    again = _Again(contract, target)
    counts = Counter(verdict.decision.value for verdict in result.verdicts)
    failed = Counter(v.requirement.level.value for v in result.verdicts if v.decision is Decision.FAIL)
    spend = result.spend
    return Report(
        format=FORMAT,
        complete=result.complete,
        trouble=target.redact(result.trouble) if result.trouble is not None else None,
        target={"url": target.url, "token": f"${target.token_env}", "token_source": target.token_source},
        contract={"version": contract.version, "sha256": contract.sha256},
        verdicts=tuple(_line(again, verdict) for verdict in result.verdicts),
        ledger={
            "requests": spend.requests,
            "creates": spend.creates,
            "possible_creates": spend.possible_creates,
            "unexpected_creates": spend.unexpected_creates,
            "ceiling": spend.ceiling,
        },
        summary={
            **{decision.value: counts[decision.value] for decision in Decision},
            "failed_must": failed["MUST"],
            "failed_should": failed["SHOULD"],
            "decided": counts[Decision.PASS.value] + counts[Decision.FAIL.value],
            "total": len(result.verdicts),
        },
        headlines=tuple(map(target.redact, result.headlines)),
    )


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


def _line(again: _Again, verdict: Verdict) -> Line:
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
    )


def _evidence(again: _Again, exchange: Exchange, decision: Decision) -> Evidence:
    answer = exchange.answer
    headers = answer.headers if answer is not None else ()
    shown = {again.target.redact(name.lower()): again.target.redact(value) for name, value in headers}
    text = again.target.redact(answer.body.decode("utf-8", "replace") if answer is not None else exchange.detail)
    return Evidence(
        exchange.probe.id,
        again.command(exchange, failed=decision is Decision.FAIL),
        answer.status if answer is not None else None,
        shown,
        text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]} … ({len(text)} characters)",
        round(exchange.elapsed, 4),
    )
