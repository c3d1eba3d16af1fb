"""Walks an OpenAPI document by the grammar of the specification, so that a rule sees elements and not raw keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from attrs import field, frozen

from conformance.contract.document import Document, Tokens, tokens

__all__ = ["CONTAINERS", "IN_PLACE", "Element", "Outline", "listed"]

Shape = Literal["one", "list", "map"]

_Below = Mapping[str, tuple[Shape, str]]

_MEDIA: _Below = {"content": ("map", "media type")}
_EXAMPLES: _Below = {"examples": ("map", "example")}
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

GRAMMAR: Mapping[str, _Below] = {
    "document": {
        "info": ("one", "info"),
        "servers": ("list", "server"),
        "paths": ("one", "paths"),
        "webhooks": ("map", "path item"),
        "components": ("one", "components"),
        "tags": ("list", "tag"),
        "externalDocs": ("one", "external documentation"),
    },
    "paths": {"*": ("one", "path item")},
    "path item": {
        "parameters": ("list", "parameter"),
        "servers": ("list", "server"),
        **dict.fromkeys(_METHODS, ("one", "operation")),
    },
    "operation": {
        "parameters": ("list", "parameter"),
        "requestBody": ("one", "request body"),
        "responses": ("one", "responses"),
        "callbacks": ("map", "callback"),
        "servers": ("list", "server"),
        "externalDocs": ("one", "external documentation"),
    },
    "callback": {"*": ("one", "path item")},
    "parameter": {"schema": ("one", "schema"), **_MEDIA, **_EXAMPLES},
    "request body": _MEDIA,
    "responses": {"*": ("one", "response")},
    "response": {"headers": ("map", "header"), "links": ("map", "link"), **_MEDIA},
    "header": {"schema": ("one", "schema"), **_MEDIA, **_EXAMPLES},
    "media type": {"schema": ("one", "schema"), "encoding": ("map", "encoding"), **_EXAMPLES},
    "encoding": {"headers": ("map", "header")},
    "components": {
        "schemas": ("map", "schema"),
        "responses": ("map", "response"),
        "parameters": ("map", "parameter"),
        "examples": ("map", "example"),
        "requestBodies": ("map", "request body"),
        "headers": ("map", "header"),
        "securitySchemes": ("map", "security scheme"),
        "links": ("map", "link"),
        "callbacks": ("map", "callback"),
        "pathItems": ("map", "path item"),
    },
    "schema": {
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), ("list", "schema")),
        **dict.fromkeys(("properties", "patternProperties", "dependentSchemas", "$defs"), ("map", "schema")),
        **dict.fromkeys(
            (
                *("not", "if", "then", "else", "items", "contains", "contentSchema", "propertyNames"),
                *("additionalProperties", "unevaluatedItems", "unevaluatedProperties", "x-should"),
            ),
            ("one", "schema"),
        ),
        "externalDocs": ("one", "external documentation"),
    },
}

CONTAINERS = frozenset({"document", "paths", "components", "responses", "callback"})
"""Kinds that hold other elements and state nothing of their own."""

IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "x-should"})
"""Keywords whose schemas judge the same value as the schema that they stand in."""


@frozen
class Element:
    """One object of the document; `keyword` is the key of the parent that led here."""

    kind: str
    tokens: Tokens
    node: Mapping[str, Any] = field(repr=False)
    parent: Element | None = field(repr=False)
    keyword: str

    @property
    def name(self) -> str:
        """The last key: a property's, a component's or a path's name."""
        return self.tokens[-1] if self.tokens else ""

    @property
    def ref(self) -> str | None:
        """What it refers to, where it is a reference."""
        ref = self.node.get("$ref")
        return ref if isinstance(ref, str) else None

    def inherited(self, extension: str) -> Any:
        """Return an extension's value here, or at the nearest element above."""
        element: Element | None = self
        while element is not None:
            if extension in element.node:
                return element.node[extension]
            element = element.parent
        return None


@frozen
class Outline:
    """A document and its elements, in the order in which they are written."""

    document: Document
    elements: Sequence[Element] = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> Outline:
        """Walk a document; what is not shaped as the specification says is passed over."""
        return cls(document, tuple(_walk("document", (), document.data, None, "")))

    @cached_property
    def _index(self) -> Mapping[Tokens, Element]:
        return {element.tokens: element for element in self.elements}

    @cached_property
    def _children(self) -> Mapping[Tokens, Sequence[Element]]:
        children: dict[Tokens, list[Element]] = {}
        for element in self.elements:
            if element.parent is not None:
                children.setdefault(element.parent.tokens, []).append(element)
        return children

    def of_kind(self, *kinds: str) -> Iterator[Element]:
        """Yield the elements of some kinds."""
        return (element for element in self.elements if element.kind in kinds)

    def at(self, pointer: str) -> Element | None:
        """Return the element that a local reference names, if there is one."""
        if not pointer.startswith("#"):
            return None
        return self._index.get(tokens(pointer))

    def target(self, element: Element) -> Element | None:
        """Follow references to what they name in the end; None where they lead nowhere or round in a circle."""
        seen = set()
        current: Element | None = element
        while current is not None and current.ref is not None:
            if current.tokens in seen:
                return None
            seen.add(current.tokens)
            current = self.at(current.ref)
        return current

    def children(self, element: Element, *keywords: str) -> Iterator[Element]:
        """Yield the elements right below one, under some of its keywords or under all."""
        below = self._children.get(element.tokens, ())
        return (child for child in below if not keywords or child.keyword in keywords)

    def same_value(self, schema: Element) -> Iterator[Element]:
        """Yield a schema and all the schemas that judge the same value: referred to, or in place."""
        pending, seen = [schema], set()
        while pending:
            current = pending.pop(0)
            if current.tokens in seen:
                continue
            seen.add(current.tokens)
            yield current
            if current.ref is not None and (referred := self.at(current.ref)) is not None:
                pending.append(referred)
            pending.extend(self.children(current, *IN_PLACE))

    def properties(self, schema: Element) -> dict[str, Element]:
        """Return the properties of an object schema, wherever among its parts they are declared."""
        found: dict[str, Element] = {}
        for part in self.same_value(schema):
            for child in self.children(part, "properties"):
                found.setdefault(child.name, child)
        return found

    def body_schema(self, media_type: Element) -> Element | None:
        """Return the schema of a media type, if it has one."""
        return next(self.children(media_type, "schema"), None)


def listed(value: Any) -> list[Any]:
    """Return a list that stands in a document, or an empty one where something else does."""
    return value if isinstance(value, list) else []


def _walk(kind: str, place: Tokens, node: Any, parent: Element | None, keyword: str) -> Iterator[Element]:
    if not isinstance(node, Mapping):
        return
    element = Element(kind, place, node, parent, keyword)
    yield element
    if kind != "schema" and element.ref is not None:
        return
    grammar = GRAMMAR.get(kind, {})
    wildcard = grammar.get("*")
    for key, value in node.items():
        below = grammar.get(key) or (wildcard if not str(key).startswith("x-") else None)
        if below is None:
            continue
        shape, child_kind = below
        below_it = (*place, str(key))
        if shape == "one":
            yield from _walk(child_kind, below_it, value, element, str(key))
        elif shape == "list" and isinstance(value, list):
            for index, item in enumerate(value):
                yield from _walk(child_kind, (*below_it, str(index)), item, element, str(key))
        elif shape == "map" and isinstance(value, Mapping):
            for name, item in value.items():
                yield from _walk(child_kind, (*below_it, str(name)), item, element, str(key))
