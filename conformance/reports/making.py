"""Makes the report of a run: what was found, in the plain values that outlive the server."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from attrs import evolve, frozen

from conformance.campaign import Result
from conformance.campaign.recall import recalled
from conformance.campaign.retrying import Retrial
from conformance.checks import Mark
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract import Contract, default_path
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Probe
from conformance.engine.target import Target
from conformance.reports.combinations import combinations
from conformance.reports.curl import curl
from conformance.reports.excuses import Attempt
from conformance.reports.heading import Heading
from conformance.reports.line import Evidence, Line
from conformance.reports.raw import raw
from conformance.reports.report import FORMAT, Report
from conformance.reports.sent import request_text
from conformance.reports.shell import quoted
from conformance.requirements import Requirement, catalogue
from conformance.requirements.subjects import Subjects

__all__ = ["report", "written_at"]

_EXCERPT = 600


def report(
    contract: Contract,
    target: Target,
    result: Result,
    heading: Heading,
    seconds: float,
    recording: Path | None = None,
) -> Report:
    """Make the report of a run that took so many seconds, or of the recording that was judged in place of one."""
    again, spend, subjects = _Again(contract, target, recording), result.spend, Subjects(contract)
    lines = tuple(
        evolve(_line(again, verdict, result.retrials.get(name)), subject=subjects.of(name))
        for verdict in result.verdicts
        for name in [verdict.requirement.id]
    )
    wanted = {line.id for line in lines}
    return Report(
        format=FORMAT,
        tool=heading.tool,
        run=heading.run.took(seconds),
        target=heading.target,
        contract=heading.contract,
        complete=result.complete,
        trouble=target.redact(result.trouble) if result.trouble is not None else None,
        headlines=tuple(map(target.redact, (*target.network.warnings, *result.headlines))),
        ledger={
            "requests": spend.requests,
            "creates": spend.creates,
            "possible_creates": spend.possible_creates,
            "unexpected_creates": spend.unexpected_creates,
            "ceiling": spend.ceiling,
            "cost": None if spend.cost is None else str(spend.cost),
            "max_cost": None if spend.max_cost is None else str(spend.max_cost),
        },
        verdicts=lines,
        jobs=tuple(evolve(job, id=target.redact(job.id)) for job in result.jobs),
        left_out=tuple(name for name in catalogue(contract).by_id if lines and name not in wanted),
        combinations=combinations(contract, result.exchanges),
    )


@frozen
class _Again:
    """Writes the command that sends a request again."""

    contract: Contract
    target: Target
    recording: Path | None

    def command(self, exchange: Exchange, *, failed: bool) -> str:
        if exchange.transcript is not None:
            return raw(self.target, exchange.transcript)
        # Nobody sends again what went well, so that nobody need find out whether its body can be written.
        return curl(self.target, exchange, self._writes if failed else lambda _: True, self._body_command)

    @cached_property
    def _body_command(self) -> str:
        if self.recording is not None:
            return f"videos-conformance replay {quoted(str(self.recording))} --body"
        command, path = "videos-conformance body", self.contract.path
        command = command if path == default_path() else f"{command} --contract {quoted(str(path))}"
        return " ".join((command, *(f"--overlay {quoted(str(one.path))}" for one in self.contract.overlays)))

    def _writes(self, probe: Probe) -> bool:
        """Tell whether a command knows a probe, with this very body."""
        if self.recording is not None:
            return True
        found = recalled(self.contract, probe.id)
        return found is not None and found.request.body == probe.request.body


def _line(again: _Again, verdict: Verdict, retrial: Retrial | None) -> Line:
    requirement, finding = verdict.requirement, verdict.finding
    exchange = finding.exchange if finding is not None else None
    source, line = written_at(again.contract, requirement)
    return Line(
        id=requirement.id,
        level=requirement.level.value,
        layer=requirement.layer.value,
        verdict=verdict.decision.value,
        statement=requirement.statement,
        source=source,
        line=line,
        reason=again.target.redact(verdict.reason),
        blocked_by=verdict.blocked_by,
        not_offered=verdict.not_offered,
        evidence=_evidence(again, exchange, verdict.decision) if exchange is not None else None,
        flaky=retrial is not None and retrial.is_flaky,
        attempts=tuple(_attempt(again, *told) for told in retrial.attempts) if retrial is not None else (),
        not_repeated=again.target.redact(retrial.why_not) if retrial is not None and retrial.why_not else None,
    )


def written_at(contract: Contract, requirement: Requirement) -> tuple[str, int | None]:
    """Return the source of a requirement and its line in the contract; what an overlay says has its line there."""
    source, place = str(requirement.source), requirement.source.reference
    if not place.startswith("#"):
        return source, None
    path, line = contract.document.written(place)
    return (source, line) if path == contract.path else (f"{source}, {path.name}:{line}", None)


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
        exchange.protocol,
        # Nobody looks into what went well.
        "" if decision is Decision.PASS else request_text(again.target, exchange),
    )


def _excerpt(again: _Again, exchange: Exchange) -> str:
    answer = exchange.answer
    text = again.target.redact(answer.body.decode("utf-8", "replace") if answer is not None else exchange.detail)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]} … ({len(text)} characters)"
