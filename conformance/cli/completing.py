"""What a shell offers for a word that is not finished: read from the contract, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from conformance.errors import ConformanceError

if TYPE_CHECKING:
    from conformance.contract import Contract

__all__ = ["models", "requirement_ids"]

_MOST = 400


def requirement_ids(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return the ids of requirements that begin so."""
    del parameter
    from conformance.requirements import catalogue

    contract = _contract(context)
    known = catalogue(contract).by_id if contract is not None else ()
    return [name for name in known if name.startswith(begun)][:_MOST]


def models(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Return lists of models whose last one is finished."""
    del parameter
    contract = _contract(context)
    if contract is None:
        return []
    before, comma, last = begun.rpartition(",")
    schemas = [declared.schema for operation in contract.operations for declared in operation.inputs]
    found = [str(value) for schema in schemas if schema.role == "model" for value in schema.enum]
    taken = before.split(",")
    return [f"{before}{comma}{name}" for name in dict.fromkeys(found) if name.startswith(last) and name not in taken]


def _contract(context: click.Context) -> Contract | None:
    """Return the contract that the words before it name; nothing where it cannot be read."""
    from conformance.contract import ContractSource, load

    given = context.params
    try:
        return load(ContractSource(given.get("contract_path"), tuple(given.get("overlays") or ())))
    except ConformanceError:
        return None
