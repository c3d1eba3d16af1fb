"""The `serve` command: the reference server for people who build an app against it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from conformance.cli.options import contract_options
from conformance.errors import ConformanceError

if TYPE_CHECKING:
    from conformance.contract import ContractSource
    from conformance.reference import ReferenceServer

__all__ = ["serve_command"]


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--token",
    help="The credential that the server accepts, `user:password` for HTTP basic; it prints its own by default.",
)
@click.option("--behaviour", "behaviours", multiple=True, metavar="NAME", help="A fault or variant; see --list.")
@click.option("--deterministic", is_flag=True, help="Number the ids instead of drawing them.")
@contract_options
@click.option("--list", "listing", is_flag=True, help="List all faults and variants, and leave.")
def serve_command(
    port: int,
    token: str | None,
    behaviours: tuple[str, ...],
    source: ContractSource,
    *,
    deterministic: bool,
    listing: bool,
) -> None:
    """Serve the contract on loopback, correctly or wrong in named ways.

    A client can script its outcomes with the Prefer header (RFC 7240): `Prefer: code=429` is answered with
    that documented error, `Prefer: job=failed` makes a job that ends so (also waiting, running, succeeded),
    and `Prefer: wait=2` delays the answer.
    """
    from conformance.contract import load
    from conformance.reference.server import DEFAULT_TOKEN, ReferenceServer

    try:
        contract = load(source)
        if listing:
            _print_catalogue()
            return
        with ReferenceServer(
            contract,
            token=DEFAULT_TOKEN if token is None else token,
            behaviours=behaviours,
            port=port,
            deterministic=deterministic,
        ) as server:
            _print_welcome(server)
            _wait()
    except ConformanceError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(error.exit_code) from None


def _wait() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("\nStopped.")


def _print_welcome(server: ReferenceServer) -> None:
    from conformance.reference.sample_call import sample_call

    contract = server.contract
    wrong = f", behaving as: {', '.join(server.behaviours)}" if server.behaviours else ""
    click.echo(f"Serving {contract.title} {contract.edition} on {server.url}{wrong}")
    click.echo(f"Token:  {server.token}")
    shown = next((operation for operation in contract.operations if operation.body is not None), contract.operations[0])
    for declared in shown.inputs:
        if declared.schema.enum:
            click.echo(f"{declared.name}:  {', '.join(map(str, declared.schema.enum))}")
    if contract.webhooks:
        click.echo(f"Webhooks of the contract, which this server does not send:  {', '.join(contract.webhooks)}")
    click.echo(f"\nTry:\n{sample_call(shown, server.url, server.token)}\n\nCtrl-C stops the server.")


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
