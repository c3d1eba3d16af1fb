"""The command `videos-conformance requirements`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from conformance.cli.excusing import in_set, in_set_words, set_option
from conformance.cli.options import contract_options, load_contract, only_option, skip_option
from conformance.errors import ExitCode

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["requirements_command"]


@click.command("requirements")
@contract_options
@only_option
@skip_option
@set_option
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
def requirements_command(
    source: ContractSource, only: tuple[str, ...], skip: tuple[str, ...], set_name: str | None, *, as_json: bool
) -> ExitCode:
    """List the requirements: stable id, level, layer, sentence and source of each, and what a set makes of it."""
    from conformance.requirements import catalogue
    from conformance.requirements.selection import select
    from conformance.requirements.sets import set_for

    contract = load_contract(source)
    known, chosen = catalogue(contract), set_for(contract, set_name)
    listed = select(known, only, skip).of(known)
    if as_json:
        rows = [
            {
                "id": requirement.id,
                "level": requirement.level.value,
                "layer": requirement.layer.value,
                "statement": requirement.statement,
                "source": str(requirement.source),
                **in_set(requirement.id, chosen),
            }
            for requirement in listed
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return ExitCode.CONFORMS
    for requirement in listed:
        level = f"{requirement.level.value}, layer:{requirement.layer.value}{in_set_words(requirement.id, chosen)}"
        click.echo(f"{requirement.id}\n  {level}: {requirement.statement}  [{requirement.source}]")
    return ExitCode.CONFORMS
