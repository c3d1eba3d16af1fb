"""Tells which operations that servers may do without a recording shows nowhere."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define, field

from conformance.checks.offering import UNROUTED
from conformance.contract import Operation
from conformance.engine.exchange import Exchange

__all__ = ["UnseenOperations"]


@define
class UnseenOperations:
    """Optional operations of which every answer so far says that there is nothing."""

    _asked: dict[str, Operation] = field(factory=dict, init=False)
    _seen: set[str] = field(factory=set, init=False)

    def look_at(self, exchange: Exchange) -> None:
        """Take note of one more answer."""
        operation = exchange.probe.operation
        if not operation.optional or exchange.answer is None:
            return
        self._asked[operation.id] = operation
        if exchange.status not in UNROUTED:
            self._seen.add(operation.id)

    def told(self) -> Mapping[str, str]:
        """Return why each of them counts as not offered, by its id."""
        return {
            name: f"{operation.method} {operation.path} is not offered, so far as was recorded: every answer says that"
            " nothing is there"
            for name, operation in self._asked.items()
            if name not in self._seen
        }
