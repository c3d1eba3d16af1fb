"""The options of a run as the head of its event stream has them, so that it can be carried out again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import asdict, evolve

from conformance.campaign import Options
from conformance.engine.budget import Budget
from conformance.engine.pace import Pace
from conformance.requirements.selection import Selection

__all__ = ["options_from", "options_to_dict"]


def options_to_dict(options: Options) -> dict[str, Any]:
    """Return options as plain values; how long a run may go on is nothing that it would have to keep to again."""
    budget = options.budget
    return {
        **asdict(evolve(options, values={}, budget=Budget()), recurse=True),
        "values": {name: sorted(values) for name, values in options.values.items()},
        "budget": {
            "max_cost": _text(budget.max_cost),
            "price": _text(budget.price),
            "prices": {model: str(price) for model, price in budget.prices.items()},
        },
    }


def options_from(data: Mapping[str, Any]) -> Options:
    """Read options back.

    Raises:
        KeyError, TypeError, ValueError, ArithmeticError: they are something else.
    """
    selection, budget = data["selection"], data["budget"]
    prices = {model: Decimal(price) for model, price in budget["prices"].items()}
    read = {
        "values": {name: frozenset(values) for name, values in data["values"].items()},
        "selection": Selection(tuple(selection["only"]), tuple(selection["skip"])),
        "pace": Pace(**data["pace"]),
        "budget": Budget(max_cost=_amount(budget["max_cost"]), prices=prices, price=_amount(budget["price"])),
    }
    return Options(**{**data, **read})


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
