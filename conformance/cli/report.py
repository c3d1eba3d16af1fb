"""The command `videos-conformance report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from conformance.cli.excusing import baseline_options, excuses_of
from conformance.cli.failing import fail_on, failing_options
from conformance.cli.options import contract_options, terminal
from conformance.cli.output import outputs_of, report_options
from conformance.errors import ExitCode

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["report_command"]


@click.command("report")
@click.argument("file", type=click.Path(path_type=Path))
@contract_options
@failing_options
@baseline_options
@report_options
def report_command(file: Path, source: ContractSource, **settings: Any) -> ExitCode:
    """Render the report of an earlier run from its event stream (--events) or its JSON report FILE.

    The run's own --fail-on holds unless another one is given. HAR is made from an event stream alone.
    The events of a run that did not come to its end are judged again, as far as they go.
    """
    from conformance.reports.events import is_event_stream, read_report
    from conformance.reports.terminal import render, render_jobs

    failing, outputs = fail_on(settings), outputs_of(settings)
    made = read_report(file, source)
    if failing:
        made = evolve(made, run=evolve(made.run, fail_on=tuple(sorted(failing))))
    made = excuses_of(None, settings).applied(made)
    events = file if is_event_stream(file) else None
    outputs.prepare(has_events=events is not None)
    unwritten = outputs.write(made, events)
    if outputs.folder is not None and events is None:
        click.echo(f"note: {file} is a JSON report, which has no exchanges: what needs them is left out", err=True)
    console = terminal()
    render(made, console, verbose=settings["verbose"])
    render_jobs(made, console)
    if unwritten is not None:
        raise unwritten
    return made.exit_code()
