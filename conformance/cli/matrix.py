"""The command `videos-conformance matrix`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.options import contract_options, load_contract
from conformance.cli.publishing import REPORT, read_candidates, write_file
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["matrix_command"]


@click.command("matrix")
@click.argument("files", metavar="REPORT…", nargs=-1, required=True, type=REPORT)
@click.option(
    "-o", "--output", required=True, type=REPORT, metavar="FILE", help="Write it here: Markdown (.md), or HTML (.html)."
)
@click.option("--name", "names", multiple=True, help="Of a column; once for each file, in their order.")
@click.option("--leave-out", is_flag=True, help="Leave out what may not stand in it, and say so, instead of refusing.")
@contract_options
def matrix_command(
    files: tuple[Path, ...], output: Path, names: tuple[str, ...], source: ContractSource, *, leave_out: bool
) -> ExitCode:
    """Put servers, or clients, side by side: a column for each REPORT (--report-json or --events), a row for each line.

    Only complete runs of one contract that asked for all of it stand in a matrix. Columns are called like their files
    unless --name says otherwise.
    """
    from conformance.reports.files import check_writable
    from conformance.reports.side_by_side import FORMS, matrix

    form = FORMS.get(output.suffix.lower())
    if form is None:
        raise UsageError(f"{output}: the name of a matrix ends in one of {', '.join(FORMS)}")
    named = _names(files, names)
    check_writable(output)
    found = read_candidates(files, load_contract(source))
    if found.refused and (not leave_out or not found.fit):
        advice = "" if not found.fit else "\nmend or leave out what is named, or let --leave-out do it"
        raise UsageError("\n".join(found.refused) + advice)
    if len({report.is_of_client for _, report in found.fit}) > 1:
        raise UsageError("some of these are runs of servers and some of clients, of which different things are asked")
    for reason in found.refused:
        click.echo(f"left out: {reason}", err=True)
    write_file(output, form(matrix([(named[place], report) for place, report in found.fit])))
    click.echo(f"{output}: {len(found.fit)} run{'' if len(found.fit) == 1 else 's'}")
    return ExitCode.CONFORMS


def _names(files: Sequence[Path], given: Sequence[str]) -> list[str]:
    """Return what the columns are called.

    Raises:
        UsageError: some columns would have no name, or one that others have.
    """
    if given and len(given) != len(files):
        raise UsageError(f"--name: {len(given)} names for {len(files)} files; give one for each, in their order")
    names = list(given) or [path.stem for path in files]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(f"several columns would be called {twice[0]!r}: give each file a --name, in their order")
    return names
