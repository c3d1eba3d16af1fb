"""The command `videos-conformance run`."""

from __future__ import annotations

import atexit
import gc
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from attrs import frozen
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from conformance.campaign import BrokenOffError, Options, plan, run
from conformance.campaign.gaps import check_for_gaps
from conformance.cli.agreeing import agree, agreeing_options
from conformance.cli.choosing import choosing_options, selection_of, values_of
from conformance.cli.failing import fail_on, failing_options
from conformance.cli.journalling import journal_options, journal_path, told_where
from conformance.cli.options import contract_option, load_contract, terminal
from conformance.cli.output import check_outputs, report_options, write_reports
from conformance.cli.pacing import pace_of, pacing_options
from conformance.cli.resuming import carried_on, resuming_options, stream_to_resume
from conformance.cli.spending import budget_of, ceiling_of, demand_ceiling, spending_options, tier_of
from conformance.cli.targeting import served, target_options
from conformance.contract import Contract
from conformance.engine.runner import Event, Planned
from conformance.engine.target import Target
from conformance.errors import ExitCode, JournalError
from conformance.reports import Report, report
from conformance.reports.again import contract_of, options_of
from conformance.reports.events import EventWriter, head
from conformance.reports.plan_table import render_plan
from conformance.reports.stream import EventStream
from conformance.reports.terminal import render, render_jobs, render_spend
from conformance.requirements import catalogue

__all__ = ["run_command"]


@click.command("run")
@target_options
@contract_option
@spending_options
@choosing_options
@click.option("--dry-run", is_flag=True, help="Print the plan and what it would cost; send nothing.")
@agreeing_options
@pacing_options
@failing_options
@report_options
@journal_options
@resuming_options
def run_command(contract_path: Path | None, **settings: Any) -> ExitCode:
    """Test a server, and print a verdict for every requirement."""
    # What a run keeps it keeps to its end: looking for garbage finds little, and at the end it all goes anyway.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    stream = stream_to_resume(settings)
    contract = load_contract(contract_path) if stream is None else contract_of(stream, contract_path)
    options, failing = _options(contract, settings), fail_on(settings)
    if stream is not None:
        options = carried_on(stream, options_of(stream), options)
        settings["max_creates"] = options.max_creates
    console = terminal()
    if settings["dry_run"]:
        check_for_gaps(contract, catalogue(contract))
        render_plan(plan(contract, options), options, console, verbose=settings["verbose"])
        console.print("nothing was sent")
        return ExitCode.CONFORMS
    check_outputs(settings)
    with served(contract, settings) as under_test:
        demand_ceiling(under_test.url, settings)
        agree(contract, under_test.url, options, settings)
        settings["events"] = journal_path(under_test.url, settings)
        made, error = _carry_out(contract, under_test, options, settings, stream)
    unwritten = _written(made, settings)
    if error is None:
        render(made, console, verbose=settings["verbose"])
    else:
        render_spend(made, console)
    if settings["url"] is not None:
        render_jobs(made, console)
    told_where(made, settings)
    if error is not None or unwritten is not None:
        raise error or unwritten or ValueError
    return made.exit_code(failing)


def _written(made: Report, settings: dict[str, Any]) -> JournalError | None:
    """Write a report; return why it cannot be written, where that turns out only now."""
    try:
        write_reports(made, settings)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        return JournalError(f"{place}the report cannot be written: {error.strerror}")
    return None


def _options(contract: Contract, settings: dict[str, Any]) -> Options:
    values = values_of(contract, settings)
    return Options(
        max_creates=ceiling_of(settings),
        tier=tier_of(settings),
        selection=selection_of(catalogue(contract), settings),
        values=values,
        seed=settings["seed"],
        explore=settings["explore"] or 0,
        max_response_time=settings["max_response_time"],
        pace=pace_of(settings),
        budget=budget_of(contract, values, settings),
    )


@frozen
class _Listener:
    """Passes events on to the progress bar and the event file."""

    progress: Progress
    task: TaskID
    writer: EventWriter | None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Planned):
            total = self.progress.tasks[self.task].total or 0
            self.progress.update(self.task, total=total + event.count)
            return
        self.progress.advance(self.task)
        if self.writer is not None:
            self.writer.happened(event)


def _carry_out(
    contract: Contract, under_test: Target, options: Options, settings: dict[str, Any], stream: EventStream | None
) -> tuple[Report, Exception | None]:
    """Return the report of a run, and what broke it off if anything did."""
    error: Exception | None = None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ExitStack() as stack:
        writer = None
        if settings["events"] is not None:
            told = head(contract, under_test, options, is_embedded=settings["url"] is None)
            writer = stack.enter_context(EventWriter(settings["events"], under_test, told, stream))
        progress = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        listener = _Listener(progress, progress.add_task(under_test.url, total=None), writer)
        recording = None if stream is None else stream.to_carry_on()
        try:
            result = run(contract, under_test, options, listener, writer, recording)
        except BrokenOffError as broken:
            result, error = broken.result, broken.error
        made = report(contract, under_test, result)
        if writer is not None:
            try:
                writer.finished(made)
            except JournalError as unwritten:
                error = error or (unwritten if made.complete else None)
    return made, error
