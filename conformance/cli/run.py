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
from conformance.cli.choosing import choosing_options, selection_of, values_of
from conformance.cli.failing import fail_on, failing_options
from conformance.cli.options import contract_option, load_contract, terminal
from conformance.cli.output import check_outputs, report_options, write_reports
from conformance.cli.pacing import pace_of, pacing_options
from conformance.cli.spending import ceiling_of, demand_ceiling, spending_options, tier_of
from conformance.cli.targeting import served, target_options
from conformance.contract import Contract
from conformance.engine.runner import Event, Planned
from conformance.engine.target import Target
from conformance.errors import ExitCode
from conformance.reports import Report, report
from conformance.reports.events import EventWriter
from conformance.reports.plan_table import render_plan
from conformance.reports.terminal import render, render_spend
from conformance.requirements import catalogue

__all__ = ["run_command"]


@click.command("run")
@target_options
@contract_option
@spending_options
@choosing_options
@click.option("--dry-run", is_flag=True, help="Print the plan and what it would cost; send nothing.")
@pacing_options
@failing_options
@report_options
@click.option("--events", type=click.Path(path_type=Path), help="Write every exchange as JSON lines.")
def run_command(contract_path: Path | None, **settings: Any) -> ExitCode:
    """Test a server, and print a verdict for every requirement."""
    # What a run keeps it keeps to its end: looking for garbage finds little, and at the end it all goes anyway.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    contract = load_contract(contract_path)
    options, failing = _options(contract, settings), fail_on(settings)
    console = terminal()
    if settings["dry_run"]:
        check_for_gaps(contract, catalogue(contract))
        render_plan(plan(contract, options), options, console, verbose=settings["verbose"])
        return ExitCode.CONFORMS
    check_outputs(settings)
    with served(contract, settings) as under_test:
        demand_ceiling(under_test.url, settings)
        made, error = _carry_out(contract, under_test, options, settings["events"])
        write_reports(made, settings)
        if error is not None:
            render_spend(made, console)
            raise error
        render(made, console, verbose=settings["verbose"])
    return made.exit_code(failing)


def _options(contract: Contract, settings: dict[str, Any]) -> Options:
    return Options(
        max_creates=ceiling_of(settings),
        tier=tier_of(settings),
        selection=selection_of(catalogue(contract), settings),
        values=values_of(contract, settings),
        seed=settings["seed"],
        explore=settings["explore"] or 0,
        max_response_time=settings["max_response_time"],
        pace=pace_of(settings),
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
    contract: Contract, under_test: Target, options: Options, events: Path | None
) -> tuple[Report, Exception | None]:
    """Return the report of a run, and what broke it off if anything did."""
    error: Exception | None = None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ExitStack() as stack:
        header = {
            "target": {"url": under_test.url},
            "contract": {"version": contract.version, "sha256": contract.sha256},
        }
        writer = stack.enter_context(EventWriter(events, under_test, header)) if events is not None else None
        progress = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        task = progress.add_task(under_test.url, total=None)
        try:
            result = run(contract, under_test, options, _Listener(progress, task, writer))
        except BrokenOffError as broken:
            result, error = broken.result, broken.error
        made = report(contract, under_test, result)
        if writer is not None:
            writer.finished(made)
    return made, error
