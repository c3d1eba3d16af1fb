"""Says an OpenAPI document of version 3.1 in version 3.0, for tools that stop there.

Every rule is about a kind of element. What 3.0 cannot say is kept where it stood, under an `x-` of its own name, and
listed at the root under `x-kept`: nothing is lost in silence. A schema demands the same as before, or less where
something of it is kept so; never more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field

from conformance.contract import Document
from conformance.contract.document import Tokens, pointer, tokens
from conformance.lint.elements import Outline
from scripts.generator.exports.older_schema import TELLING, UNSAYABLE, older_schema
from scripts.generator.exports.reach import reached
from scripts.generator.exports.rewriting import rewritten

__all__ = ["older_document"]

_VERSION = "3.0.3"
_LISTED = "x-kept"
_NAMES = frozenset({"properties", "schemas", "$defs", "patternProperties", "dependentSchemas"})
_EXAMPLES = "examples"
_LOOSE = {"not": "x-not", "oneOf": "anyOf"}


def older_document(document: Document) -> dict[str, Any]:
    """Return a document in version 3.0."""
    outline = Outline.of(document)
    loosened: frozenset[Tokens] = frozenset()
    while True:
        conversion = _Conversion(document, outline, loosened)
        made: dict[str, Any] = rewritten(document.data, before=conversion.before, after=conversion.after)
        if conversion.loosened == loosened:
            return {**made, _LISTED: conversion.listed} if conversion.kept else made
        loosened = conversion.loosened


@define
class _Conversion:
    """The rules, and what they have kept.

    Attributes:
        looser: the schemas that are known to demand less than before.
    """

    document: Document = field(repr=False)
    outline: Outline = field(repr=False)
    looser: frozenset[Tokens] = field(repr=False)
    kept: list[dict[str, str]] = field(factory=list)

    @property
    def loosened(self) -> frozenset[Tokens]:
        """The schemas of which something is kept that demands something."""
        return frozenset(tokens(entry["at"]) for entry in self.kept if entry["what"] not in {*TELLING, _EXAMPLES})

    @property
    def listed(self) -> list[dict[str, str]]:
        """What is kept, with the places where it now stands."""
        names = {(*tokens(entry["at"]), entry["what"]): entry["as"] for entry in self.kept}

        def now(steps: Tokens) -> str:
            return pointer([names.get(steps[: count + 1], step) for count, step in enumerate(steps)])

        return [{**entry, "at": now(tokens(entry["at"]))} for entry in self.kept]

    def before(self, kind: str, node: Any, _: Tokens) -> Any:
        """Put what a reference names in its place, where 3.0 knows no such reference or ignores what is beside it."""
        reference = node.get("$ref") if isinstance(node, Mapping) else None
        if kind == "schema" or not isinstance(reference, str):
            return node
        if kind == "path item" or len(node) > 1:
            named = self.document.lookup(reference)
            return {**named, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def after(self, kind: str, node: Any, place: Tokens) -> Any:
        """Say an element in the words of 3.0."""
        if kind == "schema":
            return self._schema(node, place)
        if kind == "document":
            made = {**node, "openapi": _VERSION}
            made.setdefault("paths", {})
            return self._security(self._renamed(made, place, "webhooks", "jsonSchemaDialect"), place)
        if kind == "info":
            return self._info(node, place)
        if kind == "components":
            return self._components(node, place)
        if kind == "operation":
            # 3.0 demands an answer of every operation.
            answers = node.get("responses") or {"default": {"description": "Any answer."}}
            return self._security({**node, "responses": answers}, place)
        return node

    def _schema(self, schema: Any, place: Tokens) -> Any:
        made = older_schema(schema)
        if isinstance(schema, Mapping) and "$ref" in schema:
            made = _redirected(made)
        for key in schema if isinstance(schema, Mapping) else ():
            is_new = key in UNSAYABLE or key == _EXAMPLES
            if is_new and key not in made and (shown := f"x-{key.lstrip('$')}") in made:
                self._list(place, key, shown)
        for key, looser in _LOOSE.items():
            # What lets more through lets less through where it is turned round, or has to be the only one that does.
            if key in made and self._is_looser(place, key):
                self._list(place, key, looser)
                made = {looser if name == key and looser not in made else name: value for name, value in made.items()}
        return made

    def _is_looser(self, place: Tokens, key: str) -> bool:
        element = self.outline.at(pointer(place))
        below = () if element is None else self.outline.children(element, key)
        return bool(reached(self.outline, below) & self.looser)

    def _info(self, node: Mapping[str, Any], place: Tokens) -> dict[str, Any]:
        made = self._renamed(node, place, "summary")
        if isinstance(made.get("license"), Mapping):
            name = made["license"].get("identifier")
            page = {} if name is None else {"url": f"https://spdx.org/licenses/{name}.html"}
            made["license"] = {**self._renamed(made["license"], (*place, "license"), "identifier"), **page}
        return made

    def _components(self, node: Mapping[str, Any], place: Tokens) -> dict[str, Any]:
        made = self._renamed(node, place, "pathItems")
        unknown = [name for name, scheme in self._schemes.items() if scheme.get("type") == "mutualTLS"]
        if unknown:
            self._list(place, "securitySchemes", "x-securitySchemes")
            made["x-securitySchemes"] = {name: self._schemes[name] for name in unknown}
            made["securitySchemes"] = {name: each for name, each in self._schemes.items() if name not in unknown}
        return made

    @property
    def _schemes(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document.data.get("components", {}).get("securitySchemes") or {}
        return found

    def _security(self, node: Mapping[str, Any], place: Tokens) -> dict[str, Any]:
        """Name only schemes that 3.0 knows, and roles only where they are scopes."""
        stated = node.get("security")
        if not isinstance(stated, list):
            return dict(node)
        kinds = {name: scheme.get("type") for name, scheme in self._schemes.items()}
        made = [
            {
                name: roles if kinds.get(name) in ("oauth2", "openIdConnect") else []
                for name, roles in alternative.items()
                if kinds.get(name) != "mutualTLS"
            }
            for alternative in stated
        ]
        if made == stated:
            return dict(node)
        self._list(place, "security", "x-security")
        return {**node, "security": made, "x-security": stated}

    def _renamed(self, node: Mapping[str, Any], place: Tokens, *keys: str) -> dict[str, Any]:
        for key in keys:
            if key in node:
                self._list(place, key, f"x-{key}")
        return {f"x-{key}" if key in keys else key: value for key, value in node.items()}

    def _list(self, place: Tokens, what: str, shown: str) -> None:
        self.kept.append({"at": pointer(place), "what": what, "as": shown})


def _redirected(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a reference lead to where its target stands now."""
    if "$ref" in schema:
        return (
            {**schema, "$ref": pointer(tuple(_steps(tokens(schema["$ref"]))))}
            if schema["$ref"].startswith("#/")
            else schema
        )
    first, *others = schema["allOf"]
    return {**schema, "allOf": [_redirected(first), *others]}


def _steps(steps: Tokens) -> Iterator[str]:
    for before, step in zip(("", *steps), steps, strict=False):
        yield f"x-{step.lstrip('$')}" if step in UNSAYABLE and before not in _NAMES else step
