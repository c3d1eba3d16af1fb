"""Merges the keywords of schemas that judge the same value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["merged"]

_APPLICATORS = frozenset({"$ref", "allOf", "anyOf", "oneOf"})


def merged(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return one schema's keywords that demand what all parts demand; what describes is taken from the first."""
    made: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if key in _APPLICATORS:
                continue
            made[key] = _MERGES[key](made[key], value) if key in made and key in _MERGES else made.get(key, value)
    return made


def _types(first: Any, second: Any) -> Any:
    one, other = ([value] if isinstance(value, str) else list(value) for value in (first, second))
    both = [name for name in one if name in other or (name == "integer" and "number" in other)]
    both += [name for name in other if name == "integer" and "number" in one and name not in both]
    return both[0] if len(both) == 1 else both


def _common(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    return [value for value in first if value in second]


def _union(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys((*first, *second)))


def _members(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {**second, **first}


def _closed(first: Any, second: Any) -> Any:
    return False if second is False else first


_MERGES: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _common,
    "required": _union,
    "properties": _members,
    "x-should": _members,
    "additionalProperties": _closed,
    "minimum": max,
    "exclusiveMinimum": max,
    "minLength": max,
    "minItems": max,
    "minProperties": max,
    "maximum": min,
    "exclusiveMaximum": min,
    "maxLength": min,
    "maxItems": min,
    "maxProperties": min,
}
