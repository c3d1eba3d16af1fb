"""Which listed values were sent together with which other inputs, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from conformance.contract import Contract, Input, Operation
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Expect

__all__ = ["Combination", "combinations"]

_NOT_ACCEPTED = (Outcome.REFUSED, Outcome.MASKED, Outcome.FAILED)


@frozen
class Combination:
    """One listed value of an input, and the other inputs that stood beside it in what should have been accepted.

    Attributes:
        operation: its id.
        input: whose value is meant.
        others: all inputs that can stand beside it, in the contract's order.
        accepted: those that were accepted beside it at least once.
        refused: those that were sent beside it, and never accepted.
    """

    operation: str
    input: str
    value: str
    others: tuple[str, ...]
    accepted: tuple[str, ...]
    refused: tuple[str, ...]

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Combination:
        """Read one back from a report.

        Raises:
            TypeError: it is something else.
        """
        names = {name: data.get(name) for name in ("others", "accepted", "refused")}
        if not all(isinstance(value, Sequence) and all(isinstance(n, str) for n in value) for value in names.values()):
            raise TypeError("a combination lists names")
        return cls(**{**data, **{name: tuple(value) for name, value in names.items()}})  # type: ignore[arg-type]  # just checked


def combinations(contract: Contract, exchanges: Sequence[Exchange]) -> tuple[Combination, ...]:
    """Return a row for each listed value of each input that has some; nothing where there is nothing beside it."""
    tried: dict[str, list[Exchange]] = defaultdict(list)
    for exchange in exchanges:
        if exchange.probe.expect is Expect.ACCEPT and exchange.probe.wire is None:
            tried[exchange.probe.operation.id].append(exchange)
    return tuple(
        row
        for operation in contract.operations
        for declared in operation.inputs
        if declared.schema.enum and len(operation.inputs) > 1
        for row in _rows(operation, declared, tried[operation.id])
    )


def _rows(operation: Operation, declared: Input, tried: Sequence[Exchange]) -> Iterator[Combination]:
    others = tuple(dict.fromkeys(other.name for other in operation.inputs if other is not declared))
    accepted: dict[str, set[str]] = defaultdict(set)
    refused: dict[str, set[str]] = defaultdict(set)
    for exchange in tried:
        sent = exchange.probe.sent
        if declared.name not in sent:
            continue
        if exchange.outcome is Outcome.ACCEPTED:
            accepted[str(sent[declared.name])].update(sent)
        elif exchange.outcome in _NOT_ACCEPTED:
            refused[str(sent[declared.name])].update(sent)
    for value in map(str, declared.schema.enum):
        taken = tuple(name for name in others if name in accepted[value])
        never = tuple(name for name in others if name in refused[value] - accepted[value])
        yield Combination(operation.id, declared.name, value, others, taken, never)
