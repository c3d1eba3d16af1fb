"""The command `videos-conformance explain`."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from conformance.cli.completing import requirement_ids
from conformance.cli.options import contract_options, load_contract, terminal
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from conformance.contract import ContractSource
    from conformance.requirements import Catalogue, Requirement

__all__ = ["explain_command"]


@click.command("explain")
@click.argument("requirements", metavar="ID…", nargs=-1, required=True, shell_complete=requirement_ids)
@contract_options
def explain_command(requirements: tuple[str, ...], source: ContractSource) -> ExitCode:
    """Explain requirements: what each asks, why it matters, what breaks without it, how it is mended, a fault of it.

    An ID may be a glob, in quotes: 'http/*'.
    """
    from conformance.reference.found_by import faults_found
    from conformance.reports.explanation import render_explanation
    from conformance.requirements import catalogue

    contract = load_contract(source)
    known = catalogue(contract)
    asked = dict.fromkeys(requirement for pattern in requirements for requirement in _matching(known, pattern))
    console, faults = terminal(), faults_found(contract)
    for index, requirement in enumerate(asked):
        if index:
            console.print()
        found = [f"{fault.behaviour}: {fault.says}" for fault in faults.get(requirement.id, ()) if fault.behaviour]
        render_explanation(requirement, contract, console, found)
    return ExitCode.CONFORMS


def _matching(known: Catalogue, pattern: str) -> list[Requirement]:
    """Return what an id or a glob names.

    Raises:
        UsageError: nothing; the message names the nearest ids.
    """
    exact = [known[pattern]] if pattern in known else []
    found = exact or [requirement for requirement in known if fnmatchcase(requirement.id, pattern)]
    if not found:
        near = get_close_matches(pattern, known.by_id, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "`videos-conformance requirements` lists them"
        raise UsageError(f"no requirement has the id {pattern!r}; {hint}")
    return found
