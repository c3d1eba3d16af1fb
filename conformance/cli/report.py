"""The command `videos-conformance report`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance.cli.excusing import baseline_options, excuses_of
from conformance.cli.failing import fail_on, fail_on_option
from conformance.cli.options import terminal
from conformance.cli.output import check_outputs, report_options, write_reports
from conformance.errors import ExitCode
from conformance.reports.events import read_report
from conformance.reports.terminal import render

__all__ = ["report_command"]


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@fail_on_option
@baseline_options
@report_options
def report_command(file: Path, **settings: Any) -> ExitCode:
    """Render the report of an earlier run from its --events or --report-json FILE."""
    failing, made = fail_on(settings), read_report(file)
    check_outputs(settings)
    made = excuses_of(None, settings, failing).applied(made)
    write_reports(made, settings)
    render(made, terminal(), verbose=settings["verbose"])
    return made.exit_code(failing)
