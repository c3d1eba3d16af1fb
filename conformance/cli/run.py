"""The command `videos-conformance run`."""

from __future__ import annotations

import atexit
import gc
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, get_args

import click
from attrs import frozen
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from conformance.campaign import BrokenOffError, Options, plan, run
from conformance.campaign.gaps import check_for_gaps
from conformance.cli.options import (
    contract_option,
    load_contract,
    only_option,
    report_option,
    skip_option,
    terminal,
    verbose_option,
)
from conformance.contract import Contract, Input
from conformance.engine.runner import Event, Pace, Planned
from conformance.engine.target import Target, target
from conformance.errors import ExitCode, UsageError
from conformance.reports import FailOn, Report, report
from conformance.reports.events import EventWriter
from conformance.reports.json_file import check_writable, write_json
from conformance.reports.plan_table import render_plan
from conformance.reports.terminal import render, render_spend
from conformance.requirements import catalogue
from conformance.requirements.selection import select

__all__ = ["run_command"]

_CREATES_ON_THE_EMBEDDED_SERVER = 40
_TOKEN = "sk-conformance-reference"  # noqa: S105 - opens nothing but the embedded server


@click.command("run")
@click.option("--url", help="Base URL of the server; the embedded reference server by default.")
@click.option(
    "--token-env", default="VIDEOS_TOKEN", show_default=True, help="Environment variable that holds the token."
)
@contract_option
@click.option("--max-creates", type=click.IntRange(min=0), help="Ceiling of creates; demanded with --url.")
@click.option(
    "--tier",
    type=click.Choice(["free", "full"]),
    default="full",
    show_default=True,
    help="free: send nothing that is meant to be accepted.",
)
@click.option(
    "--values",
    "narrowed",
    multiple=True,
    metavar="FIELD=VALUE,…",
    help="Only these listed values of a field; may be repeated for other fields.",
)
@only_option
@skip_option
@click.option("--models", help="Only these models, separated by commas: short for --values with the model's field.")
@click.option("--dry-run", is_flag=True, help="Print the plan and what it would cost; send nothing.")
@click.option(
    "--explore", type=click.IntRange(min=1), default=None, help="Add about this many freshly generated forms."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the generated forms.")
@click.option("--concurrency", type=click.IntRange(min=1, max=64), default=4, show_default=True)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds to wait for a refusal.",
)
@click.option(
    "--create-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=Pace().create_timeout,
    show_default=True,
    help="Seconds to wait for what costs money; never less than --timeout.",
)
@click.option(
    "--max-response-time", type=click.FloatRange(min=0, min_open=True), help="Seconds that an answer may take."
)
@click.option(
    "--surprises",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Accepted free probes before their group stops.",
)
@click.option(
    "--fail-on",
    multiple=True,
    metavar="WHAT,…",
    help="What fails the run beside a broken MUST: should, inconclusive (a MUST that could not be decided), or both.",
)
@verbose_option
@report_option
@click.option("--events", type=click.Path(path_type=Path), help="Write every exchange as JSON lines.")
def run_command(url: str | None, token_env: str, contract_path: Path | None, **settings: Any) -> ExitCode:
    """Test a server, and print a verdict for every requirement."""
    # What a run keeps it keeps to its end: looking for garbage finds little, and at the end it all goes anyway.
    gc.set_threshold(100_000, 50, 50)
    atexit.register(gc.freeze)
    contract = load_contract(contract_path)
    options, fail_on = _options(contract, settings), _fail_on(settings["fail_on"])
    console = terminal()
    if settings["dry_run"]:
        check_for_gaps(contract, catalogue(contract))
        render_plan(plan(contract, options), options, console, verbose=settings["verbose"])
        return ExitCode.CONFORMS
    outputs = [path for path in (settings["report_json"], settings["events"]) if path is not None]
    for path in outputs:
        check_writable(path)
    with _served(contract, url, token_env) as under_test:
        if url is not None and settings["max_creates"] is None:
            raise UsageError(
                f"{under_test.url} may cost money, itself or behind it: say with --max-creates N how many jobs the run"
                " may make, or --max-creates 0 for refusals alone"
            )
        made, error = _carry_out(contract, under_test, options, settings["events"])
    if settings["report_json"] is not None:
        write_json(made, settings["report_json"])
    if error is not None:
        render_spend(made, console)
        raise error
    render(made, console, verbose=settings["verbose"])
    return made.exit_code(fail_on)


def _fail_on(given: Sequence[str]) -> frozenset[FailOn]:
    """Read what fails a run: words, or lists of words."""
    words = [word.strip() for text in given for word in text.split(",")]
    known: tuple[FailOn, ...] = get_args(FailOn)
    for word in words:
        if word not in known:
            raise UsageError(f"--fail-on {word}: write {', '.join(known)}, or some of them with commas between")
    return frozenset(word for word in known if word in words)


def _options(contract: Contract, settings: dict[str, Any]) -> Options:
    for name in ("timeout", "create_timeout", "max_response_time"):
        if settings[name] is not None and not math.isfinite(settings[name]):
            raise UsageError(f"--{name.replace('_', '-')}: {settings[name]} is no number of seconds")
    narrowed = [_narrowed(contract, text) for text in settings["narrowed"]]
    if settings["models"] is not None:
        narrowed.append((_model_field(contract), settings["models"]))
    ceiling = settings["max_creates"]
    if ceiling is None:
        ceiling = _CREATES_ON_THE_EMBEDDED_SERVER
    return Options(
        max_creates=ceiling,
        tier="free" if ceiling == 0 else settings["tier"],
        selection=select(catalogue(contract), settings["only"], settings["skip"]),
        values=dict(_listed(contract, name, values) for name, values in narrowed),
        seed=settings["seed"],
        explore=settings["explore"] or 0,
        max_response_time=settings["max_response_time"],
        pace=Pace(
            settings["concurrency"],
            settings["timeout"],
            settings["create_timeout"],
            unexpected_acceptances=settings["surprises"],
        ),
    )


def _narrowed(contract: Contract, text: str) -> tuple[str, str]:
    name, separator, values = text.partition("=")
    if not separator:
        raise UsageError(f"--values {text}: write FIELD=VALUE, or FIELD=VALUE,VALUE")
    known = {declared.name for declared in _enumerated(contract)}
    if name not in known:
        raise UsageError(f"--values {text}: no field {name!r} has listed values; there is: {', '.join(sorted(known))}")
    return name, values


def _model_field(contract: Contract) -> str:
    """Return the name of the field that names what makes the result."""
    found = [declared for declared in _enumerated(contract) if declared.schema.role == "model"]
    if not found:
        raise UsageError("--models: no field with listed values has the role `model`; name the field with --values")
    return found[0].name


def _listed(contract: Contract, name: str, text: str) -> tuple[str, frozenset[str]]:
    """Return some values of a field that the contract lists."""
    values = frozenset(value.strip() for value in text.split(",") if value.strip())
    listed = {
        str(value) for declared in _enumerated(contract) if declared.name == name for value in declared.schema.enum
    }
    if not values or values - listed:
        wrong = ", ".join(sorted(values - listed)) or "none"
        raise UsageError(f"{name}: the contract does not list {wrong}; it lists {', '.join(sorted(listed))}")
    return name, values


def _enumerated(contract: Contract) -> list[Input]:
    return [declared for operation in contract.operations for declared in operation.inputs if declared.schema.enum]


@contextmanager
def _served(contract: Contract, url: str | None, token_env: str) -> Iterator[Target]:
    """Yield the target: the user's server, or the embedded one for as long as it is needed."""
    if url is None:
        from conformance.reference import ReferenceServer  # noqa: PLC0415 - not needed for a server of the user's

        with ReferenceServer(contract, token=_TOKEN) as server:
            yield target(server.url, _TOKEN, token_env)
        return
    token = os.environ.get(token_env)
    if not token:
        raise UsageError(
            f"the environment variable {token_env} holds no token; set it, or name another with --token-env"
        )
    yield target(url, token, token_env)


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
