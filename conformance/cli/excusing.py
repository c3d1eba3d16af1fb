"""Options that say what fails no run: the set that it is scored by, and the baseline of known failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve, field, frozen

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.reports.baseline import Baseline, BaselineEntry
    from conformance.reports.report import Report
    from conformance.requirements.sets import RequirementSet

__all__ = ["Excuses", "baseline_options", "excuses_of", "set_of", "set_option"]

set_option = click.option(
    "--set",
    "set_name",
    metavar="NAME",
    help="Frozen set that the run is scored by, such as 1.0: what is newer is news, and fails nothing. The newest by"
    " default; none: every requirement counts.",
)
baseline_options: Callable[[Any], Any] = grouped(
    click.option(
        "--baseline",
        type=click.Path(path_type=Path),
        help="Known failures, as YAML: they fail nothing, and an entry that holds no longer fails the run.",
    ),
    click.option(
        "--baseline-update",
        is_flag=True,
        help="Add what fails this run to the --baseline file, if the run is complete; needs --baseline-reason.",
    ),
    click.option("--baseline-reason", metavar="WHY", help="The reason of what --baseline-update adds."),
    click.option(
        "--baseline-prune",
        is_flag=True,
        help="Remove from the --baseline file what passes, has expired or names nothing, if the run is complete.",
    ),
)


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
        from conformance.reports.baseline import held_against
        from conformance.reports.scoring import scored_by

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
        from conformance.reports.baseline import held_against, standings
        from conformance.reports.baseline_file import edited, read_baseline
        from conformance.reports.files import write_whole

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
        from conformance.reports.baseline import BaselineEntry

        listed = {entry.requirement for entry in baseline.entries}
        for line in held.verdicts:
            if line.verdict == "fail" and held.is_fatal(line) and line.id not in listed:
                yield BaselineEntry(line.id, self.reason or "", flaky=line.flaky)


def set_of(contract: Contract, settings: dict[str, Any]) -> RequirementSet | None:
    """Return the set that a run is scored by.

    Raises:
        UsageError: there is no such set, or it is another contract's.
    """
    from conformance.requirements.sets import set_for

    return set_for(contract, settings["set_name"])


def excuses_of(settings: dict[str, Any], chosen: RequirementSet | None = None) -> Excuses:
    """Return what fails no run.

    Args:
        settings: of the command.
        chosen: the set that the run is scored by; a report that was read has its own.

    Raises:
        UsageError: the options do not fit together, or a file cannot be used.
    """
    from conformance.reports.baseline_file import read_baseline
    from conformance.reports.files import check_writable

    path, reason = settings["baseline"], settings["baseline_reason"]
    updates, prunes = settings["baseline_update"], settings["baseline_prune"]
    for option, is_given in (("--baseline-update", updates), ("--baseline-prune", prunes)):
        if is_given and path is None:
            raise UsageError(f"{option}: name the file with --baseline FILE")
    if updates and not (reason or "").strip():
        raise UsageError("--baseline-update: say with --baseline-reason why the failures are accepted")
    if reason is not None and not updates:
        raise UsageError("--baseline-reason is the reason of what --baseline-update adds; give both")
    if updates or prunes:
        check_writable(path)
    baseline = read_baseline(path, missing_ok=updates) if path is not None else None
    return Excuses(chosen, baseline, reason.strip() if updates else None, prunes)


def _noted(made: Report, *changes: str) -> Report:
    return evolve(made, baseline=evolve(made.baseline, changes=changes)) if made.baseline is not None else made


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""
