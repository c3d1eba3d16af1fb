"""What a schema becomes in Python: which class it has, and what that class holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contract import Schema
from conformance.contract.node import Node

__all__ = ["enumerated", "identity", "is_closed", "is_object", "members", "options", "settled"]

# Keywords that tell about a value and demand nothing of it.
_TELLING = frozenset(
    {"title", "description", "examples", "example", "default", "deprecated", "readOnly", "writeOnly"}
    | {"externalDocs", "discriminator", "xml", "$comment"}
)


def settled(schema: Schema) -> Schema:
    """The schema that another one only refers to, itself where it demands anything of its own."""
    while True:
        roots = [root for root in schema.roots if not _adds_nothing(root, schema)]
        own = roots[0]
        named, rest = own.target(), _demands(own)
        if rest == {"allOf"} and len(own.data["allOf"]) == 1:
            named, rest = own.raw("allOf", 0), {"$ref"}
        if len(roots) > 1 or named is None or rest != {"$ref"}:
            return schema
        schema = Schema((named,))


def _demands(node: Node) -> set[str]:
    """The keywords at a place that demand anything of a value."""
    data = node.data if isinstance(node.data, Mapping) else {}
    return {key for key in data if not key.startswith("x-")} - _TELLING


def _adds_nothing(node: Node, schema: Schema) -> bool:
    """Whether what stands beside some alternatives only repeats the type that this one of them has anyway."""
    if node.is_written or not _demands(node) <= {"type"}:
        return False
    others = tuple(root for root in schema.roots if root is not node)
    return "type" not in node.data or Schema(others).types == {node.data["type"]}


def identity(schema: Schema) -> tuple[str, ...]:
    """What tells a schema from all others of its document."""
    return tuple(root.pointer for root in schema.roots)


def is_object(schema: Schema) -> bool:
    """Whether its values are objects, null left out."""
    return schema.types == {"object"}


def options(schema: Schema, *, flat: bool = False) -> tuple[Schema, ...]:
    """The kinds of values that it allows, null left out.

    Alternatives that stand beside properties, or all of them if `flat`, are one object with the members of all.
    """
    one = (is_object(schema) and (flat or schema.properties)) or enumerated(schema)
    return (schema,) if one else schema.branches


def members(schema: Schema) -> tuple[Mapping[str, Schema], frozenset[str]]:
    """The properties of an object, of any of its alternatives too, and which of them are always required."""
    properties = {name: member for branch in (schema, *schema.branches) for name, member in branch.properties.items()}
    required = [frozenset(branch.required) for branch in schema.branches]
    return {**properties, **schema.properties}, frozenset.intersection(*required)


def is_closed(schema: Schema) -> bool:
    """Whether an object may hold nothing but its properties."""
    return False in (schema.keywords.get("additionalProperties"), schema.keywords.get("unevaluatedProperties"))


def enumerated(schema: Schema) -> tuple[str, ...] | tuple[int, ...]:
    """The values of an enumeration of texts or of whole numbers; empty for any other schema."""
    values: tuple[Any, ...] = schema.enum
    if not values and len(schema.branches) > 1:
        values = tuple(branch.keywords.get("const") for branch in schema.branches)
    kinds = {type(value) for value in values}
    return values if kinds in ({str}, {int}) else ()
