"""Scores a report by a frozen set: what is newer than the set is news, and fails nothing."""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve

from conformance.reports.line import Line
from conformance.reports.report import Report
from conformance.requirements.sets import RequirementSet

__all__ = ["scored_by"]

_MOST_NAMED = 5


def scored_by(report: Report, chosen: RequirementSet | None) -> Report:
    """Mark the requirements that a set does not have, or does not score, and give all others their level in it.

    A failure that follows from one of those is a failure of its own again: a suite without them would call it one.
    """
    if chosen is None:
        return report
    unscored = {name for name, member in chosen.members.items() if member.not_scored is not None}
    loose = {line.id for line in report.verdicts if line.id not in chosen.members or line.id in unscored}
    lines = [_scored(line, chosen, loose) for line in report.verdicts]
    told = (*report.headlines, *_lost(report, chosen))
    return evolve(report.having(lines), requirement_set=chosen.name, headlines=told)


def _scored(line: Line, chosen: RequirementSet, loose: Collection[str]) -> Line:
    member = chosen.members.get(line.id)
    if member is None:
        return evolve(line, news=True)
    made = evolve(line, level=member.level.value, not_scored=member.not_scored)
    if line.blocked_by not in loose or line.id in loose:
        return made
    reason = line.reason.removeprefix(f"follows from {line.blocked_by}: ")
    return evolve(made, verdict="fail", blocked_by=None, reason=reason)


def _lost(report: Report, chosen: RequirementSet) -> tuple[str, ...]:
    """Say so where a set has what this version of the suite no longer asks."""
    known = {*(line.id for line in report.verdicts), *report.left_out}
    lost = [name for name in chosen.members if name not in known]
    if not lost or not report.verdicts:
        return ()
    shown = ", ".join(lost[:_MOST_NAMED]) + (", …" if len(lost) > _MOST_NAMED else "")
    return (f"the set {chosen.name} has {len(lost)} that this version of the suite no longer asks: {shown}",)
