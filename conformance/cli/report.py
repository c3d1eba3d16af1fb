"""The command `videos-conformance report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.options import contract_option, terminal
from conformance.cli.output import check_outputs, report_options, write_reports
from conformance.errors import ExitCode
from conformance.reports.events import read_report
from conformance.reports.terminal import render, render_jobs

__all__ = ["report_command"]


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@contract_option
@report_options
def report_command(file: Path, contract_path: Path | None, **settings: Any) -> ExitCode:
    """Render the report of an earlier run from its --events or --report-json FILE.

    The events of a run that did not come to its end are judged again, as far as they go.
    """
    made = read_report(file, contract_path)
    check_outputs(settings)
    write_reports(made, settings)
    console = terminal()
    render(made, console, verbose=settings["verbose"])
    render_jobs(made, console)
    return made.exit_code()
