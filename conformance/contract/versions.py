"""Writes what OpenAPI 3.0 says in another way as OpenAPI 3.1 does; every element keeps its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["modern"]


def modern(node: Any) -> Any:
    """Return a copy of a document of version 3.0, or of a part of one, as version 3.1 has it."""
    if isinstance(node, list):
        return [modern(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    made = {key: modern(value) for key, value in node.items()}
    if isinstance(made.get("openapi"), str):
        made["openapi"] = "3.1.0"
    if made.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    if isinstance(made.get("nullable"), bool):
        del made["nullable"]
    for strict, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(strict), bool) and made.pop(strict) and plain in made:
            made[strict] = made.pop(plain)
    return made
