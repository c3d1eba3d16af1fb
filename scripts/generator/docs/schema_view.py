"""How a schema reads: its type in words, with links to components, its members, and what else is said of a value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen
from markupsafe import Markup

from conformance.contract import Schema
from conformance.contract.document import tokens
from conformance.contract.members import named_members

__all__ = [
    "Fact",
    "ListedValue",
    "MemberView",
    "component",
    "description_of",
    "facts",
    "listed_values",
    "members_of",
    "provenance_of",
    "type_phrase",
]

_DEEPEST = 5
_SHOULD = "/x-should/"


@frozen
class Fact:
    """One thing more that the contract says of a value; `is_advice` where it is a wish."""

    label: str
    text: str
    is_advice: bool = False


@frozen
class ListedValue:
    """A listed value, and the stage of a job that it stands for, where it does."""

    text: str
    stage: str | None


@frozen
class MemberView:
    """A member of an object, or an input, in a table."""

    anchor: str
    name: str
    depth: int
    type: Markup
    required: bool
    deprecated: bool
    provenance: str
    description: str
    facts: tuple[Fact, ...]
    values: tuple[ListedValue, ...]
    schema: Schema


def component(schema: Schema) -> str | None:
    """Return the name of the component that a schema refers to, if it is one of the schemas."""
    for root in schema.roots:
        steps = tokens(root.get("$ref")) if isinstance(root.get("$ref"), str) else ()
        if len(steps) == 3 and steps[:2] == ("components", "schemas"):
            return steps[2]
    return None


def type_phrase(schema: Schema) -> Markup:
    """Return the type in words; a component is a link to its place on the page."""
    name = component(schema)
    if name is not None:
        return Markup('<a href="#schema/{0}">{0}</a>').format(name)
    if len(schema.branches) > 1:
        phrases = dict.fromkeys(type_phrase(branch) for branch in schema.branches)
        return Markup(" or ").join((*phrases, *([Markup("null")] if schema.nullable else [])))
    if schema.is_file:
        return Markup("file")
    words = [_single(schema, kind) for kind in sorted(schema.types)] or [Markup("anything")]
    return Markup(" or ").join((*words, *([Markup("null")] if schema.nullable and schema.types else [])))


def _single(schema: Schema, kind: str) -> Markup:
    if kind == "array" and schema.items is not None:
        return Markup("array of ") + type_phrase(schema.items)
    return Markup("{}").format(kind)


def members_of(schema: Schema, anchor: str, depth: int = 0) -> Iterator[MemberView]:
    """Yield the members of an object, each with those below it; what is a component is told in its own place."""
    for name, member in named_members(schema).items():
        place = f"{anchor}.{name}"
        yield MemberView(
            place,
            name,
            depth,
            type_phrase(member),
            name in schema.required,
            member.keywords.get("deprecated") is True,
            provenance_of(member),
            description_of(member),
            tuple(facts(member)),
            tuple(listed_values(member)),
            member,
        )
        inner = member.items if member.items is not None and not named_members(member) else member
        if depth < _DEEPEST and component(member) is None and component(inner) is None:
            yield from members_of(inner, place, depth + 1)


def description_of(schema: Schema) -> str:
    """What the contract says of a schema, in words."""
    return str(schema.keywords.get("description", ""))


def provenance_of(schema: Schema) -> str:
    """Where a schema comes from."""
    return str(schema.provenance)


def listed_values(schema: Schema) -> Iterator[ListedValue]:
    """Yield the values that are listed right here; those of a component are told in its place."""
    if component(schema) is None:
        for value in schema.enum:
            stage = None if schema.lifecycle is None else schema.lifecycle.stage(value)
            yield ListedValue(_written(value), stage)


def facts(schema: Schema, content_types: Sequence[str] = ()) -> Iterator[Fact]:
    """Yield what else is said of a value: how it is written, its limits, what it means, and what it looks like."""
    keywords = schema.keywords
    if content_types:
        yield Fact("sent as", ", ".join(content_types))
    if "format" in keywords and not schema.is_file:
        yield Fact("format", str(keywords["format"]))
    for bound in schema.bounds:
        yield Fact(bound.keyword, _written(bound.value), is_advice=_SHOULD in bound.pointer)
    if "default" in keywords:
        yield Fact("default", _written(keywords["default"]))
    if schema.role is not None:
        yield Fact("role", schema.role)
    if keywords.get("x-echoes"):
        yield Fact("repeats", ", ".join(map(str, keywords["x-echoes"])))
    if schema.multiplies_cost:
        yield Fact("cost", "a larger number raises the bill")
    if schema.examples and component(schema) is None:
        yield Fact("for example", ", ".join(map(_written, schema.examples)))


def _written(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
