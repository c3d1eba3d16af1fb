"""The `serve` command: the reference server for people who build an app against it."""

from __future__ import annotations

import shlex
import threading
from pathlib import Path
from urllib.parse import quote

import click

from conformance import contract as contracts
from conformance.bodies.codecs import codec
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.samples import ordinary
from conformance.contract import Operation
from conformance.errors import ConformanceError
from conformance.reference.named_behaviours import named_behaviours
from conformance.reference.server import DEFAULT_TOKEN, ReferenceServer

__all__ = ["serve_command"]


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--token",
    default=DEFAULT_TOKEN,
    show_default=True,
    help="The credential that the server accepts; `user:password` for HTTP basic.",
)
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
    shown = next((operation for operation in contract.operations if operation.body is not None), contract.operations[0])
    for declared in shown.inputs:
        if declared.schema.enum:
            click.echo(f"{declared.name}:  {', '.join(map(str, declared.schema.enum))}")
    click.echo(f"\nTry:\n{_curl(server, shown)}\n\nCtrl-C stops the server.")


def _curl(server: ReferenceServer, operation: Operation) -> str:
    """Write the smallest valid call of an operation for a shell."""
    path, query, options = operation.path, [], [] if operation.method in ("GET", "POST") else [f"-X {operation.method}"]
    for declared in operation.parameters:
        if not declared.required:
            continue
        for part in ordinary(declared, None):
            value = part.value.decode()
            if declared.location == "path":
                path = path.replace(f"{{{declared.name}}}", quote(value, safe=""))
            elif declared.location == "query":
                query.append(f"{quote(declared.name)}={quote(value)}")
            else:
                options.append(_header_or_cookie(declared.location, declared.name, value))
    for scheme in operation.security[0] if operation.security else ():
        if scheme.location == "query":
            query.append(f"{quote(scheme.parameter)}={quote(server.token)}")
        elif scheme.kind == "basic":
            options.append(f"-u {shlex.quote(server.token)}")
        else:
            value = f"{scheme.word} {server.token}".strip()
            options.append(_header_or_cookie(scheme.location, scheme.parameter, value))
    url = f"{server.url}{path}" + (f"?{'&'.join(query)}" if query else "")
    return " \\\n  ".join([f"curl {shlex.quote(url)}", *options, *_body_options(operation)])


def _header_or_cookie(location: str, name: str, value: str) -> str:
    return f"-b {shlex.quote(f'{name}={value}')}" if location == "cookie" else f"-H {shlex.quote(f'{name}: {value}')}"


def _body_options(operation: Operation) -> list[str]:
    media = operation.media
    if media is None:
        return []
    parts = [part for declared in media.inputs if declared.required for part in ordinary(declared, media.kind)]
    if media.kind == "multipart":
        return [f"-F {shlex.quote(_form_part(part))}" for part in parts]
    content_type = codec(media).content_type(media, Framing())
    body = codec(media).encode(media, parts, Framing())
    text = "@FILE" if media.kind == "octets" else body.decode()
    return [f"-H {shlex.quote(f'Content-Type: {content_type}')}", f"--data-binary {shlex.quote(text)}"]


def _form_part(part: Part) -> str:
    if part.filename is not None:
        return f"{part.name}=@{part.filename}"
    kind = f";type={part.content_type}" if part.content_type else ""
    return f"{part.name}={part.value.decode()}{kind}"


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
