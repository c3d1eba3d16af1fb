"""The command `videos-conformance body`."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path

import click

from conformance.campaign import Options, plan
from conformance.cli.options import contract_option, load_contract
from conformance.contract.resources import Resources
from conformance.errors import ExitCode, UsageError
from conformance.requirements.known_defects import known_defects

__all__ = ["body_command"]


@click.command("body")
@click.argument("probe")
@contract_option
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
def body_command(probe: str, contract_path: Path | None, seed: int) -> ExitCode:
    """Write the body of a planned PROBE to standard output, to send it again by hand."""
    contract = load_contract(contract_path)
    options = Options(max_creates=10_000, seed=seed)
    resources = Resources(contract)
    defects = [defect for operation in contract.operations for defect in known_defects(operation, resources)]
    plans = (plan(contract, options, defect) for defect in (*defects, None))
    found = next((planned for planned in chain.from_iterable(plans) if planned.id == probe), None)
    if found is None:
        raise UsageError(
            f"no planned probe has the id {probe!r}; `videos-conformance run --dry-run --verbose` lists them"
        )
    sys.stdout.buffer.write(found.request.body)
    return ExitCode.CONFORMS
