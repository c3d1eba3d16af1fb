"""Leaves out of a contract what generators of clients stumble over, by kinds and never by names.

* Alternatives of different kinds become any value: generators of Go, Java and Rust make types of them that cannot be
  sent, or that throw on what they did not expect.
* Listed values that an answer may carry are open: a value that is new must not lose a job that was made, and billed.
  The component that lists them stays, for the constants that generators make of it.
* Whole numbers have 64 bits: in 32, a time in milliseconds is an error.
* What several parts say of a plain value together is said in one place.

What became of which place is listed at the root, under `x-reduced`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs
from attrs import define, field

from conformance.contract import Contract, Document, Schema
from conformance.contract.document import Tokens, pointer
from conformance.contract.node import Node
from conformance.lint.elements import Outline
from scripts.generator.exports.older_document import older_document
from scripts.generator.exports.reach import reached
from scripts.generator.exports.rewriting import rewritten

__all__ = ["plainer_document"]

_COMPONENTS = ("components", "schemas")
_PLAIN = frozenset({"string", "integer", "number", "boolean"})
# What tells of a value and demands nothing of it.
_TELLING = frozenset({"title", "description", "deprecated", "default", "example", "examples", "readOnly", "writeOnly"})


def plainer_document(contract: Contract) -> dict[str, Any]:
    """Return the contract in OpenAPI 3.0 as generators bear it."""
    reduction = _Reduction(contract.document)
    made = rewritten(contract.document.data, before=reduction.before)
    older = older_document(attrs.evolve(contract.document, data=made))
    return {**older, "x-reduced": reduction.reduced} if reduction.reduced else older


@define(slots=False)
class _Reduction:
    """The rules, and what they have changed."""

    document: Document = field(repr=False)
    reduced: list[dict[str, str]] = field(factory=list)

    @cached_property
    def _answered(self) -> frozenset[Tokens]:
        """The places of all schemas that judge something that a server may send."""
        outline = Outline.of(self.document)
        return reached(outline, outline.of_kind("response"))

    def before(self, kind: str, node: Any, place: Tokens) -> Any:
        """Say a schema in plainer words."""
        if kind != "schema" or not isinstance(node, Mapping):
            return node
        schema = Schema((_at(self.document, place),))
        if len(schema.branches) > 1 and not schema.enum:
            return self._listed(place, "alternatives", _any(schema, node))
        is_named = place[:2] == _COMPONENTS and len(place) == 3
        if _values(schema) and place in self._answered and not is_named:
            return self._listed(place, "values", _open(schema, node))
        if "allOf" in node and schema.types <= _PLAIN and len(schema.types) == 1:
            node = {**_told(schema, node), **_demanded(schema)}
        return _wide(node)

    def _listed(self, place: Tokens, what: str, made: dict[str, Any]) -> dict[str, Any]:
        self.reduced.append({"at": pointer(place), "what": what})
        return made


def _at(document: Document, place: Tokens) -> Node:
    node = Node.root(document)
    for step in place:
        node = node.raw(int(step) if isinstance(node.data, list) else step)
    return node


def _any(schema: Schema, node: Mapping[str, Any]) -> dict[str, Any]:
    """Say nothing of alternatives but what they share."""
    kinds = [branch.types for branch in schema.branches]
    shared = frozenset.union(*kinds) if all(kinds) else frozenset()
    type_ = "number" if shared == {"integer", "number"} else next(iter(shared)) if len(shared) == 1 else None
    if type_ not in _PLAIN or any(branch.is_file for branch in schema.branches):
        type_ = None
    demanded = {} if type_ is None else {"type": [type_, "null"] if schema.nullable else type_}
    said = {key: node[key] for key in ("type", "anyOf", "oneOf", "allOf", "$ref") if key in node}
    return {**_told(schema, node), **demanded, "x-alternatives": said}


def _wide(node: Mapping[str, Any]) -> Mapping[str, Any]:
    if node.get("type") not in ("integer", ["integer", "null"]) or "format" in node:
        return node
    made = {}
    for key, value in node.items():
        made[key] = value
        if key == "type":
            made["format"] = "int64"
    return made


def _values(schema: Schema) -> tuple[Any, ...]:
    return schema.enum or tuple(schema.keywords[key] for key in ("const",) if schema.keywords.get(key) is not None)


def _open(schema: Schema, node: Mapping[str, Any]) -> dict[str, Any]:
    """Say the type of listed values, and that they are the ones that are known."""
    names = [*sorted(schema.types), *(["null"] if schema.nullable else [])]
    type_ = {"type": names if len(names) > 1 else names[0]} if len(schema.types) == 1 else {}
    bits = {"format": "int64"} if schema.types == {"integer"} else {}
    told = _told(schema, node)
    known = "Known values: {}; others may come.".format(", ".join(f"`{value}`" for value in _values(schema)))
    text = "\n\n".join(filter(None, (str(told.pop("description", "")).strip(), known)))
    return {**type_, **bits, "description": text, **told, "x-extensible-enum": list(_values(schema))}


def _told(schema: Schema, node: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said about a value where it stands, or else where it is described."""
    own = {key: value for key, value in node.items() if key in _TELLING or key.startswith("x-")}
    return {**{key: value for key, value in _kept(schema) if key in _TELLING or key.startswith("x-")}, **own}


def _demanded(schema: Schema) -> dict[str, Any]:
    return {key: value for key, value in _kept(schema) if key not in _TELLING and not key.startswith("x-")}


def _kept(schema: Schema) -> Iterator[tuple[str, Any]]:
    yield from schema.keywords.items()
