"""The order in which operations are tried, and the ids of what was made before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from conformance.checks.coherence import job_of
from conformance.contract import Contract, Operation
from conformance.contract.instance import instance
from conformance.contract.resources import Resources, identity
from conformance.engine.exchange import Exchange

__all__ = ["assumed", "in_order", "made_in"]


def in_order(contract: Contract) -> tuple[Operation, ...]:
    """Return the operations: first what makes things, then what needs them, last of all what removes them."""
    resources = Resources(contract)

    def place(operation: Operation) -> tuple[bool, int]:
        action = resources.action(operation)
        return action == "delete", 0 if action == "create" and not resources.names(operation) else 1

    return tuple(sorted(contract.operations, key=place))


def made_in(exchanges: Iterable[Exchange]) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of what was made, by the id of the operation that made it, in the order of the requests."""
    found: dict[str, list[str]] = {}
    for exchange in sorted(exchanges, key=lambda exchange: exchange.started):
        job = job_of(exchange)
        value = job.values.get("id") if job is not None else None
        if exchange.probe.operation.method in ("POST", "PUT") and isinstance(value, (str, int)) and value != "":
            found.setdefault(exchange.probe.operation.id, []).append(str(value))
    return {name: tuple(dict.fromkeys(ids)) for name, ids in found.items()}


def assumed(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """Return an id for everything that could be made; for plans that are not carried out."""
    found = {operation.id: identity(operation.success) for operation in contract.operations}
    return {name: (str(instance(shown.schema)),) for name, shown in found.items() if shown is not None}
