"""What a run has cost so far, as values."""

from __future__ import annotations

from decimal import Decimal

from attrs import frozen

__all__ = ["Spend"]


@frozen
class Spend:
    """What a run has cost.

    Attributes:
        creates: requests whose answer shows that something was made.
        possible_creates: requests that could make something, and whose answer does not exclude it.
        unexpected_creates: the part of `creates` that no probe was meant to cause.
        cost: what creates and possible creates cost at worst; None where prices are not known.
        max_cost: its ceiling.
    """

    requests: int
    creates: int
    possible_creates: int
    unexpected_creates: int
    ceiling: int
    cost: Decimal | None = None
    max_cost: Decimal | None = None
