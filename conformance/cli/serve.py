"""The `serve` command: the reference server for people who build an app against it."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path

import click

from conformance import contract as contracts
from conformance.bodies.representations import forms, write
from conformance.contract import Operation
from conformance.errors import ConformanceError
from conformance.reference.named_behaviours import named_behaviours
from conformance.reference.server import DEFAULT_TOKEN, ReferenceServer

__all__ = ["serve_command"]


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option("--token", default=DEFAULT_TOKEN, show_default=True, help="The API key that the server accepts.")
@click.option("--behaviour", "behaviours", multiple=True, metavar="NAME", help="A fault or variant; see --list.")
@click.option("--deterministic", is_flag=True, help="Number the ids instead of drawing them.")
@click.option(
    "--contract",
    "path",
    type=click.Path(path_type=Path),
    help="An OpenAPI document to serve; this project's own by default.",
)
@click.option("--list", "listing", is_flag=True, help="List all faults and variants, and leave.")
def serve_command(
    port: int, token: str, behaviours: tuple[str, ...], path: Path | None, *, deterministic: bool, listing: bool
) -> None:
    """Serve the contract on loopback, correctly or wrong in named ways.

    A client can script its outcomes with the Prefer header (RFC 7240): `Prefer: code=429` is answered with
    that documented error, `Prefer: job=failed` makes a job that ends so (also waiting, running, succeeded),
    and `Prefer: wait=2` delays the answer.
    """
    try:
        contract = contracts.load(path)
        if listing:
            _print_catalogue()
            return
        with ReferenceServer(
            contract, token=token, behaviours=behaviours, port=port, deterministic=deterministic
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
    contract = server.contract
    wrong = f", behaving as: {', '.join(server.behaviours)}" if server.behaviours else ""
    click.echo(f"Serving {contract.title} {contract.version} on {server.url}{wrong}")
    click.echo(f"Token:  {server.token}")
    for declared in contract.create.fields:
        if values := declared.schema.get("enum"):
            click.echo(f"{declared.name}:  {', '.join(map(str, values))}")
    click.echo(f"\nTry:\n{_curl(server, contract.create)}\n\nCtrl-C stops the server.")


def _curl(server: ReferenceServer, operation: Operation) -> str:
    lines = [f"curl {server.url}{operation.path}", f"-H {shlex.quote(f'Authorization: Bearer {server.token}')}"]
    for declared in operation.fields:
        if declared.required:
            part = write(forms(declared)[0], declared.examples[0] if declared.examples else "")[0]
            lines.append(f"-F {shlex.quote(f'{declared.name}={part.value.decode()}')}")
    return " \\\n  ".join(lines)


def _print_catalogue() -> None:
    entries = named_behaviours()
    width = max(map(len, entries.entries))
    for title, chosen in (
        ("Variants, which are correct but not as usual:", entries.variants),
        ("Faults:", entries.faults),
    ):
        click.echo(title)
        for entry in chosen:
            click.echo(f"  {entry.name:{width}}  {entry.says}")
