"""The report of a run: plain values that every renderer reads, and that outlive the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, get_args

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
from conformance.reports.heading import Heading, RunFacts
from conformance.reports.raw import raw
from conformance.reports.shell import quoted
from conformance.requirements import Layer, catalogue

__all__ = ["FORMAT", "LEVELS", "Evidence", "Line", "Report", "report"]

FORMAT = 3
_VERDICTS = tuple(decision.value for decision in Decision)
_EXCUSES: tuple[Excuse, ...] = get_args(Excuse)
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

    The sums of the JSON form (`summary`) are counted from the verdicts; who reads it back holds them to be right.
    `failed_must` and `failed_should` are the failures that nothing excuses; `known`, `news` and `not_scored` are the
    others, by what excuses them.

    Attributes:
        tool: name and version of what wrote it.
        run: when it was, how long it took, its seed, its tier, and what fails it.
        contract: title, version, digest, and the file that it was read from.
        trouble: why the run is not complete, where it is not.
        headlines: what skews the run as a whole.
        requirement_set: name of the frozen set that the run is scored by; None where every requirement counts.
        left_out: ids of the requirements that the user did not want.
        baseline: what came of the known failures, where there was a list of them.
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
    requirement_set: str | None = None
    left_out: tuple[str, ...] = ()
    baseline: BaselineOutcome | None = None

    @cached_property
    def summary(self) -> Mapping[str, int]:
        """How many requirements have each verdict, how many failures count or are excused, and how many there are."""
        counts = Counter(line.verdict for line in self.verdicts)
        return {
            **{verdict: counts[verdict] for verdict in _VERDICTS},
            "failed_must": len(self.failed("MUST")),
            "failed_should": len(self.failed("SHOULD")),
            **{excuse: len(self.excused(excuse)) for excuse in _EXCUSES},
            "flaky": sum(line.flaky for line in self.verdicts),
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
        lines = tuple(map(_line_of, data["verdicts"]))
        given = {name: value for name, value in data.items() if name != "summary"}
        listed = {name: tuple(data[name]) for name in ("headlines", "left_out")}
        read = {"run": RunFacts.from_dict(data["run"]), "baseline": _outcome_of(data["baseline"])}
        made = cls(**{**given, **listed, **read, "verdicts": lines})
        if not isinstance(data["headlines"], list) or not isinstance(data["left_out"], list):
            raise TypeError("the headlines are no list")
        _check(made)
        if data["summary"] != made.summary:
            raise ValueError("its summary does not add up to its verdicts")
        return made

    def failed(self, level: str) -> tuple[Line, ...]:
        """Return the requirements of a level that are broken, but for those of which something excuses that."""
        return tuple(line for line in self.verdicts if line.counts_as_failed and line.level == level)

    def excused(self, excuse: Excuse) -> tuple[Line, ...]:
        """Return the requirements that are broken, and fail no run for one reason."""
        return tuple(line for line in self.verdicts if line.verdict == Decision.FAIL.value and line.excuse == excuse)

    def having(self, lines: Sequence[Line]) -> Report:
        """Return the report with other lines."""
        return evolve(self, verdicts=tuple(lines))

    def is_fatal(self, line: Line) -> bool:
        """Tell whether a verdict fails the run; one that is excused, or open because of one that is, does not."""
        fail_on = self.run.fail_on
        if line.verdict == Decision.FAIL.value:
            counts = line.level == "MUST" or (line.level == "SHOULD" and "should" in fail_on)
            return counts and line.excuse is None
        undecided = line.verdict == Decision.INCONCLUSIVE.value and line.level == "MUST" and line.excuse is None
        return undecided and "inconclusive" in fail_on and line.blocked_by not in self._excused_ids

    @cached_property
    def _excused_ids(self) -> frozenset[str]:
        return frozenset(line.id for excuse in _EXCUSES for line in self.excused(excuse))

    def exit_code(self) -> ExitCode:
        """Return the status that the command ends with; what is flaky has failed, and so has a stale baseline."""
        fatal = {line.verdict for line in self.verdicts if self.is_fatal(line)}
        if not self.complete:
            return ExitCode.INCOMPLETE
        if Decision.FAIL.value in fatal or (self.baseline is not None and self.baseline.stale):
            return ExitCode.BROKEN_MUST
        return ExitCode.INCOMPLETE if fatal else ExitCode.CONFORMS


def report(contract: Contract, target: Target, result: Result, heading: Heading, seconds: float) -> Report:
    """Make the report of a run that took so many seconds."""
    again, spend = _Again(contract, target), result.spend
    lines = tuple(_line(again, verdict, result.retrials.get(verdict.requirement.id)) for verdict in result.verdicts)
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
        },
        verdicts=lines,
        left_out=tuple(name for name in catalogue(contract).by_id if lines and name not in wanted),
    )


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


def _check(made: Report) -> None:
    """Hold a report that was read to the types and the closed sets that every renderer relies on.

    Raises:
        KeyError, TypeError, ValueError: something else stands somewhere.
    """
    seen = [line.evidence for line in made.verdicts if line.evidence is not None]
    tried = [attempt for line in made.verdicts for attempt in line.attempts]
    texts = [made.target["url"], made.tool["name"], made.tool["version"], *made.headlines]
    texts += [made.contract[name] for name in ("title", "version", "sha256", "file")]
    texts += [text for line in made.verdicts for text in (line.id, line.reason, line.statement, line.source)]
    texts += [text for one in seen for text in (one.probe, one.curl, one.answer, *one.headers, *one.headers.values())]
    texts += [*made.left_out, *_excusing(made)]
    maybe_texts = [made.trouble, made.requirement_set, *(line.blocked_by for line in made.verdicts)]
    maybe_texts += [text for line in made.verdicts for text in (line.not_scored, line.not_repeated)]
    counts = [made.ledger[name] for name in _SPENT]
    maybe_counts = [
        *(line.line for line in made.verdicts),
        *(one.status for one in seen),
        *(one.status for one in tried),
    ]
    if not all(isinstance(text, str) for text in texts) or not isinstance(made.complete, bool):
        raise TypeError("a text is something else")
    if not all(isinstance(text, str | None) for text in maybe_texts):
        raise TypeError("a text is something else")
    if not all(isinstance(count, int) for count in counts):
        raise TypeError("a count is something else")
    if not all(isinstance(count, int | None) for count in maybe_counts):
        raise TypeError("a line or a status is something else")
    said = {*(line.verdict for line in made.verdicts), *(one.verdict for one in tried)}
    if said - {*_VERDICTS} or any(line.level not in LEVELS for line in made.verdicts):
        raise ValueError("a verdict or a level is none")
    for line in made.verdicts:
        Layer(line.layer)


def _excusing(made: Report) -> Iterator[str]:
    """Yield the texts of what excuses failures."""
    for line in made.verdicts:
        yield from (attempt.answer for attempt in line.attempts)
        if line.known is not None:
            yield from (line.known.reason, line.known.expires or "", line.known.link or "")
    if made.baseline is not None:
        yield from (made.baseline.file, *made.baseline.stale, *made.baseline.told, *made.baseline.changes)


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
        exchange.protocol,
    )


def _excerpt(again: _Again, exchange: Exchange) -> str:
    answer = exchange.answer
    text = again.target.redact(answer.body.decode("utf-8", "replace") if answer is not None else exchange.detail)
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]} … ({len(text)} characters)"
