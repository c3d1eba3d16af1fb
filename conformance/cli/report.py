"""The command `videos-conformance report`."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.options import report_option, terminal, verbose_option
from conformance.errors import ExitCode
from conformance.reports.events import read_report
from conformance.reports.json_file import check_writable, write_json
from conformance.reports.terminal import render

__all__ = ["report_command"]


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@verbose_option
@report_option
def report_command(file: Path, *, verbose: bool, report_json: Path | None) -> ExitCode:
    """Render the report of an earlier run from its --events or --report-json FILE."""
    made = read_report(file)
    if report_json is not None:
        check_writable(report_json)
        write_json(made, report_json)
    render(made, terminal(), verbose=verbose)
    return made.exit_code()
