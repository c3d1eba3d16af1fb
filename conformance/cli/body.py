"""The command `videos-conformance body`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from conformance.cli.options import contract_options, load_contract
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["body_command"]


@click.command("body")
@click.argument("probe")
@contract_options
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def body_command(probe: str, source: ContractSource, seed: int) -> ExitCode:
    """Write the body of a PROBE to standard output, to send it again by hand."""
    from conformance.campaign.recall import recalled

    found = recalled(load_contract(source), probe, seed)
    if found is None:
        raise UsageError(
            f"no probe has the id {probe!r}; reports show it, and `videos-conformance run --dry-run --verbose`"
        )
    sys.stdout.buffer.write(found.request.body)
    return ExitCode.CONFORMS
