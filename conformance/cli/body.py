"""The command `videos-conformance body`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from conformance.cli.options import contract_option, load_contract
from conformance.errors import ExitCode, UsageError

__all__ = ["body_command"]


@click.command("body")
@click.argument("probe")
@contract_option
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def body_command(probe: str, contract_path: Path | None, seed: int) -> ExitCode:
    """Write the body of a PROBE to standard output, to send it again by hand."""
    from conformance.campaign.recall import recalled

    found = recalled(load_contract(contract_path), probe, seed)
    if found is None:
        raise UsageError(
            f"no probe has the id {probe!r}; reports show it, and `videos-conformance run --dry-run --verbose`"
        )
    sys.stdout.buffer.write(found.request.body)
    return ExitCode.CONFORMS
