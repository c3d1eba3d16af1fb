"""Compares two reports of one contract: what got better, what got worse, and what could only be decided in one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Literal

from attrs import asdict, field, frozen

from conformance.errors import ExitCode, UsageError
from conformance.reports.heading import FailOn
from conformance.reports.line import Line
from conformance.reports.report import Report

__all__ = ["KINDS", "Change", "RunComparison", "compare"]

ChangeKind = Literal["worse", "better", "newly-decided", "no-longer-decided", "new", "removed"]
KINDS: dict[ChangeKind, str] = {
    "worse": "held before, broken now",
    "better": "broken before, held now",
    "no-longer-decided": "decided before, not decided now",
    "newly-decided": "not decided before, decided now",
    "new": "not asked before",
    "removed": "not asked now",
}
"""Every way in which a verdict can change, in the order in which people want to read it."""
_FORMAT = 1
_DECIDED = ("pass", "fail")


@frozen
class Change:
    """A requirement whose verdict is another one; `before` or `after` is None where it was not asked.

    Attributes:
        reason: what the later report says of it, or the earlier one where the later says nothing.
        excuse: why its failure fails no run, where something excuses it: known, newer than the set, or not scored.
    """

    kind: ChangeKind
    id: str
    level: str
    layer: str
    before: str | None
    after: str | None
    reason: str
    excuse: str | None


@frozen
class RunComparison:
    """An earlier and a later report, and what changed from one to the other."""

    before: Report = field(repr=False)
    after: Report = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)
    unchanged: int

    def of(self, kind: ChangeKind) -> tuple[Change, ...]:
        """Return the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def incomplete(self) -> tuple[str, ...]:
        """Why a report holds less than its run was to find out, where one does."""
        sides = (("the first", self.before), ("the second", self.after))
        return tuple(
            f"{side} run is not complete: {report.trouble}" for side, report in sides if report.trouble is not None
        )

    def exit_code(self, fail_on: Collection[FailOn] = ()) -> ExitCode:
        """Return the status that the command ends with.

        Args:
            fail_on: what counts as a regression beside a MUST that was held and is broken: a SHOULD too, or a MUST
                that was decided and no longer is.
        """
        levels = {"MUST", *(("SHOULD",) if "should" in fail_on else ())}
        if any(change.level in levels and change.excuse is None for change in self.of("worse")):
            return ExitCode.BROKEN_MUST
        lost = any(change.level == "MUST" for change in self.of("no-longer-decided"))
        if self.incomplete or ("inconclusive" in fail_on and lost):
            return ExitCode.INCOMPLETE
        return ExitCode.CONFORMS

    def to_dict(self) -> dict[str, Any]:
        """Return the public JSON form."""
        return {
            "format": _FORMAT,
            "before": _head(self.before),
            "after": _head(self.after),
            "unchanged": self.unchanged,
            "changes": [asdict(change) for change in self.changes],
        }


def compare(before: Report, after: Report, *, across_contracts: bool = False) -> RunComparison:
    """Compare two reports.

    Raises:
        UsageError: one is of a server and one of a client; or they are of different contracts, and nobody said that
            this is meant.
    """
    if before.is_of_client is not after.is_of_client:
        raise UsageError(
            "one of these is the run of a server and one that of a client, of which other things are asked"
        )
    if before.contract["sha256"] != after.contract["sha256"] and not across_contracts:
        versions = " and ".join(f"{r.contract['version']} ({r.contract['sha256'][:12]}…)" for r in (before, after))
        raise UsageError(
            f"the reports are of different contracts, {versions}: what one asks the other may not;"
            " --across-contracts compares what both ask"
        )
    old, new = ({line.id: line for line in report.verdicts} for report in (before, after))
    names = dict.fromkeys((*new, *old))
    changes = [_change(old.get(name), new.get(name)) for name in names]
    found = [change for change in changes if change is not None]
    order = list(KINDS)
    found.sort(key=lambda change: (order.index(change.kind), change.level != "MUST"))
    return RunComparison(before, after, tuple(found), len(changes) - len(found))


def _change(old: Line | None, new: Line | None) -> Change | None:
    line = new or old
    kind = _kind(old, new)
    if line is None or kind is None:
        return None
    before, after = (each.verdict if each is not None else None for each in (old, new))
    reason = line.reason or (old.reason if old is not None else "")
    return Change(kind, line.id, line.level, line.layer, before, after, reason, line.excuse)


def _kind(old: Line | None, new: Line | None) -> ChangeKind | None:
    """Return how a verdict changed; None where it did not, or from one way of not being decided to another."""
    if old is None:
        return "new"
    if new is None:
        return "removed"
    was, is_now = old.verdict in _DECIDED, new.verdict in _DECIDED
    if was != is_now:
        return "newly-decided" if is_now else "no-longer-decided"
    if not was or old.verdict == new.verdict:
        return None
    return "worse" if new.verdict == "fail" else "better"


def _head(report: Report) -> dict[str, Any]:
    """Return all of a report but its verdicts."""
    return dict(_headed(report.to_dict()))


def _headed(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in data.items() if name != "verdicts")
