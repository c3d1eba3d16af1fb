"""The command `videos-conformance run`."""

from __future__ import annotations

import atexit
import gc
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from conformance.cli.agreeing import agree, agreeing_options
from conformance.cli.choosing import choosing_options
from conformance.cli.excusing import baseline_options, excuses_of, set_option
from conformance.cli.failing import fail_on, failing_options
from conformance.cli.journalling import journal_options, journal_path, told_where
from conformance.cli.options import contract_options, load_contract, terminal
from conformance.cli.output import outputs_of, report_options
from conformance.cli.pacing import pacing_options
from conformance.cli.planning import planned
from conformance.cli.resuming import carried_on, resuming_options, stream_to_resume
from conformance.cli.spending import demand_ceiling, spending_options
from conformance.cli.targeting import served, target_options
from conformance.errors import ExitCode

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from conformance.campaign import Options
    from conformance.contract import Contract, ContractSource
    from conformance.engine.runner import Event
    from conformance.engine.target import Target
    from conformance.reports.events import EventWriter
    from conformance.reports.excusing import Excuses
    from conformance.reports.heading import Heading
    from conformance.reports.report import Report
    from conformance.reports.stream import EventStream

__all__ = ["run_command"]


@click.command("run")
@target_options
@contract_options
@spending_options
@choosing_options
@click.option("--dry-run", is_flag=True, help="Print the plan and what it would cost; send nothing.")
@agreeing_options
@pacing_options
@failing_options
@set_option
@baseline_options
@report_options
@journal_options
@resuming_options
def run_command(source: ContractSource, **settings: Any) -> ExitCode:
    """Test a server, and print a verdict for every requirement."""
    from conformance.reports.heading import heading
    from conformance.reports.terminal import render, render_jobs, render_spend

    # What a run keeps it keeps to its end: looking for garbage finds little, and at the end it all goes anyway.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    stream = stream_to_resume(settings)
    contract, options = _what_to_do(source, settings, stream)
    failing, outputs = fail_on(settings), outputs_of(settings)
    excuses = excuses_of(contract, settings)
    console = terminal()
    if settings["dry_run"]:
        from conformance.campaign import plan
        from conformance.campaign.gaps import check_for_gaps
        from conformance.reports.plan_table import render_plan
        from conformance.requirements import catalogue

        check_for_gaps(contract, catalogue(contract))
        render_plan(plan(contract, options), options, console, verbose=settings["verbose"])
        console.print("nothing was sent")
        return ExitCode.CONFORMS
    with served(contract, settings) as under_test, outputs.recorded() as asked:
        demand_ceiling(under_test.url, settings)
        outputs.prepare()
        agree(contract, under_test, options, settings)
        events = journal_path(under_test, settings, asked)
        outputs.clear()
        begun = heading(contract, under_test, options, failing)
        journal = _Journalling(events, stream, is_embedded=settings["url"] is None)
        made, error = _carry_out(contract, under_test, options, excuses, journal, begun)
        unwritten = outputs.write(made, events)
        if error is None:
            render(made, console, verbose=settings["verbose"])
        else:
            render_spend(made, console)
        if settings["url"] is not None:
            render_jobs(made, console)
        told_where(made, settings, events)
        for trouble in (error, unwritten):
            if trouble is not None:
                raise trouble  # in here, where the secrets are taken out of what an error says
    return made.exit_code()


def _what_to_do(
    source: ContractSource, settings: dict[str, Any], stream: EventStream | None
) -> tuple[Contract, Options]:
    """Return the contract and the options: those of the run that is carried on, where one is."""
    if stream is None:
        contract = load_contract(source)
        return contract, planned(contract, settings)
    from conformance.reports.again import contract_of, options_of

    contract = contract_of(stream, source)
    options = carried_on(stream, options_of(stream), planned(contract, settings))
    settings["max_creates"] = options.max_creates
    return contract, options


@frozen
class _Journalling:
    """Where the journal of a run is kept, and what it goes on from."""

    path: Path | None
    stream: EventStream | None
    is_embedded: bool


@frozen
class _Listener:
    """Passes events on to the progress bar and the event file."""

    progress: Progress
    task: TaskID
    writer: EventWriter | None

    def __call__(self, event: Event) -> None:
        from conformance.engine.runner import Planned

        if isinstance(event, Planned):
            total = self.progress.tasks[self.task].total or 0
            self.progress.update(self.task, total=total + event.count)
            return
        self.progress.advance(self.task)
        if self.writer is not None:
            self.writer.happened(event)


def _carry_out(
    contract: Contract,
    under_test: Target,
    options: Options,
    excuses: Excuses,
    journal: _Journalling,
    begun: Heading,
) -> tuple[Report, Exception | None]:
    """Return the report of a run, and what broke it off if anything did."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from conformance.campaign import BrokenOffError, run
    from conformance.errors import JournalError
    from conformance.reports.events import EventWriter, to_carry_on
    from conformance.reports.making import report

    error: Exception | None = None
    clock = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with ExitStack() as stack:
        writer = None
        if journal.path is not None:
            again = to_carry_on(contract, under_test, options, is_embedded=journal.is_embedded)
            writer = stack.enter_context(EventWriter(journal.path, under_test, begun, again, journal.stream))
        progress = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        listener = _Listener(progress, progress.add_task(under_test.url, total=None), writer)
        recording = None if journal.stream is None else journal.stream.to_carry_on()
        try:
            result = run(contract, under_test, options, listener, writer, recording)
        except BrokenOffError as broken:
            result, error = broken.result, broken.error
        made = excuses.applied(report(contract, under_test, result, begun, time.monotonic() - clock))
        if writer is not None:
            try:
                writer.finished(made)
            except JournalError as unwritten:
                error = error or (unwritten if made.complete else None)
    return made, error
