"""Finds values of an enumeration that become one name in a programming language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["colliding"]


def colliding(values: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Return the groups of values that differ in nothing but what names cannot hold: case, dots, dashes, spaces."""
    groups: dict[str, list[Any]] = {}
    for value in values:
        if isinstance(value, str):
            groups.setdefault(re.sub(r"[\W_]+", "_", value.lower()), []).append(value)
    return [tuple(group) for group in groups.values() if len(group) > 1]
