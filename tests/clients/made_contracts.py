"""Contracts that no service has: bodies of every kind, parameters in every place, answers of every type, odd names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.client import contracts, growth

__all__ = ["MADE", "made_contract"]

MADE: Mapping[str, Callable[[], dict[str, Any]]] = {
    "everything": contracts.with_everything,
    "smallest": contracts.smallest,
    "fields and operations": lambda: growth.grown(growth.FIELDS, growth.OPERATIONS),
    "wholes": lambda: growth.grown(growth.WHOLES),
    "letters": lambda: growth.other("letters"),
    "loans": lambda: growth.other("loans"),
}


def made_contract(name: str, folder: Path) -> Path:
    """Write one of them."""
    return contracts.save(MADE[name](), folder / "contract.yaml")
