"""The command `videos-conformance explain`."""

from __future__ import annotations

from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click
from attrs import evolve

from conformance.cli.completing import requirement_ids
from conformance.cli.options import contract_options, load_contract, terminal
from conformance.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract import Contract, ContractSource
    from conformance.requirements import Catalogue, Requirement

__all__ = ["explain_command"]


@click.command("explain")
@click.argument("requirements", metavar="ID…", nargs=-1, required=True, shell_complete=requirement_ids)
@contract_options
def explain_command(requirements: tuple[str, ...], source: ContractSource) -> ExitCode:
    """Explain requirements: what each asks, why it matters, what breaks without it, how it is mended, a fault of it.

    An ID may be a glob, in quotes: 'http/*'. A vector that clients are judged by is explained by what it tests.
    """
    from conformance.reference.found_by import faults_found
    from conformance.reports.explanation import render_explanation

    contract = load_contract(source)
    known, tests = _explained(contract)
    asked = dict.fromkeys(
        requirement for pattern in requirements for requirement in _matching(known, tests.get(pattern, pattern))
    )
    console, faults = terminal(), faults_found(contract)
    for index, requirement in enumerate(asked):
        if index:
            console.print()
        found = [f"{fault.behaviour}: {fault.says}" for fault in faults.get(requirement.id, ()) if fault.behaviour]
        render_explanation(requirement, contract, console, found)
    return ExitCode.CONFORMS


def _explained(contract: Contract) -> tuple[Catalogue, Mapping[str, str]]:
    """Return what servers and clients are held to, and by its id what each vector tests."""
    from conformance.requirements import Catalogue, Layer, catalogue
    from conformance.vectors import tested_requirements, vectors

    asked = catalogue(contract)
    of_clients = (evolve(one, layer=Layer.CLIENT) for one in tested_requirements(contract) if one.id not in asked)
    return Catalogue((*asked, *of_clients)), {vector.id: vector.requirement for vector in vectors(contract)}


def _matching(known: Catalogue, pattern: str) -> list[Requirement]:
    """Return what an id or a glob names.

    Raises:
        UsageError: nothing; the message names the nearest ids.
    """
    exact = [known[pattern]] if pattern in known else []
    found = exact or [requirement for requirement in known if fnmatchcase(requirement.id, pattern)]
    if not found:
        near = get_close_matches(pattern, known.by_id, n=3, cutoff=0.5)
        lists = "`videos-conformance requirements` lists them, and `client --list` the vectors of clients"
        hint = f"did you mean {', '.join(near)}?" if near else lists
        raise UsageError(f"no requirement has the id {pattern!r}; {hint}")
    return found
