"""The budget of a run: how many requests, how long, and what a create costs against which ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from attrs import field, frozen

from conformance.bodies.validity import Validity
from conformance.contract import Operation
from conformance.engine.probe import Cost, Probe

__all__ = ["NO_MONEY", "Budget", "model_field"]

NO_MONEY = Decimal(0)
_MODEL = "model"


@frozen
class Budget:
    """Limits beside the ceiling of creates; None where there is none.

    Attributes:
        max_requests: how many requests are sent.
        max_duration: for how many seconds anything is sent.
        max_cost: what creates and possible creates may cost in all.
        prices: of a create, by the value of the field that names the model.
        price: of a create with any other model.
    """

    max_requests: int | None = None
    max_duration: float | None = None
    max_cost: Decimal | None = None
    prices: Mapping[str, Decimal] = field(factory=dict)
    price: Decimal | None = None

    @property
    def counts_money(self) -> bool:
        """Whether prices are known."""
        return bool(self.prices) or self.price is not None

    @property
    def dearest(self) -> Decimal:
        """The price of a create of which nobody knows what it makes."""
        return max((*self.prices.values(), self.price or NO_MONEY))

    def price_of(self, probe: Probe) -> Decimal:
        """Return what a request costs at worst: a server may make anything of one that breaks a rule."""
        if not self.counts_money or not probe.can_create:
            return NO_MONEY
        name = model_field(probe.operation)
        model = probe.sent.get(name) if name is not None else None
        if probe.validity is Validity.INVALID or not isinstance(model, str):
            return self.dearest
        price = self.prices.get(model, self.price)
        return self.dearest if price is None else price

    def limit_for(self, probe: Probe) -> Decimal | None:
        """Return what may have been spent when a probe has made something; a free one has room for one create."""
        if self.max_cost is None or probe.cost is Cost.BILLABLE:
            return self.max_cost
        return max(self.max_cost, self.dearest)


def model_field(operation: Operation) -> str | None:
    """Return the name of the field that names what makes the result."""
    return next((declared.name for declared in operation.inputs if declared.schema.role == _MODEL), None)
