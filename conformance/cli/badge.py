"""The command `videos-conformance badge`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance.cli.options import contract_options, load_contract
from conformance.cli.publishing import REPORT, read_candidates, write_file
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["badge_command"]


@click.command("badge")
@click.argument("file", metavar="REPORT", type=REPORT)
@click.option("-o", "--output", required=True, type=REPORT, metavar="FILE", help="Write the SVG here.")
@contract_options
def badge_command(file: Path, output: Path, source: ContractSource) -> ExitCode:
    """Draw a badge of a REPORT (--report-json or --events): the contract's version, and what the run has shown.

    Only a complete run that asked for the whole contract gives one.
    """
    from conformance.reports.badge import badge
    from conformance.reports.files import check_writable

    check_writable(output)
    found = read_candidates([file], load_contract(source))
    if found.refused:
        raise UsageError(found.refused[0])
    write_file(output, badge(found.fit[0][1]))
    click.echo(str(output))
    return ExitCode.CONFORMS
