"""Judges the clients that have an adapter, ours and others', and says what came of it, for docs/sdk-teams.md."""

from __future__ import annotations

import secrets
from pathlib import Path

import click

from conformance.clients.judging import TimeLimits, judge
from conformance.clients.requests_judged import MadeUpToken
from conformance.contract import Contract, load
from conformance.errors import ConformanceError
from conformance.vectors import vectors
from scripts.benchmarks.client_rows import ClientRow, client_row, reasons, replaced, table
from scripts.benchmarks.known_clients import KNOWN, KnownClient

__all__ = ["PAGE", "judged_row"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sdk-teams.md"


def judged_row(client: KnownClient, contract: Contract, limits: TimeLimits | None = None) -> ClientRow:
    """Judge a client by every vector.

    Raises:
        click.ClickException: it cannot be started here, or did not keep to the protocol to the end.
    """
    credential = MadeUpToken.of(f"sk-bench-{secrets.token_hex(16)}")
    made = judge(contract, vectors(contract), client.command(), credential, limits or TimeLimits(), lambda _: None)
    if made.trouble is not None:
        raise click.ClickException(f"{client.name}: {made.trouble}")
    return client_row(made, reasons(client.name), {operation.id for operation in contract.billable})


@click.command(help=__doc__)
@click.option("--client", "only", multiple=True, help="Only clients whose name has this in it. Repeatable.")
@click.option("--write", "writes", is_flag=True, help="Write their rows into docs/sdk-teams.md; the others stay.")
def main(only: tuple[str, ...], *, writes: bool) -> None:
    """Judge every client that can be started here, and print or write."""
    contract, rows = load(), {}
    for name in (name for name in KNOWN if not only or any(word in name for word in only)):
        try:
            rows[name] = judged_row(KNOWN[name], contract).cells()
        except (click.ClickException, ConformanceError) as error:
            click.echo(f"{name} is left out: {error}", err=True)
        else:
            click.echo(f"| {' | '.join(rows[name])} |")
    if writes:
        page = PAGE.read_text(encoding="utf-8")
        known = {**table(page), **rows}
        PAGE.write_text(replaced(page, [known[name] for name in KNOWN if name in known]), encoding="utf-8")


if __name__ == "__main__":
    main()
