"""The documented ways to write each input."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from attrs import evolve, frozen

from conformance.bodies.part import Part
from conformance.bodies.sample_files import sample_file
from conformance.bodies.strict_json import write_json
from conformance.contract import BodyKind, Input, Schema

__all__ = ["Kind", "Representation", "representations", "write"]

Kind = Literal[
    "text", "file", "json", "json-untyped", "items", "array", "value", "null",
    "integer", "number", "boolean", "string", "object",
]  # fmt: skip
_SCALARS = frozenset({"integer", "number", "boolean"})


@frozen
class Representation:
    """One way to write one input; `kind` is its stable name, part of requirement ids.

    Attributes:
        body: the kind of body that the input is a member of; None for a parameter.
    """

    field: Input
    kind: Kind
    schema: Schema
    body: BodyKind | None

    @property
    def is_json(self) -> bool:
        """Whether its values are written as JSON."""
        return self.body == "json" or self.kind in ("json", "json-untyped", "array")


@lru_cache(maxsize=4096)
def representations(declared: Input, body: BodyKind | None) -> tuple[Representation, ...]:
    """Return the documented ways to write an input, the contract's own `encoding` first.

    In a multipart form objects may come without a content type, as the page's own example sends them; an
    array of objects may come as one part an item, as OpenAPI has it, or as one JSON array. Where text is
    allowed too, an object without a content type is that text.
    """
    found: dict[Kind, Representation] = {}
    for branch in declared.branches:
        for kind in _kinds(declared, branch, body):
            found.setdefault(kind, Representation(declared, kind, branch, body))
    if body == "json" and declared.schema.nullable:
        found["null"] = Representation(declared, "null", declared.schema, body)
    if "text" in found:
        found.pop("json-untyped", None)
    return tuple(found.values())


def _kinds(declared: Input, branch: Schema, body: BodyKind | None) -> Iterator[Kind]:
    several = len(declared.branches) > 1
    if body == "json":
        yield _typed(branch) if several else "value"
    elif body == "octets" or (branch.is_file and body == "multipart"):
        yield "file"
    elif branch.types == {"array"}:
        yield from _array_kinds(branch, body)
    elif branch.types == {"object"}:
        yield from ("json", "json-untyped") if body == "multipart" else ("json-untyped",)
    else:
        yield _typed(branch) if several and branch.types and branch.types <= _SCALARS else "text"


def _array_kinds(branch: Schema, body: BodyKind | None) -> Iterator[Kind]:
    yield "items"
    if body == "multipart" and branch.items is not None and branch.items.types == {"object"}:
        yield "array"


def _typed(branch: Schema) -> Kind:
    kinds: Mapping[frozenset[str], Kind] = {
        frozenset({"integer"}): "integer",
        frozenset({"number"}): "number",
        frozenset({"boolean"}): "boolean",
        frozenset({"string"}): "string",
        frozenset({"array"}): "array",
        frozenset({"object"}): "object",
    }
    return kinds.get(branch.types, "value")


def write(way: Representation, value: Any) -> tuple[Part, ...]:
    """Write a value in one of the ways; a file's value is its bytes, sent as the input's sample file is."""
    name = way.field.name
    if way.body == "json":
        parts: tuple[Part, ...] = (Part(name, write_json(value)),)
    elif way.kind == "file":
        parts = (_file(way, value) if way.body == "multipart" else Part(name, value),)
    elif way.kind in ("json", "array"):
        parts = (Part(name, write_json(value), content_type="application/json"),)
    elif way.kind == "json-untyped":
        parts = (Part(name, write_json(value)),)
    elif way.kind == "items" and way.field.explode:
        parts = tuple(_item(way, item) for item in value)
    elif way.kind == "items":
        parts = (Part(name, b",".join(_text(item) for item in value)),)
    else:
        parts = (Part(name, _text(value)),)
    return tuple(evolve(part, location=way.field.location) for part in parts)


def _file(way: Representation, value: bytes) -> Part:
    sample = sample_file(way.field.content_types)
    return Part(way.field.name, value, sample.filename, sample.media_type)


def _item(way: Representation, item: Any) -> Part:
    name = way.field.name
    if isinstance(item, bytes):
        return _file(way, item)
    if isinstance(item, (Mapping, list)):
        return Part(name, write_json(item), content_type="application/json" if way.body == "multipart" else None)
    return Part(name, _text(item))


def _text(value: Any) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value)).encode()
