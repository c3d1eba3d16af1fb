"""The command `videos-conformance requirements`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.cli.options import contract_option, load_contract, only_option, skip_option
from conformance.errors import ExitCode

__all__ = ["requirements_command"]


@click.command("requirements")
@contract_option
@only_option
@skip_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
def requirements_command(
    contract_path: Path | None, only: tuple[str, ...], skip: tuple[str, ...], *, as_json: bool
) -> ExitCode:
    """List the requirements: stable id, level, layer, sentence and source of each."""
    from conformance.requirements import catalogue
    from conformance.requirements.selection import select

    known = catalogue(load_contract(contract_path))
    listed = select(known, only, skip).of(known)
    if as_json:
        rows = [
            {
                "id": requirement.id,
                "level": requirement.level.value,
                "layer": requirement.layer.value,
                "statement": requirement.statement,
                "source": str(requirement.source),
            }
            for requirement in listed
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return ExitCode.CONFORMS
    for requirement in listed:
        level = f"{requirement.level.value}, layer:{requirement.layer.value}"
        click.echo(f"{requirement.id}\n  {level}: {requirement.statement}  [{requirement.source}]")
    return ExitCode.CONFORMS
