"""The command `videos-conformance identify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.agreeing import agreed, agreeing_options
from conformance.cli.options import contract_options, load_contract, terminal
from conformance.cli.targeting import served, target_options
from conformance.errors import ExitCode

if TYPE_CHECKING:
    from conformance.contract import ContractSource

__all__ = ["identify_command"]


@click.command("identify")
@target_options
@contract_options
@click.option("--max-creates", type=click.IntRange(min=0), default=0, help="Nothing is made, whatever is said here.")
@click.option(
    "--signs",
    "sign_files",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Further questions, dialects and signs, written as in conformance/dialects/signs.yaml. May be repeated.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=1e9),
    default=30.0,
    show_default=True,
    help="Seconds to wait for an answer.",
)
@agreeing_options
@click.option("--verbose", is_flag=True, help="Show the signs of dialects too of which none was seen.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for other tools.")
def identify_command(
    source: ContractSource,
    sign_files: tuple[Path, ...],
    timeout: float,
    *,
    verbose: bool,
    as_json: bool,
    **settings: Any,
) -> ExitCode:
    """Tell which dialect a server speaks, by which signs, and which overlay fits; only what is free is asked.

    Ends with 0, also where the server is unknown, and with 3 where it cannot be reached or creates nothing there.
    """
    from conformance.dialects.identity import identify
    from conformance.dialects.signs import read_signs
    from conformance.engine.pace import Pace
    from conformance.reports.identity_report import identity_dict, render_identity, render_questions

    contract, knowledge = load_contract(source), read_signs(sign_files)
    with served(contract, settings) as under_test:
        agreed(under_test, settings, lambda console: render_questions(contract, knowledge, console))
        found = identify(contract, under_test, knowledge, Pace(timeout=timeout))
        if as_json:
            click.echo(json.dumps(identity_dict(found), indent=2, ensure_ascii=False))
        else:
            render_identity(found, terminal(), verbose=verbose)
    return ExitCode.CONFORMS
