"""Excuses failures of a report: by the set that it is scored by, and by the baseline, which may be written anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from attrs import evolve, field, frozen

from conformance.errors import UsageError
from conformance.reports.baseline import Baseline, BaselineEntry, held_against, standings
from conformance.reports.baseline_file import edited, read_baseline
from conformance.reports.files import write_whole
from conformance.reports.report import Report
from conformance.reports.scoring import scored_by
from conformance.requirements.sets import RequirementSet

__all__ = ["Excuses"]


@frozen
class Excuses:
    """What fails no run.

    Attributes:
        chosen: the set that it is scored by.
        baseline: the known failures.
        reason: of the entries that are to be added, if any are.
        prunes: whether entries that hold no longer are removed.
        today: the date by which entries expire.
    """

    chosen: RequirementSet | None
    baseline: Baseline | None
    reason: str | None = None
    prunes: bool = False
    today: date = field(factory=lambda: datetime.now(UTC).date())

    def applied(self, made: Report) -> Report:
        """Return a report with what excuses its failures; the baseline's file is written first, if it is to be."""
        made = scored_by(made, self.chosen)
        if self.baseline is None:
            return made
        held = held_against(made, self.baseline, self.today)
        if self.reason is None and not self.prunes:
            return held
        if not made.complete:
            return _noted(held, f"{self.baseline.path} was left as it was: the run is not complete")
        return self._rewritten(held, self.baseline)

    def _rewritten(self, held: Report, baseline: Baseline) -> Report:
        """Write the baseline anew, whole or not at all, and return the report by what it says then."""
        added = tuple(self._new(held, baseline)) if self.reason is not None else ()
        stale = [name for name, found in standings(held, baseline, self.today).items() if found.is_stale]
        removed = stale if self.prunes else []
        if not added and not removed:
            return _noted(held, f"{baseline.path} was left as it was: there is nothing to add or to remove")
        try:
            text = edited(baseline, added, removed)
            if _text(baseline.path) != baseline.text:
                return _noted(held, f"{baseline.path} was left as it was: it was changed during the run")
            write_whole(baseline.path, lambda stream: stream.writelines((text,)))
        except UsageError as error:
            return _noted(held, f"not written: {error}")
        except OSError as error:
            return _noted(held, f"{baseline.path} was left as it was: it cannot be written: {error.strerror}")
        told = [f"{baseline.path}: added {entry.requirement}" for entry in added]
        told += [f"{baseline.path}: removed {name}" for name in removed]
        return _noted(held_against(held, read_baseline(baseline.path), self.today), *told)

    def _new(self, held: Report, baseline: Baseline) -> Iterator[BaselineEntry]:
        """Yield an entry for each failure that fails the run, and that no entry names."""
        listed = {entry.requirement for entry in baseline.entries}
        for line in held.verdicts:
            if line.is_broken and held.is_fatal(line) and line.id not in listed:
                yield BaselineEntry(line.id, self.reason or "", flaky=line.flaky)


def _noted(made: Report, *changes: str) -> Report:
    return evolve(made, baseline=evolve(made.baseline, changes=changes)) if made.baseline is not None else made


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
