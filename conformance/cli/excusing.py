"""Options that say what fails no run: the set that it is scored by, and the baseline of known failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.reports.excusing import Excuses
    from conformance.requirements.sets import RequirementSet, SetList

__all__ = ["baseline_options", "excuses_of", "in_set", "in_set_words", "set_option"]

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


def excuses_of(contract: Contract | None, settings: dict[str, Any], listed: SetList = "requirements") -> Excuses:
    """Return what fails no run.

    Args:
        contract: of the run; None for a report that has its set already.
        settings: of the command.
        listed: what a set lists of that which is judged.

    Raises:
        UsageError: the options do not fit together, or a file cannot be used.
    """
    from conformance.reports.baseline_file import read_baseline
    from conformance.reports.excusing import Excuses
    from conformance.reports.files import check_writable
    from conformance.requirements.sets import set_for

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
    chosen = None if contract is None else set_for(contract, settings["set_name"], listed)  # or the report has its own
    return Excuses(chosen, baseline, reason.strip() if updates else None, prunes)


def in_set(name: str, chosen: RequirementSet | None) -> dict[str, str | bool | None]:
    """Return what a set makes of a requirement or a vector; without a set each one counts."""
    if chosen is None:
        return {"set": None, "news": False, "not_scored": None}
    member = chosen.members.get(name)
    return {"set": chosen.name, "news": member is None, "not_scored": member.not_scored if member else None}


def in_set_words(name: str, chosen: RequirementSet | None) -> str:
    """Say the same behind a level; nothing where it counts."""
    told = in_set(name, chosen)
    if told["news"]:
        return f", news to set {told['set']}"
    return f", not scored by set {told['set']} ({told['not_scored']})" if told["not_scored"] else ""
