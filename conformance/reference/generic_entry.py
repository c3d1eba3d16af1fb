"""How a derived fault is put together from behaviours and conditions."""

from __future__ import annotations

from typing import Any

from conformance.contract import Operation
from conformance.reference.named_behaviours import BehaviourStep, BehaviourTier, Entry

__all__ = ["fault", "step"]


def step(name: str, /, *when: BehaviourStep, **params: Any) -> BehaviourStep:
    """Return a behaviour or a condition with its parameters, and the conditions that it has of its own."""
    return BehaviourStep(name, params, when)


def fault(
    requirement: str, operation: Operation, *does: BehaviourStep, when: tuple[BehaviourStep, ...] = (), free: bool
) -> Entry:
    """Return a fault of one operation that must make a requirement fail.

    Args:
        requirement: its id.
        operation: the only one that is served wrongly.
        does: behaviours.
        when: conditions that all have to hold as well.
        free: whether refusals are enough to see it, even where the operation costs money.
    """
    tier: BehaviourTier = "free" if free or not operation.billable else "billable"
    return Entry(
        name=f"breaks {requirement}",
        kind="fault",
        says=f"Does not keep {requirement}.",
        does=does,
        when=(step("calls", operation=operation), *when),
        tier=tier,
        fails=(requirement,),
        may=(f"{operation.id}/*",),
    )
