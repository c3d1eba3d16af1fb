"""Judges the clients that have an adapter, ours and others', and writes what came of it into the pages."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from conformance.clients.judging import TimeLimits
from conformance.clients.requests_judged import MadeUpToken
from conformance.contract import Contract, load
from conformance.errors import ConformanceError
from conformance.vectors import vectors
from scripts.benchmarks.client_rows import ClientRow, client_row, markdown, reasons, replaced, summary, table
from scripts.benchmarks.judging_at_once import judged_at_once
from scripts.benchmarks.known_clients import KNOWN, KnownClient

__all__ = ["FRONT_PAGE", "PAGE", "judged_rows"]

FRONT_PAGE = Path(__file__).resolve().parents[2] / "README.md"
PAGE = FRONT_PAGE.parent / "docs" / "sdk-teams.md"
_CLIENTS_AT_ONCE, _ADAPTERS_AT_ONCE = 4, 6  # they wait most of the time, before they send again


def judged_rows(clients: Iterable[KnownClient]) -> dict[str, ClientRow | str]:
    """Judge clients by every vector, a few at a time; where one cannot be judged here, its row is the reason."""
    every, contract = [*clients], load()
    with ThreadPoolExecutor(_CLIENTS_AT_ONCE) as threads:
        rows = threads.map(lambda client: _row_or_reason(client, contract), every)
        return {client.name: row for client, row in zip(every, rows, strict=True)}


def _row_or_reason(client: KnownClient, contract: Contract) -> ClientRow | str:
    credential, every = MadeUpToken.of(f"sk-bench-{secrets.token_hex(16)}"), vectors(contract)
    try:
        made = judged_at_once(contract, every, client.command(), credential, TimeLimits(), _ADAPTERS_AT_ONCE)
    except (click.ClickException, ConformanceError) as error:
        return str(error)
    if made.trouble is not None:
        return made.trouble
    return client_row(client.name, made, reasons(client.name), {operation.id for operation in contract.billable})


@click.command(help=__doc__)
@click.option("--client", "only", multiple=True, help="Only clients whose name has this in it. Repeatable.")
@click.option(
    "--write", "writes", is_flag=True, help="Write their rows into docs/sdk-teams.md and README.md; the others stay."
)
def main(only: tuple[str, ...], *, writes: bool) -> None:
    """Judge every client that can be started here, and print or write."""
    chosen = [client for name, client in KNOWN.items() if not only or any(word in name for word in only)]
    found = judged_rows(chosen)
    rows = {name: row.cells() for name, row in found.items() if isinstance(row, ClientRow)}
    for name, row in found.items():
        if not isinstance(row, ClientRow):
            click.echo(f"{name} is left out: {row}", err=True)
    if writes:
        known = {**table(PAGE.read_text(encoding="utf-8")), **rows}
        ordered = [known[name] for name in KNOWN if name in known]
        for page, written in ((PAGE, markdown(ordered)), (FRONT_PAGE, summary(ordered))):
            page.write_text(replaced(page.read_text(encoding="utf-8"), written), encoding="utf-8")
    else:
        click.echo(markdown([*rows.values()]))


if __name__ == "__main__":
    main()
