"""Groups the lines of a report: failures by their cause, the rest by area and by reason."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from attrs import frozen

from conformance.reports.curl import HANDY
from conformance.reports.layout import plural
from conformance.reports.line import Evidence, Line
from conformance.reports.report import LEVELS, Report

__all__ = [
    "Area",
    "Cause",
    "Undecided",
    "areas",
    "causes",
    "counted",
    "excuses_counted",
    "not_offered",
    "sums",
    "times",
    "undecided",
    "verdicts_counted",
]

_CHANGING = re.compile(r"[0-9A-Fa-f-]{8,}|\d+")
"""What differs from one answer to the next: ids, times, numbers of requests."""


@frozen
class Cause:
    """Requirements that broke together: the gravest first, and what could not be decided because of them."""

    failed: tuple[Line, ...]
    blocked: tuple[Line, ...]

    @property
    def first(self) -> Line:
        """The gravest one."""
        return self.failed[0]

    @property
    def evidence(self) -> Evidence | None:
        """What shows it: the evidence of the gravest, or the smallest, where somebody else's is read more easily."""
        seen = [line.evidence for line in self.failed if line.evidence is not None]
        handy = next((evidence for evidence in seen[:1] if len(evidence.curl) <= HANDY), None)
        return handy or min(seen, key=lambda evidence: len(evidence.curl), default=None)


@frozen
class Area:
    """The requirements of one area; `broken` by level, without the failures that something excuses."""

    name: str
    held: int
    total: int
    broken: tuple[tuple[str, int], ...]
    undecided: int
    excused: int = 0


@frozen
class Undecided:
    """Requirements that were not decided for one reason, such as that their operation is not offered."""

    reason: str
    lines: tuple[Line, ...]


def causes(report: Report) -> tuple[Cause, ...]:
    """Return the failures that nothing excuses by cause, the gravest first.

    One cause have: what one answer broke, as far as the same people mend it; breakdowns that look the same; one
    rule that is broken in several places by answers that look the same.
    """
    position = {line.id: index for index, line in enumerate(report.verdicts)}
    groups = _connected(line for line in report.verdicts if line.counts_as_failed)
    blocked: dict[str, list[Line]] = defaultdict(list)
    for line in report.verdicts:
        if line.blocked_by is not None:
            blocked[line.blocked_by].append(line)
    made = []
    for group in groups:
        ordered = tuple(sorted(group, key=lambda line: LEVELS.index(line.level)))
        made.append(Cause(ordered, tuple(line for failed in ordered for line in blocked.pop(failed.id, ()))))
    return tuple(sorted(made, key=lambda cause: (LEVELS.index(cause.first.level), position[cause.first.id])))


def _connected(lines: Iterable[Line]) -> list[list[Line]]:
    """Join lines that share a key, directly or through others."""
    groups: list[tuple[set[tuple[str, ...]], list[Line]]] = []
    for line in lines:
        keys = set(_keys(line))
        joined = [group for group in groups if group[0] & keys]
        groups = [group for group in groups if not group[0] & keys]
        groups.append(
            (keys.union(*(known for known, _ in joined)), [*chain(*(members for _, members in joined)), line])
        )
    return [members for _, members in groups]


def _keys(line: Line) -> Iterator[tuple[str, ...]]:
    """Yield what makes failures one: an answer, a breakdown that looks the same, a rule that is broken alike.

    What clients break is one where it is mended in one way.
    """
    evidence = line.evidence
    if line.mend:
        yield (line.level, line.mend)
    if line.mend or evidence is None:
        return
    alike = (str(evidence.status), _CHANGING.sub("#", evidence.answer))
    if evidence.status is None or evidence.status >= 500:
        yield alike
    else:
        yield (line.layer, evidence.probe)
        yield (line.layer, line.level, _rule(line.id), *alike)


def _rule(requirement_id: str) -> str:
    """What is asked, whatever it is asked of."""
    head, value, _ = requirement_id.partition("/value/")
    steps = head.split("/")
    return "/".join([*steps[:2], "*" if value else steps[-1]])


def area(line: Line) -> str:
    """Return the area of a requirement: the second word of one about an operation, the first of any other."""
    steps = line.id.split("/")
    return steps[1] if len(steps) > 2 else steps[0]


def areas(lines: Iterable[Line]) -> tuple[Area, ...]:
    """Count by area, in the order in which areas first occur; without what is not offered."""
    by_name: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if not line.not_offered:
            by_name[area(line)].append(line)
    return tuple(_area(name, members) for name, members in by_name.items())


def _area(name: str, members: Sequence[Line]) -> Area:
    broken = Counter(line.level for line in members if line.counts_as_failed)
    excused = sum(line.verdict == "fail" for line in members) - broken.total()
    held = sum(line.verdict == "pass" for line in members)
    by_level = tuple((level, broken[level]) for level in LEVELS if broken[level])
    return Area(name, held, len(members), by_level, len(members) - held - broken.total() - excused, excused)


def undecided(report: Report) -> tuple[Undecided, ...]:
    """Return what was not decided, by reason, the most frequent first; what a failure blocks stands with that."""
    failed = {line.id for line in report.verdicts if line.verdict == "fail"}
    by_reason: dict[str, list[Line]] = defaultdict(list)
    for line in (line for line in report.verdicts if not line.not_offered):
        if line.verdict in ("inconclusive", "not-run") and line.blocked_by not in failed:
            by_reason[re.sub("`[^`]*`", "`…`", line.reason)].append(line)
    made = [Undecided(_shared(members), tuple(members)) for members in by_reason.values()]
    return tuple(sorted(made, key=lambda group: -len(group.lines)))


def not_offered(report: Report) -> tuple[Undecided, ...]:
    """Return the requirements of operations that the server does without, by operation."""
    by_reason: dict[str, list[Line]] = defaultdict(list)
    for line in report.verdicts:
        if line.not_offered:
            by_reason[line.reason].append(line)
    return tuple(Undecided(reason, tuple(members)) for reason, members in by_reason.items())


def sums(report: Report) -> str:
    """Say how many requirements, or vectors, were decided, of those that could be, and with which verdicts."""
    summary = report.summary
    asked = summary["total"] - summary["not_offered"]
    return f"{summary['decided']} of {plural(asked, report.noun)} decided: {verdicts_counted(report)}"


def verdicts_counted(report: Report) -> str:
    """Count the verdicts, in words; what is not offered apart."""
    summary = report.summary
    counts = {name: summary[name] for name in ("pass", "fail", "inconclusive", "not-run")}
    counts["not-run"] -= summary["not_offered"]
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{said}; {summary['not_offered']} not offered" if summary["not_offered"] else said


def _shared(members: Sequence[Line]) -> str:
    """The reason of some lines; where they differ in what was sent, that of the first as an example."""
    first = members[0].reason
    return first if len({line.reason for line in members}) == 1 else f"{first}, and the like"


def counted(lines: Iterable[Line]) -> str:
    """Count lines by area, in words."""
    counts = Counter(area(line) for line in lines)
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def times(line: Line) -> str:
    """Say how often a request failed, of how many times that it was sent."""
    failed = sum(attempt.verdict == "fail" for attempt in line.attempts)
    said = ", ".join(attempt.verdict for attempt in line.attempts)
    return f"failed {failed} of {len(line.attempts)} times: {said}"


def excuses_counted(report: Report) -> str:
    """Count the failures that something excuses, in words; nothing where there are none."""
    words = (("known", "known"), ("news", "news"), ("not_scored", "not scored"))
    return ", ".join(f"{report.summary[name]} {word}" for name, word in words if report.summary[name])
