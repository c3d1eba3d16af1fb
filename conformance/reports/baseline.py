"""The baseline: the failures that a team knows of, each with its reason, held against a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from enum import Enum
from pathlib import Path

from attrs import evolve, field, frozen

from conformance.reports.excuses import BaselineOutcome, KnownFailure
from conformance.reports.line import Line
from conformance.reports.report import Report

__all__ = ["Baseline", "BaselineEntry", "EntryStanding", "held_against", "standings"]


@frozen
class BaselineEntry:
    """A failure that is known.

    Attributes:
        requirement: its id, in full: a pattern would excuse what nobody has seen fail.
        expires: the last day on which it is excused.
        flaky: it does not fail each time, so that its passing proves nothing.
        line: where it begins in its file.
    """

    requirement: str
    reason: str
    expires: date | None = None
    link: str | None = None
    flaky: bool = False
    line: int = 0


@frozen
class Baseline:
    """The entries of a file, in its order; `text` is the file as it was read."""

    path: Path
    entries: tuple[BaselineEntry, ...] = ()
    text: str = field(default="", repr=False)


class EntryStanding(Enum):
    """What a run says of an entry."""

    KNOWN = "fails as it says"
    UNDECIDED = "was not decided"
    LEFT_OUT = "was not asked for"
    PASSES = "passes now"
    EXPIRED = "has expired"
    UNKNOWN = "names nothing"

    @property
    def is_stale(self) -> bool:
        """Whether the entry has to go."""
        return self in (EntryStanding.PASSES, EntryStanding.EXPIRED, EntryStanding.UNKNOWN)


def held_against(report: Report, baseline: Baseline, today: date) -> Report:
    """Mark the failures that a baseline knows, and say what it names that is none.

    Args:
        report: of a run; what another baseline has said of it is forgotten.
        baseline: the known failures.
        today: the date by which entries expire.
    """
    standing = standings(report, baseline, today)
    known = {
        entry.requirement: KnownFailure(entry.reason, str(entry.expires) if entry.expires else None, entry.link)
        for entry in baseline.entries
        if standing[entry.requirement] is EntryStanding.KNOWN
    }
    lines = {line.id: line for line in report.verdicts}
    stale, told = [], []
    for entry in baseline.entries:
        sentence = f"{baseline.path}:{entry.line}: {_sentence(entry, standing[entry.requirement], lines, report)}"
        if standing[entry.requirement].is_stale:
            stale.append(sentence)
        elif standing[entry.requirement] is not EntryStanding.KNOWN:
            told.append(sentence)
    made = report.having([evolve(line, known=known.get(line.id)) for line in report.verdicts])
    return evolve(made, baseline=BaselineOutcome(str(baseline.path), tuple(stale), tuple(told)))


def standings(report: Report, baseline: Baseline, today: date) -> Mapping[str, EntryStanding]:
    """Return what a report says of each entry of a baseline, by its requirement."""
    return dict(_standings(report, baseline, today))


def _standings(report: Report, baseline: Baseline, today: date) -> Iterator[tuple[str, EntryStanding]]:
    lines, left_out = {line.id: line for line in report.verdicts}, set(report.left_out)
    for entry in baseline.entries:
        line = lines.get(entry.requirement)
        if line is None and (entry.requirement in left_out or not lines):
            yield entry.requirement, EntryStanding.LEFT_OUT
        elif line is None:
            yield entry.requirement, EntryStanding.UNKNOWN
        elif line.verdict == "pass" and not entry.flaky:
            yield entry.requirement, EntryStanding.PASSES
        elif entry.expires is not None and entry.expires < today:
            yield entry.requirement, EntryStanding.EXPIRED
        elif line.verdict == "fail":
            yield entry.requirement, EntryStanding.KNOWN
        else:
            yield entry.requirement, EntryStanding.UNDECIDED


def _sentence(entry: BaselineEntry, standing: EntryStanding, lines: Mapping[str, Line], report: Report) -> str:
    name = entry.requirement
    match standing:
        case EntryStanding.PASSES:
            return f"{name} passes now: remove the entry"
        case EntryStanding.EXPIRED:
            found = "still fails" if lines[name].verdict == "fail" else f"is {lines[name].verdict} now"
            return f"{name} {found}, and the entry expired on {entry.expires}: mend the server, or decide anew"
        case EntryStanding.UNKNOWN:
            near = get_close_matches(name, [*lines, *report.left_out], n=3, cutoff=0.5)
            hint = f"did you mean {', '.join(near)}?" if near else "`videos-conformance requirements` lists them"
            return f"no requirement has the id {name!r}; {hint}"
        case EntryStanding.LEFT_OUT:
            return f"{name} has no verdict in this run: it was not asked for"
        case _:
            line = lines[name]
            return (
                f"{name} passes this time, and may"
                if line.verdict == "pass"
                else f"{name} is {line.verdict}: {line.reason}"
            )
