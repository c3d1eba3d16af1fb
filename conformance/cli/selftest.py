"""The command `videos-conformance selftest`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click
from attrs import asdict
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from conformance.campaign import Options
from conformance.contract import load
from conformance.errors import ExitCode, UsageError
from conformance.reference.named_behaviours import named_behaviours
from conformance.reports.json_file import check_writable
from conformance.selftest import CORRECT, LIMIT, PACE, Examination, examine_all, uncovered_checks, uncovered_families

__all__ = ["selftest_command"]

_FULL = 60


@click.command("selftest")
@click.argument("names", nargs=-1)
@click.option(
    "--max-creates", type=click.IntRange(min=0), default=_FULL, show_default=True, help="Ceiling of each run."
)
@click.option("--tier", type=click.Choice(["free", "full"]), default="full", show_default=True)
@click.option("--workers", type=click.IntRange(min=1), default=os.cpu_count() or 1, show_default=True)
@click.option("--wrong-only", is_flag=True, help="Show only what is not as it should be.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the matrix as JSON.")
def selftest_command(
    *,
    names: tuple[str, ...],
    max_creates: int,
    tier: Literal["free", "full"],
    workers: int,
    wrong_only: bool,
    json_path: Path | None,
) -> ExitCode:
    """Run the suite on its own faults and variants (all, or NAMES), and print what it found."""
    known = {entry.name for entry in (*named_behaviours().faults, *named_behaviours().variants)}
    if unknown := set(names) - known:
        raise UsageError(f"unknown: {', '.join(sorted(unknown))}; `videos-conformance serve --list` names them all")
    if json_path is not None:
        check_writable(json_path)
    tier = "free" if max_creates == 0 else tier
    options = Options(max_creates, tier, max_response_time=LIMIT, pace=PACE)
    count = len(names) or len(known) + 1
    runs = examine_all(names, options, workers)
    found = list(track(runs, total=count, description="selftest", console=Console(stderr=True), transient=True))
    if json_path is not None:
        json_path.write_text(
            json.dumps([asdict(examination) for examination in found], indent=1) + "\n", encoding="utf-8"
        )
    return _show(found, options, whole=not names, wrong_only=wrong_only)


def _show(found: Sequence[Examination], options: Options, *, whole: bool, wrong_only: bool) -> ExitCode:
    console = Console(width=None if Console().is_terminal else 160)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in (
        "fault or variant",
        "result",
        "requests",
        "creates",
        "failed as it must",
        "missed",
        "failed beyond it",
    ):
        table.add_column(column, overflow="fold")
    limited = options.tier == "free" or options.max_creates < _FULL
    for one in found:
        result, style = _result(one, limited=limited)
        if wrong_only and style == "green":
            continue
        hits = [name for name in one.expected if name in one.failed]
        cells = (
            one.name,
            Text(result, style=style),
            str(one.requests),
            str(one.creates),
            "\n".join(hits),
            "\n".join(one.missed),
            "\n".join(one.false_musts),
        )
        table.add_row(*cells)
    console.print(table)
    return _total(console, found, limited=limited, whole=whole)


def _result(one: Examination, *, limited: bool) -> tuple[str, str]:
    if one.false_musts:
        return "wrong", "bold red"
    if one.kind == "variant":
        return "conforms", "green"
    if one.is_right or (limited and one.is_found):
        return "found", "green"
    return "missed", "yellow" if limited else "bold red"


def _total(console: Console, found: Sequence[Examination], *, limited: bool, whole: bool) -> ExitCode:
    faults = [one for one in found if one.kind == "fault"]
    variants = [one for one in found if one.kind == "variant"]
    hits = sum(one.is_found if limited else not one.missed for one in faults)
    false = sum(len(one.false_musts) for one in found)
    console.print()
    if faults:
        share = f"{hits / len(faults):.0%}"
        console.print(f"{hits} of {len(faults)} faults found ({share}), each by a requirement that it names")
    falsely = sum(len(one.false_musts) for one in variants)
    console.print(f"{false} MUSTs failed falsely, {falsely} of them on {len(variants)} correct servers")
    spent = sum(one.creates for one in faults)
    healthy = sum(one.creates for one in found if one.name == CORRECT)
    console.print(f"creates: {healthy} on the correct server, {spent} on all faults")
    if limited or not whole:
        return ExitCode.SUITE_DEFECT if false else ExitCode.CONFORMS
    checks, kinds = uncovered_checks(faults), uncovered_families(load(), found)
    for what, names in (("checks", checks), ("kinds of requirement", kinds)):
        console.print(f"{what} that no fault kills: {', '.join(sorted(names)) or 'none'}")
    wrong = false or hits < len(faults) or checks or kinds
    return ExitCode.SUITE_DEFECT if wrong else ExitCode.CONFORMS
