"""The command `videos-conformance selftest`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal

import click

from conformance.cli.options import contract_options, load_contract, terminal
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import ContractSource
    from conformance.selftest import Examination

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
@contract_options
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the matrix as JSON.")
def selftest_command(
    *,
    names: tuple[str, ...],
    max_creates: int,
    tier: Literal["free", "full"],
    workers: int,
    wrong_only: bool,
    source: ContractSource,
    json_path: Path | None,
) -> ExitCode:
    """Run the suite on its own faults and variants (all, or NAMES), and print what it found.

    With another --contract, or an --overlay, the faults are derived from it: one for each of its requirements.
    """
    from attrs import asdict
    from rich.console import Console
    from rich.progress import track

    from conformance.campaign import Options
    from conformance.reports.files import check_writable
    from conformance.selftest import LIMIT, PACE, everything, examine_all

    another = None if source.is_own else source
    if another is not None:
        load_contract(another)
    chosen = everything(another)
    if unknown := set(names) - set(chosen):
        raise UsageError(f"unknown: {', '.join(sorted(unknown))}; `videos-conformance selftest` without names runs all")
    if names:
        chosen = [name for name in chosen if name in names]
    if json_path is not None:
        check_writable(json_path)
    tier = "free" if max_creates == 0 else tier
    options = Options(max_creates, tier, max_response_time=LIMIT, pace=PACE)
    runs = examine_all(chosen, options, workers, another)
    found = list(track(runs, total=len(chosen), description="selftest", console=Console(stderr=True), transient=True))
    if json_path is not None:
        json_path.write_text(
            json.dumps([asdict(examination) for examination in found], indent=1) + "\n", encoding="utf-8"
        )
    limited = tier == "free" or max_creates < _FULL or another is not None
    _show(found, limited=limited, wrong_only=wrong_only)
    return _total(found, limited=limited, whole=not names)


def _show(found: Sequence[Examination], *, limited: bool, wrong_only: bool) -> None:
    from rich.table import Table
    from rich.text import Text

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
    terminal().print(table)


def _result(one: Examination, *, limited: bool) -> tuple[str, str]:
    if one.false_musts:
        return "wrong", "bold red"
    if one.kind == "variant":
        return "conforms", "green"
    if one.is_right or (limited and one.is_found):
        return "found", "green"
    return "missed", "yellow" if limited else "bold red"


def _total(found: Sequence[Examination], *, limited: bool, whole: bool) -> ExitCode:
    from conformance.contract import load
    from conformance.selftest import CORRECT, uncovered_checks, uncovered_families

    console = terminal()
    faults = [one for one in found if one.kind == "fault"]
    variants = [one for one in found if one.kind == "variant"]
    hits = sum(one.is_found if limited else not one.missed for one in faults)
    false = sum(len(one.false_musts) for one in found)
    console.print()
    if faults:
        share = f"{hits / len(faults):.0%}"
        console.print(f"{hits} of {len(faults)} faults found ({share}), each by a requirement that it names")
        failed = [len(one.failed) for one in faults]
        console.print(f"failed requirements for each fault: median {median(failed):g}, at most {max(failed)}")
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
