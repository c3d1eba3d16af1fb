"""The `serve` command: the mock server for people who build an app against it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import contract_options, grouped
from conformance.cli.serve_log import STANDARD_OUTPUT, json_log, say
from conformance.errors import ConformanceError

if TYPE_CHECKING:
    from conformance.contract import ContractSource
    from conformance.mock import MockServer

__all__ = ["serve_command"]

_options = grouped(
    click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one."),
    click.option(
        "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 lets other machines call."
    ),
    click.option(
        "--token",
        help="The credential that the server accepts, `user:password` for HTTP basic; it prints its own by default.",
    ),
    click.option("--behaviour", "behaviours", multiple=True, metavar="NAME", help="A fault or variant; see --list."),
    click.option("--deterministic", is_flag=True, help="Number the ids instead of drawing them."),
    click.option(
        "--job-seconds",
        type=click.FloatRange(0, 86_400),
        help="Let a job take so long; by default it moves on each time that it is looked up.",
    ),
    click.option(
        "--latency", metavar="SECONDS", help="Answer so much later: 0.5, or 0.1-2 for a range, the same in each run."
    ),
    click.option(
        "--cors", "origins", multiple=True, metavar="ORIGIN", help="Let pages of an origin call; * for all. Repeatable."
    ),
    click.option(
        "--script",
        type=click.Path(path_type=Path),
        help="File of rules (YAML) that say which requests get which outcomes.",
    ),
    click.option(
        "--nasty", metavar="SEED", help="Do at random what real gateways do to clients; the same for the same seed."
    ),
    click.option(
        "--log-json", metavar="FILE", help="Write each request as a line of JSON too; - is for standard output."
    ),
    click.option("--list", "listing", is_flag=True, help="List all faults and variants, and leave."),
)


@click.command("serve")
@_options
@contract_options
def serve_command(
    source: ContractSource, token: str | None, log_json: str | None, *, listing: bool, **more: Any
) -> None:
    """Serve the contract, correctly or wrong in named ways, and tell of each request.

    A page at / shows jobs and requests as they happen.

    A client can script its outcomes with the Prefer header (RFC 7240): `Prefer: code=429` is answered with
    that documented error (`retry-after=5` says when to try again), `Prefer: job=failed` makes a job that ends so
    (also waiting, running, succeeded), `status=WORD` names the end by the contract's own word, `looks=3` says
    how often it is looked up until then, `seconds=5` how long it takes, `progress="10 50 90"` what it shows
    meanwhile; and `wait=2` delays the answer. Preference-Applied tells what was followed, and what was ignored.
    The rules of --script say the same for the requests that they name.
    """
    from conformance.contract import load
    from conformance.mock import MockServer
    from conformance.reference.server import DEFAULT_TOKEN

    is_apart = log_json == STANDARD_OUTPUT
    try:
        contract = load(source)
        if listing:
            _print_catalogue()
            return
        more["late"] = more.pop("latency")
        server = MockServer(contract, token=DEFAULT_TOKEN if token is None else token, **more)
        with json_log(log_json) as write:
            server.log.listeners += [write, lambda record: say(record, err=is_apart)]
            with server:
                _print_welcome(server, err=is_apart)
                threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("\nStopped.", err=is_apart)
    except ConformanceError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(error.exit_code) from None


def _print_welcome(server: MockServer, *, err: bool) -> None:
    from conformance.reference.sample_call import sample_call

    contract = server.contract
    wrong = f", behaving as: {', '.join(server.behaviours)}" if server.behaviours else ""
    lines = [f"Serving {contract.title} {contract.edition} on {server.url}{wrong}", f"Token:  {server.token}"]
    if server.page_url is not None:
        lines.append(f"Page:  {server.page_url}")
    shown = next((operation for operation in contract.operations if operation.body is not None), contract.operations[0])
    enums = [declared for declared in shown.inputs if declared.schema.enum]
    lines += [f"{declared.name}:  {', '.join(map(str, declared.schema.enum))}" for declared in enums]
    if contract.webhooks:
        lines.append(f"Webhooks of the contract, which this server does not send:  {', '.join(contract.webhooks)}")
    lines.append(f"\nTry:\n{sample_call(shown, server.url, server.token)}\n\nCtrl-C stops the server.")
    click.echo("\n".join(lines), err=err)
    if not server.is_private:
        click.secho(
            f"Warning: {server.host} is not loopback. Whoever reaches this machine can call the server with its\n"
            "token, and read on its page, without one, what your app sends. Send it made-up data alone.",
            fg="yellow",
            err=True,
        )


def _print_catalogue() -> None:
    from conformance.reference.named_behaviours import named_behaviours

    entries = named_behaviours()
    width = max(map(len, entries.entries))
    for title, chosen in (
        ("Variants, which are correct but not as usual:", entries.variants),
        ("Faults:", entries.faults),
    ):
        click.echo(title)
        for entry in chosen:
            click.echo(f"  {entry.name:{width}}  {entry.says}")
