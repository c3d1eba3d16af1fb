"""The order in which operations are tried, and the ids of what was made before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from conformance.checks.coherence import job_of
from conformance.contract import Contract, Operation
from conformance.contract.instance import instance
from conformance.contract.resources import Resources, identity
from conformance.engine.exchange import Exchange, Outcome

__all__ = ["assumed", "in_order", "made_in"]


def in_order(contract: Contract) -> tuple[Operation, ...]:
    """Return the operations: what makes things, what needs them, what sends results, and at last what removes them."""
    resources = Resources(contract)

    def place(operation: Operation) -> int:
        action = resources.action(operation)
        if action == "create" and not resources.names(operation):
            return 0
        return {"fetch": 2, "delete": 3}.get(action, 1)

    return tuple(sorted(contract.operations, key=place))


def made_in(exchanges: Iterable[Exchange]) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of what was made and not removed, by the operation that made it, in the order of the requests."""
    found: dict[str, list[str]] = {}
    ordered = sorted(exchanges, key=lambda exchange: exchange.started)
    removed = {_named(exchange) for exchange in ordered if _is_removal(exchange)}
    for exchange in ordered:
        job = job_of(exchange)
        value = job.values.get("id") if job is not None else None
        if exchange.probe.operation.method in ("POST", "PUT") and isinstance(value, (str, int)) and value != "":
            found.setdefault(exchange.probe.operation.id, []).append(str(value))
    return {name: tuple(each for each in dict.fromkeys(ids) if each not in removed) for name, ids in found.items()}


def _is_removal(exchange: Exchange) -> bool:
    return exchange.probe.operation.method == "DELETE" and exchange.outcome is Outcome.ACCEPTED


def _named(exchange: Exchange) -> str:
    """Return the last word of the path, by which a thing is named."""
    return unquote(exchange.probe.request.path.partition("?")[0].rpartition("/")[2])


def assumed(contract: Contract) -> Mapping[str, tuple[str, ...]]:
    """Return an id for everything that could be made; for plans that are not carried out."""
    found = {operation.id: identity(operation.success) for operation in contract.operations}
    return {name: (str(instance(shown.schema)),) for name, shown in found.items() if shown is not None}
