"""The command `videos-conformance requirements`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.cli.options import contract_option, load_contract
from conformance.errors import ExitCode
from conformance.requirements import catalogue

__all__ = ["requirements_command"]


@click.command("requirements")
@contract_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
def requirements_command(contract_path: Path | None, *, as_json: bool) -> ExitCode:
    """List every requirement: its stable id, its level, its sentence and where it comes from."""
    listed = catalogue(load_contract(contract_path))
    if as_json:
        rows = [{"id": r.id, "level": r.level.value, "statement": r.statement, "source": str(r.source)} for r in listed]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return ExitCode.CONFORMS
    for requirement in listed:
        click.echo(f"{requirement.id}\n  {requirement.level.value}: {requirement.statement}  [{requirement.source}]")
    return ExitCode.CONFORMS
