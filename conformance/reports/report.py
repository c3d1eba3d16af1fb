"""The report of a run: plain values that every renderer reads, and that outlive the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any

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
from conformance.reports.heading import Heading, RunFacts
from conformance.reports.raw import raw
from conformance.reports.shell import quoted
from conformance.requirements import Layer

__all__ = ["FORMAT", "LEVELS", "Evidence", "Line", "Report", "report"]

FORMAT = 3
_VERDICTS = tuple(decision.value for decision in Decision)
LEVELS = ("MUST", "SHOULD", "MAY")
_SPENT = ("requests", "creates", "possible_creates", "unexpected_creates", "ceiling")
_EXCERPT = 600


@frozen
class Evidence:
    """What a verdict rests on: a request that can be sent again, and the answer.

    Attributes:
        protocol: that was spoken, HTTP/1.1 or HTTP/2; since format 3.
    """

    probe: str
    curl: str
    status: int | None
    headers: Mapping[str, str]
    answer: str
    seconds: float
    protocol: str = "HTTP/1.1"


@frozen
class Line:
    """The verdict on one requirement, as reports show it.

    Attributes:
        layer: who can mend it.
        line: of the contract, where the source is a place in it.
        blocked_by: the broken requirement because of which this one could not be decided.
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


@frozen
class Report:
    """A whole report; its JSON form is public, and `format` tells its version.

    The sums of the JSON form (`summary`) are counted from the verdicts; who reads it back holds them to be right.

    Attributes:
        tool: name and version of what wrote it.
        run: when it was, how long it took, its seed, its tier, and what fails it.
        contract: title, version, digest, and the file that it was read from.
        trouble: why the run is not complete, where it is not.
        headlines: what skews the run as a whole.
    """

    format: int
    tool: Mapping[str, str]
    run: RunFacts
    target: Mapping[str, str]
    contract: Mapping[str, str]
    complete: bool
    trouble: str | None
    headlines: tuple[str, ...]
    ledger: Mapping[str, int]
    verdicts: tuple[Line, ...]

    @cached_property
    def summary(self) -> Mapping[str, int]:
        """How many requirements have each verdict, how many of a level are broken, how many are decided, and all."""
        counts = Counter(line.verdict for line in self.verdicts)
        return {
            **{verdict: counts[verdict] for verdict in _VERDICTS},
            "failed_must": len(self.failed("MUST")),
            "failed_should": len(self.failed("SHOULD")),
            "decided": counts[Decision.PASS.value] + counts[Decision.FAIL.value],
            "total": len(self.verdicts),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form, the verdicts last."""
        made = asdict(self)
        verdicts = made.pop("verdicts")
        return {**made, "summary": dict(self.summary), "verdicts": verdicts}

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
        given = {name: value for name, value in data.items() if name != "summary"}
        run = RunFacts.from_dict(data["run"])
        made = cls(**{**given, "run": run, "verdicts": lines, "headlines": tuple(data["headlines"])})
        if not isinstance(data["headlines"], list):
            raise TypeError("the headlines are no list")
        _check(made)
        if data["summary"] != made.summary:
            raise ValueError("its summary does not add up to its verdicts")
        return made

    def failed(self, level: str) -> tuple[Line, ...]:
        """Return the broken requirements of a level."""
        return tuple(line for line in self.verdicts if line.verdict == Decision.FAIL.value and line.level == level)

    def is_fatal(self, line: Line) -> bool:
        """Tell whether a verdict fails the run."""
        fail_on = self.run.fail_on
        if line.verdict == Decision.FAIL.value:
            return line.level == "MUST" or (line.level == "SHOULD" and "should" in fail_on)
        undecided = line.verdict == Decision.INCONCLUSIVE.value and line.level == "MUST"
        return undecided and "inconclusive" in fail_on

    def exit_code(self) -> ExitCode:
        """Return the status that the command ends with."""
        fatal = {line.verdict for line in self.verdicts if self.is_fatal(line)}
        if not self.complete:
            return ExitCode.INCOMPLETE
        if Decision.FAIL.value in fatal:
            return ExitCode.BROKEN_MUST
        return ExitCode.INCOMPLETE if fatal else ExitCode.CONFORMS


def report(contract: Contract, target: Target, result: Result, heading: Heading, seconds: float) -> Report:
    """Make the report of a run that took so many seconds."""
    again = _Again(contract, target)
    spend = result.spend
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
        },
        verdicts=tuple(_line(again, verdict) for verdict in result.verdicts),
    )


def _check(made: Report) -> None:
    """Hold a report that was read to the types and the closed sets that every renderer relies on.

    Raises:
        KeyError, TypeError, ValueError: something else stands somewhere.
    """
    seen = [line.evidence for line in made.verdicts if line.evidence is not None]
    texts = [made.target["url"], made.tool["name"], made.tool["version"], *made.headlines]
    texts += [made.contract[name] for name in ("title", "version", "sha256", "file")]
    texts += [text for line in made.verdicts for text in (line.id, line.reason, line.statement, line.source)]
    texts += [text for one in seen for text in (one.probe, one.curl, one.answer, *one.headers, *one.headers.values())]
    maybe_texts = [made.trouble, *(line.blocked_by for line in made.verdicts)]
    counts = [made.ledger[name] for name in _SPENT]
    maybe_counts = [*(line.line for line in made.verdicts), *(one.status for one in seen)]
    if not all(isinstance(text, str) for text in texts) or not isinstance(made.complete, bool):
        raise TypeError("a text is something else")
    if not all(isinstance(text, str | None) for text in maybe_texts):
        raise TypeError("a text is something else")
    if not all(isinstance(count, int) for count in counts):
        raise TypeError("a count is something else")
    if not all(isinstance(count, int | None) for count in maybe_counts):
        raise TypeError("a line or a status is something else")
    if any(line.verdict not in _VERDICTS or line.level not in LEVELS for line in made.verdicts):
        raise ValueError("a verdict or a level is none")
    for line in made.verdicts:
        Layer(line.layer)


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
    place = requirement.source.reference
    return Line(
        id=requirement.id,
        level=requirement.level.value,
        layer=requirement.layer.value,
        verdict=verdict.decision.value,
        statement=requirement.statement,
        source=str(requirement.source),
        line=again.contract.document.line(place) if place.startswith("#") else None,
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
        exchange.protocol,
    )
