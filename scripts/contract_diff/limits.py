"""Compares the keywords that limit values: numbers, lengths, patterns, and whatever else a schema demands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from conformance.contract import Schema
from scripts.contract_diff.changes import NO_VALUE, PlaceDifference, Walk, shown
from scripts.contract_diff.places import both

__all__ = ["COMPARED", "limit_findings"]

Way = Literal["tightened", "loosened", "changed"]
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_DEMANDS = (
    *("pattern", "format", "contentEncoding", "contentMediaType", "contentSchema", "not", "if", "then", "else"),
    *("contains", "prefixItems", "items", "propertyNames", "patternProperties", "dependentRequired"),
    *("dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "uniqueItems", "multipleOf"),
)

# What is compared here or by `schemas`, so that a change of it that nobody finds changes no value.
COMPARED = frozenset(
    {*_LOWER, *_UPPER, *_DEMANDS, "type", "enum", "const", "required", "properties", "additionalProperties"}
    | {"allOf", "anyOf", "oneOf", "$ref", "default", "readOnly", "writeOnly", "nullable"}
)


def limit_findings(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    """Yield what is different in the limits of two schemas."""
    for keyword in (*_LOWER, *_UPPER, *_DEMANDS):
        before, after = (_demanded(schema, keyword) for schema in (old, new))
        if before == after or (keyword in ("format", "contentMediaType") and old.is_file != new.is_file):
            continue  # files are told as such
        if keyword == "items" and None not in (before, after):
            continue  # items are compared as schemas
        way = _way(keyword, before, after)
        yield _finding(f"rule-{way}", keyword, old, new, walk, (before, after))
    yield from _additional(old, new, walk)
    if old.keywords.get("default") != new.keywords.get("default"):
        values = old.keywords.get("default"), new.keywords.get("default")
        yield _finding("default-changed", "default", old, new, walk, values)


def _finding(rule: str, keyword: str, old: Schema, new: Schema, walk: Walk, values: tuple[Any, Any]) -> PlaceDifference:
    before, after = (NO_VALUE if value is None else shown(value) for value in values)
    return walk.found(rule, both(old, new, keyword), subject=f"`{keyword}`", before=before, after=after)


def _demanded(schema: Schema, keyword: str) -> Any:
    value = schema.keywords.get(keyword)
    return None if keyword == "uniqueItems" and value is False else value


def _way(keyword: str, before: Any, after: Any) -> Way:
    """Tell whether fewer values are right than before, or more, or others."""
    if keyword in _LOWER or keyword in _UPPER:
        lowest = -math.inf if keyword in _LOWER else math.inf
        one, other = (lowest if value is None else value for value in (before, after))
        return "tightened" if (other > one) == (keyword in _LOWER) else "loosened"
    if before is None or after is None:
        return "tightened" if before is None else "loosened"
    return _COMPARISONS.get(keyword, _other)(before, after)


def _other(_before: Any, _after: Any) -> Way:
    return "changed"


def _multiples(before: Any, after: Any) -> Way:
    if after % before == 0:
        return "tightened"
    return "loosened" if before % after == 0 else "changed"


_COMPARISONS: Mapping[str, Callable[[Any, Any], Way]] = {"multipleOf": _multiples}


def _additional(old: Schema, new: Schema, walk: Walk) -> Iterator[PlaceDifference]:
    keyword = "additionalProperties"
    before, after = (_extra(schema) for schema in (old, new))
    if before == after:
        return
    values = old.keywords.get(keyword), new.keywords.get(keyword)
    if False in (before, after):
        yield _finding("object-closed" if after is False else "object-opened", keyword, old, new, walk, values)
    else:
        way: Way = "tightened" if before is True else "loosened" if after is True else "changed"
        yield _finding(f"rule-{way}", keyword, old, new, walk, values)


def _extra(schema: Schema) -> Any:
    """Return what is said of members that are not listed: anything, nothing, or a schema."""
    value = schema.keywords.get("additionalProperties", True)
    return True if value == {} else value
