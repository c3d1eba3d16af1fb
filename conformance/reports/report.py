"""The report of a run: plain values that every renderer reads, and that outlive the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, get_args

from attrs import asdict, astuple, evolve, frozen

from conformance.checks.verdicts import Decision
from conformance.engine.jobs import MadeJob
from conformance.errors import ExitCode
from conformance.reports.combinations import Combination
from conformance.reports.excuses import BaselineOutcome, Excuse
from conformance.reports.heading import RunFacts
from conformance.reports.line import Line
from conformance.requirements import Layer

__all__ = ["FORMAT", "LEVELS", "Report"]

FORMAT = 4
LEVELS = ("MUST", "SHOULD", "MAY")
_VERDICTS = tuple(decision.value for decision in Decision)
_EXCUSES: tuple[Excuse, ...] = get_args(Excuse)
_SPENT = ("requests", "creates", "possible_creates", "unexpected_creates", "ceiling")


@frozen
class Report:
    """A whole report; its JSON form is public, and `format` tells its version.

    The sums of the JSON form (`summary`) are counted from the verdicts; who reads it back holds them to be right.

    Attributes:
        tool: name and version of what wrote it.
        run: when it was, how long it took, its seed, its tier, and what fails it.
        target: its `url`; the variable `token` from which the commands take the token; the option `token_source` that
            gave it to this run, empty where it was that variable. Of a client its name stands in `url`, and in `client`
            the command that starts its adapter.
        contract: title, version, digest, and the file that it was read from; where overlays were applied, the version
            names them after a plus, the digest is of them too, and `overlays` are their files.
        trouble: why the run is not complete, where it is not.
        headlines: what skews the run as a whole.
        ledger: what it has cost; `cost` and `max_cost` are amounts as text, where prices were given, else null.
        requirement_set: name of the frozen set that the run is scored by; None where every requirement counts.
        left_out: ids of the requirements that the user did not want.
        baseline: what came of the known failures, where there was a list of them.
        combinations: for each listed value of an input, which other inputs were sent beside it.
        jobs: that were made, so that somebody can cancel them.
    """

    format: int
    tool: Mapping[str, str]
    run: RunFacts
    target: Mapping[str, str]
    contract: Mapping[str, Any]
    complete: bool
    trouble: str | None
    headlines: tuple[str, ...]
    ledger: Mapping[str, Any]
    verdicts: tuple[Line, ...]
    requirement_set: str | None = None
    left_out: tuple[str, ...] = ()
    baseline: BaselineOutcome | None = None
    combinations: tuple[Combination, ...] = ()
    jobs: tuple[MadeJob, ...] = ()

    @property
    def is_of_client(self) -> bool:
        """Whether a client was judged, by vectors; a server by requirements otherwise."""
        return "client" in self.target

    @property
    def noun(self) -> str:
        """What a line of it is about."""
        return "vector" if self.is_of_client else "requirement"

    @cached_property
    def summary(self) -> Mapping[str, int]:
        """How many requirements have each verdict (`pass` to `not-run`), how many are decided, and all.

        Of the failures those that nothing excuses are counted by level (`failed_must`, `failed_should`), the others by
        what excuses them (`known`, `news`, `not_scored`); and how many are `flaky`. Of what was not run,
        `not_offered` is about operations that the server does without, as it may.
        """
        counts = Counter(line.verdict for line in self.verdicts)
        excused = Counter(line.excuse for line in self.verdicts if line.is_broken)
        return {
            **{verdict: counts[verdict] for verdict in _VERDICTS},
            "failed_must": len(self.failed("MUST")),
            "failed_should": len(self.failed("SHOULD")),
            **{excuse: excused[excuse] for excuse in _EXCUSES},
            "flaky": sum(line.flaky for line in self.verdicts),
            "not_offered": sum(line.not_offered for line in self.verdicts),
            "decided": counts[Decision.PASS.value] + counts[Decision.FAIL.value],
            "total": len(self.verdicts),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form, the verdicts last."""
        made = asdict(self)
        verdicts = made.pop("verdicts")
        if not self.is_of_client:  # of a server only the requirement tells how it is mended
            verdicts = tuple({name: value for name, value in line.items() if name != "mend"} for line in verdicts)
        return {**made, "summary": dict(self.summary), "verdicts": verdicts}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Report:
        """Read the public JSON form back.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        if not all(isinstance(data[name], list) for name in ("headlines", "left_out")):
            raise TypeError("the headlines, or what was left out, are no list")
        outcome = data["baseline"]
        made = cls(
            **{
                **{name: value for name, value in data.items() if name != "summary"},
                "run": RunFacts.from_dict(data["run"]),
                "verdicts": tuple(map(Line.from_dict, data["verdicts"])),
                "headlines": tuple(data["headlines"]),
                "left_out": tuple(data["left_out"]),
                "combinations": tuple(map(Combination.from_dict, data["combinations"])),
                "jobs": tuple(MadeJob(**job) for job in data["jobs"]),
                "baseline": None if outcome is None else BaselineOutcome.from_dict(outcome),
            }
        )
        _check(made)
        if data["summary"] != made.summary:
            raise ValueError("its summary does not add up to its verdicts")
        return made

    def failed(self, level: str) -> tuple[Line, ...]:
        """Return the requirements of a level that are broken, but for those of which something excuses that."""
        return tuple(line for line in self.verdicts if line.counts_as_failed and line.level == level)

    def excused(self, excuse: Excuse) -> tuple[Line, ...]:
        """Return the requirements that are broken, and fail no run for one reason."""
        return tuple(line for line in self.verdicts if line.is_broken and line.excuse == excuse)

    def having(self, lines: Sequence[Line]) -> Report:
        """Return the report with other lines."""
        return evolve(self, verdicts=tuple(lines))

    def is_fatal(self, line: Line) -> bool:
        """Tell whether a verdict fails the run; what is flaky has failed, what is excused has not."""
        fail_on = self.run.fail_on
        if line.is_broken:
            return line.excuse is None and (line.level == "MUST" or (line.level == "SHOULD" and "should" in fail_on))
        undecided = line.verdict == Decision.INCONCLUSIVE.value and line.level == "MUST" and line.excuse is None
        return undecided and "inconclusive" in fail_on and line.blocked_by not in self._excused

    def exit_code(self) -> ExitCode:
        """Return the status that the command ends with."""
        fatal = {line.verdict for line in self.verdicts if self.is_fatal(line)}
        if not self.complete:
            return ExitCode.INCOMPLETE
        if Decision.FAIL.value in fatal or (self.baseline is not None and self.baseline.stale):
            return ExitCode.BROKEN_MUST
        return ExitCode.INCOMPLETE if fatal else ExitCode.CONFORMS

    @cached_property
    def _excused(self) -> frozenset[str]:
        """Ids of what is broken and excused; what it blocks is excused with it."""
        return frozenset(line.id for line in self.verdicts if line.is_broken and line.excuse is not None)


def _check(made: Report) -> None:
    """Hold a report that was read to the types and the closed sets that every renderer relies on.

    Raises:
        KeyError, TypeError, ValueError: something else stands somewhere.
    """
    seen = [line.evidence for line in made.verdicts if line.evidence is not None]
    attempts = [attempt for line in made.verdicts for attempt in line.attempts]
    texts = [
        made.target["url"],
        *made.target.values(),
        made.tool["name"],
        made.tool["version"],
        *made.headlines,
        *made.left_out,
    ]
    texts += _excusing(made)
    texts += [text for job in made.jobs for text in (job.id, job.probe, job.time)]
    texts += [made.contract[name] for name in ("title", "version", "sha256", "file")]
    texts += made.contract.get("overlays", [])
    texts += [text for line in made.verdicts for text in (line.id, line.reason, line.statement, line.source, line.mend)]
    texts += [text for one in seen for text in (one.probe, one.curl, one.answer, *one.headers, *one.headers.values())]
    texts += [one.request for one in seen]
    texts += [text for line in made.verdicts for text in astuple(line.subject)]
    texts += [text for row in made.combinations for text in (row.operation, row.input, row.value)]
    maybe_texts = [made.trouble, made.requirement_set, *(line.blocked_by for line in made.verdicts)]
    maybe_texts += [text for line in made.verdicts for text in (line.not_scored, line.not_repeated)]
    counts = [made.ledger[name] for name in _SPENT]
    maybe_counts = [
        *(line.line for line in made.verdicts),
        *(one.status for one in seen),
        *(one.status for one in attempts),
    ]
    times = [*(one.seconds for one in seen), *(one.seconds for one in attempts)]
    if not all(isinstance(seconds, int | float) for seconds in times):
        raise TypeError("a time is something else")
    if not all(isinstance(text, str) for text in texts) or not isinstance(made.complete, bool):
        raise TypeError("a text is something else")
    if not all(isinstance(text, str | None) for text in maybe_texts):
        raise TypeError("a text is something else")
    if not all(isinstance(count, int) for count in counts):
        raise TypeError("a count is something else")
    if not all(isinstance(count, int | None) for count in maybe_counts):
        raise TypeError("a line or a status is something else")
    verdicts = {line.verdict for line in made.verdicts} | {attempt.verdict for attempt in attempts}
    if any(line.not_offered and line.verdict != Decision.NOT_RUN.value for line in made.verdicts):
        raise ValueError("what is not offered was run")
    if verdicts - {*_VERDICTS} or any(line.level not in LEVELS for line in made.verdicts):
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
