"""The command `videos-conformance client`."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from conformance.cli.excusing import baseline_options, excuses_of, in_set_words, set_option
from conformance.cli.failing import fail_on, failing_options
from conformance.cli.options import contract_options, load_contract, terminal
from conformance.cli.output import eventless_report_options, outputs_of
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from types import FrameType

    from conformance.clients.judging import Judged
    from conformance.clients.trial import Trial
    from conformance.contract import Contract, ContractSource
    from conformance.vectors import Vector

__all__ = ["client_command"]

_EXAMPLES = ("python", "typescript", "go")
_NO_BOUNDARY = "no form with a text came through, from which a boundary could be learnt"


@click.command("client", context_settings={"ignore_unknown_options": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND …")
@contract_options
@click.option(
    "--only", "only", multiple=True, metavar="PATTERN",
    help="Only these vectors: a glob of their ids or requirements, a level (MUST) or a kind (kind:money). May be"
    " repeated.",
)  # fmt: skip
@click.option("--skip", "skip", multiple=True, metavar="PATTERN", help="Without these vectors; patterns as for --only.")
@click.option("--list", "lists", is_flag=True, help="List the vectors, and start nothing.")
@click.option("--vector", "vector_id", metavar="ID", help="Try this one alone, and show its requests as they came.")
@click.option("--example", type=click.Choice(_EXAMPLES), help="Print an adapter in this language, to begin with.")
@click.option(
    "--start-time", type=click.FloatRange(min=0.1), default=60.0, show_default=True, metavar="SECONDS",
    help="How long the adapter may take to say hello.",
)  # fmt: skip
@click.option(
    "--call-time", type=click.FloatRange(min=0.1), default=15.0, show_default=True, metavar="SECONDS",
    help="How long the client may take for a call; it is told so.",
)  # fmt: skip
@click.option(
    "--silence-time", type=click.FloatRange(min=0.1), default=2.0, show_default=True, metavar="SECONDS",
    help="The same for calls that the server never answers.",
)  # fmt: skip
@click.option(
    "--wait-time", type=click.FloatRange(min=0.1), default=10.0, show_default=True, metavar="SECONDS",
    help="The same for waiting until a job ends; some of them never do.",
)  # fmt: skip
@click.option(
    "--grace", type=click.FloatRange(min=0.1), default=10.0, show_default=True, metavar="SECONDS",
    help="How much longer than its client the adapter may take, before it is ended.",
)  # fmt: skip
@click.option(
    "--max-time", type=click.FloatRange(min=1), default=1800.0, show_default=True, metavar="SECONDS",
    help="How long the whole run may take; what is left then was not run.",
)  # fmt: skip
@failing_options
@set_option
@baseline_options
@eventless_report_options
def client_command(source: ContractSource, command: Sequence[str], **settings: Any) -> ExitCode:
    """Test a client: what it sends, what it makes of answers, and how often it sends.

    COMMAND starts your adapter, a small program that drives the client and speaks JSON lines over its standard input
    and output. `--example python` prints one; docs/sdk-teams.md has the protocol.
    """
    from conformance.clients.choice import chosen, vector_named
    from conformance.clients.judged_by import judged_by
    from conformance.requirements.sets import set_for

    if settings["example"] is not None:
        click.echo(_example(settings["example"]), nl=False)
        return ExitCode.CONFORMS
    contract = load_contract(source)
    every = judged_by(contract)
    wanted = chosen(every, settings["only"], settings["skip"])
    if settings["lists"]:
        scored = set_for(contract, settings["set_name"], "vectors")
        for vector in wanted:
            click.echo(f"{vector.level.value:6} {vector.id}{in_set_words(vector.id, scored)}  {vector.sentence}")
        return ExitCode.CONFORMS
    if not command:
        raise UsageError("name the command that starts your adapter behind `--`; `client --example python` prints one")
    if settings["vector_id"] is not None:
        wanted = (vector_named(every, settings["vector_id"]),)
    return _judged(contract, wanted, every, command, settings)


def _judged(
    contract: Contract, wanted: Sequence[Vector], every: Sequence[Vector], command: Sequence[str],
    settings: dict[str, Any],
) -> ExitCode:  # fmt: skip
    from conformance.cli.redacting import kept_secret
    from conformance.engine.target import Target
    from conformance.reports.client_report import client_report
    from conformance.reports.terminal import render

    failing, outputs = fail_on(settings), outputs_of(settings)
    excuses = excuses_of(contract, settings, "vectors")
    outputs.prepare(has_events=False)
    credential = _credential(contract)
    with kept_secret(Target("", credential.token)):
        begun, clock = datetime.now(UTC), time.monotonic()
        outputs.clear()
        judged = _tried(contract, wanted, every, command, credential, settings)
        names = {vector.id for vector in wanted}
        judged = evolve(judged, trials=tuple(_each(wanted, judged)))
        made = client_report(
            contract, judged, command, credential, begun, time.monotonic() - clock, failing,
            [vector.id for vector in every if vector.id not in names],
        )  # fmt: skip
        made = excuses.applied(made)
        unwritten = outputs.write(made, None)
        if settings["vector_id"] is not None:
            _show(judged.trials[0], credential)
        render(made, terminal(), verbose=settings["verbose"])
        if unwritten is not None:
            raise unwritten
    return made.exit_code()


def _tried(
    contract: Contract,
    wanted: Sequence[Vector],
    every: Sequence[Vector],
    command: Sequence[str],
    credential: Any,
    settings: dict[str, Any],
) -> Judged:
    """Try the vectors, with a bar that shows how far it is; a boundary is learnt from the others, or from one more."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from conformance.clients.boundaries import COLLISION
    from conformance.clients.judging import TimeLimits, judge

    tried = [vector for vector in wanted if not vector.id.endswith(COLLISION)]
    collides = len(tried) < len(wanted)
    if not any(vector.kind == "request" for vector in tried) and collides:
        tried = [vector for vector in every if vector.kind == "request"][:1] + tried
    limits = TimeLimits(
        settings["start_time"], settings["call_time"], settings["silence_time"], settings["wait_time"],
        settings["grace"], settings["max_time"],
    )  # fmt: skip
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress, _ended_as_by_ctrl_c():
        task = progress.add_task("vectors", total=len(tried) + collides)
        return judge(
            contract, tried, command, credential, limits, lambda _: progress.advance(task), collides=collides
        )  # fmt: skip


def _each(wanted: Sequence[Vector], judged: Judged) -> Iterator[Trial]:
    """Yield a trial for each vector that is wanted, the one of the boundary included, where none was learnt."""
    from conformance.clients.trial import Trial

    found = {trial.vector.id: trial for trial in judged.trials}
    for vector in wanted:
        yield found.get(vector.id) or Trial(vector, not_run=judged.trouble or _NO_BOUNDARY)


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Take every wish to end for Ctrl-C: the adapter, in its process group, would outlive a judge that just dies."""
    is_heard = threading.current_thread() is threading.main_thread()
    known = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if is_heard and hasattr(signal, name)]
    deadly = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    for number in deadly:
        signal.signal(number, _as_ctrl_c)
    try:
        yield
    finally:
        for number in deadly:
            signal.signal(number, signal.SIG_DFL)


def _as_ctrl_c(_: int, frame: FrameType | None) -> None:
    """Do what Ctrl-C does at the moment: within an event loop, end its work without tearing a step of it."""
    does = signal.getsignal(signal.SIGINT)
    (does if callable(does) else signal.default_int_handler)(signal.SIGINT, frame)


def _credential(contract: Contract) -> Any:
    """Make up the token of a run: for a password, with a name in front of it."""
    import secrets

    from conformance.clients.requests_judged import MadeUpToken

    kinds = {scheme.kind for operation in contract.operations for way in operation.security for scheme in way}
    name = "judge:" if kinds == {"basic"} else "sk-judge-"
    return MadeUpToken.of(name + secrets.token_hex(16))


def _show(trial: Trial, credential: Any) -> None:
    """Print the call of a vector, and the requests that came of it."""
    import json

    from conformance.reports.client_report import wire_text
    from conformance.reports.layout import printable

    click.echo(f"call: {json.dumps(trial.vector.call.as_json(), ensure_ascii=False)}\n")
    for number, request in enumerate(trial.received, 1):
        click.echo(f"request {number} ({request.place}):")
        for line in wire_text(request, credential, 100_000).split("\n"):
            click.echo(f"  {printable(line)}")
    click.echo(f"said: {printable(credential.redact(trial.said or trial.not_run))}\n")


def _example(language: str) -> str:
    from importlib import resources

    folder = resources.files("conformance.clients") / "examples"
    names = {"python": "adapter.py", "typescript": "adapter.ts", "go": "adapter.go"}
    place = folder / names[language]
    if not place.is_file():
        raise UsageError(f"--example {language}: there is none yet; python has one")
    return place.read_text(encoding="utf-8")
