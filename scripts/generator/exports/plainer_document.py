"""Leaves out of a contract what generators of clients stumble over, by kinds and never by names.

* Alternatives become what they share, which is any value where they are of different kinds: generators of Go, Java and
  Rust make types of them that cannot be sent, or that throw on what they did not expect.
* Listed values that an answer may carry are open: a value that is new must not lose a job that was made, and billed.
  The component that lists them stays, for the constants that generators make of it.
* Whole numbers have 64 bits: in 32, a time in milliseconds is an error.
* What several parts say of a plain value together is said in one place, and what no type can say not at all.

What became of which place is listed at the root, under `x-reduced`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
from attrs import define, field

from conformance.contract import Document, Schema
from conformance.contract.document import Tokens, pointer
from conformance.contract.node import Node
from conformance.lint.elements import Outline
from scripts.generator.exports.older_document import older_document
from scripts.generator.exports.reach import reached
from scripts.generator.exports.rewriting import rewritten

__all__ = ["plainer_document"]

_Words = dict[str, Any]

_COMPONENTS = ("components", "schemas")
_PLAIN = frozenset({"string", "integer", "number", "boolean"})
_NUMBERS = frozenset({"integer", "number"})
_ALTERNATIVES = ("anyOf", "oneOf")
_CONDITIONS = frozenset(
    {"contains", "dependentRequired", "dependentSchemas", "else", "if", "not", "patternProperties", "prefixItems"}
    | {"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"}
)
# What tells of a value and demands nothing of it.
_TELLING = frozenset({"title", "description", "deprecated", "default", "example", "examples", "readOnly", "writeOnly"})


def plainer_document(document: Document) -> dict[str, Any]:
    """Return a contract in OpenAPI 3.0 as generators bear it."""
    reduction = _Reduction(document)
    made = rewritten(document.data, before=reduction.before, after=reduction.after)
    older = older_document(attrs.evolve(document, data=made))
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
        is_named = place[:2] == _COMPONENTS and len(place) == 3
        if _has_alternatives(node) and len(schema.branches) > 1:
            return self._listed(place, "alternatives", _shared(schema, node))
        if _values(schema) and place in self._answered and not is_named:
            return self._listed(place, "values", _open(schema, node))
        if conditions := _CONDITIONS & node.keys():
            node = self._listed(place, ", ".join(sorted(conditions)), _free(node))
        if "allOf" in node and schema.types <= _PLAIN and len(schema.types) == 1:
            return _wide({**_told(schema, node), **_demanded(schema)})
        return _wide(node)

    def after(self, kind: str, node: Any, place: Tokens) -> Any:
        """Say of one alternative beside null that it may be null: by a mark, beside a reference as well."""
        left = [each for each in _ALTERNATIVES if node.get(each)] if isinstance(node, Mapping) else []
        if kind != "schema" or len(left) != 1:
            return node
        written = [each for each in node[left[0]] if each != {"type": "null"}]
        rest = {key: value for key, value in node.items() if key != left[0]}
        if len(written) != 1 or len(written) == len(node[left[0]]):
            return node
        if isinstance(written[0].get("type"), str):
            return {**written[0], "type": [written[0]["type"], "null"], **rest}
        types = Schema((_at(self.document, place),)).types
        if len(types) != 1:
            return node
        made = {**rest, "type": [min(types), "null"], "allOf": [*rest.get("allOf", ()), *written]}
        return self._listed(place, "null", made)

    def _listed(self, place: Tokens, what: str, made: _Words) -> _Words:
        self.reduced.append({"at": pointer(place), "what": what})
        return made


def _at(document: Document, place: Tokens) -> Node:
    node = Node.root(document)
    for step in place:
        node = node.raw(int(step) if isinstance(node.data, list) else step)
    return node


def _has_alternatives(node: Mapping[str, Any]) -> bool:
    """Whether alternatives stand right here, and not behind a reference."""
    types = node.get("type")
    several = isinstance(types, list) and len(set(types) - {"null"}) > 1 and "enum" not in node
    return several or any(node.get(keyword) for keyword in _ALTERNATIVES)


def _shared(schema: Schema, node: Mapping[str, Any]) -> _Words:
    """Say of alternatives what all of them are, and what stands beside them."""
    branches = schema.branches
    kinds = frozenset().union(*(branch.types for branch in branches)) if all(b.types for b in branches) else frozenset()
    said = {key: node[key] for key in ("type", "discriminator", *_ALTERNATIVES) if key in node}
    if kinds == {"object"}:
        own = {key: value for key, value in node.items() if key not in said}
        return {**own, "type": _type(schema, "object"), "x-alternatives": said}
    told = {**_told(schema, node), "x-alternatives": said}
    if any(branch.is_file for branch in branches) or not (kinds == _NUMBERS or (len(kinds) == 1 and kinds <= _PLAIN)):
        return told
    return dict(_wide({"type": _type(schema, "number" if kinds == _NUMBERS else min(kinds)), **told}))


def _type(schema: Schema, name: str) -> str | list[str]:
    return [name, "null"] if schema.nullable else name


def _free(node: Mapping[str, Any]) -> _Words:
    """Keep what no type can say for people to read; where places or patterns have kinds of their own, all may stand."""
    told = {f"x-{key}" if key in _CONDITIONS else key: value for key, value in node.items()}
    freed = {"items": True} if "prefixItems" in node else {}
    return {**told, **freed, **({"additionalProperties": True} if "patternProperties" in node else {})}


def _wide(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give whole numbers 64 bits."""
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


def _open(schema: Schema, node: Mapping[str, Any]) -> _Words:
    """Say the type of listed values, and that they are the ones that are known."""
    kind = {"type": _type(schema, min(schema.types))} if len(schema.types) == 1 else {}
    told, known = _told(schema, node), ", ".join(f"`{value}`" for value in _values(schema))
    text = str(told.pop("description", "")).strip()
    said = "\n\n".join(filter(None, (text, f"Known values: {known}; others may come.")))
    return {**_wide(kind), "description": said, **told, "x-extensible-enum": list(_values(schema))}


def _told(schema: Schema, node: Mapping[str, Any]) -> _Words:
    """Return what is said about a value where it stands, or else where it is described."""
    return {key: node.get(key, value) for key, value in schema.keywords.items() if _tells(key)}


def _demanded(schema: Schema) -> _Words:
    return {key: value for key, value in schema.keywords.items() if not _tells(key)}


def _tells(key: str) -> bool:
    return key in _TELLING or key.startswith("x-")
