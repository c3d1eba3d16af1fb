"""Says an OpenAPI document of version 3.1 in version 3.0, for tools that stop there.

Every rule is about a kind of element. What 3.0 cannot say is kept where it stood, under an `x-` of its own name, and
listed at the root under `x-kept`: nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from conformance.contract import Document
from conformance.contract.document import Tokens, pointer
from scripts.generator.exports.older_schema import UNSAYABLE, older_schema
from scripts.generator.exports.rewriting import rewritten

__all__ = ["VERSION", "older_document"]

VERSION = "3.0.3"
_BINARY = {"type": "string", "format": "binary"}
_LISTED = "x-kept"


def older_document(document: Document) -> dict[str, Any]:
    """Return a document in version 3.0; one that is in it already is given back as it stands."""
    if str(document.data.get("openapi", "")).startswith("3.0"):
        return dict(document.data)
    conversion = _Conversion(document)
    made: dict[str, Any] = rewritten(document.data, before=conversion.before, after=conversion.after)
    return {**made, _LISTED: conversion.kept} if conversion.kept else made


@define
class _Conversion:
    """The rules, and what they have kept."""

    document: Document = field(repr=False)
    kept: list[dict[str, str]] = field(factory=list)

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
            return self._document(node)
        if kind == "info":
            return self._info(node, place)
        if kind == "components":
            return self._components(node, place)
        if kind == "operation":
            return self._operation(node)
        return node

    def _schema(self, schema: Any, place: Tokens) -> Any:
        made = older_schema(schema)
        for key in schema if isinstance(schema, Mapping) else ():
            if key in UNSAYABLE and key not in made and (shown := f"x-{key.lstrip('$')}") in made:
                self._list(place, key, shown)
        return made

    def _document(self, node: Mapping[str, Any]) -> dict[str, Any]:
        made = {**node, "openapi": VERSION}
        made.setdefault("paths", {})
        return self._renamed(made, (), "webhooks", "jsonSchemaDialect")

    def _info(self, node: Mapping[str, Any], place: Tokens) -> dict[str, Any]:
        made = self._renamed(node, place, "summary")
        if isinstance(made.get("license"), Mapping):
            name = made["license"].get("identifier")
            page = {} if name is None else {"url": f"https://spdx.org/licenses/{name}.html"}
            made["license"] = {**self._renamed(made["license"], (*place, "license"), "identifier"), **page}
        return made

    def _components(self, node: Mapping[str, Any], place: Tokens) -> dict[str, Any]:
        return self._renamed(node, place, "pathItems")

    def _operation(self, node: Mapping[str, Any]) -> dict[str, Any]:
        """Give an operation the answer that 3.0 demands, where it names none."""
        return {**node, "responses": node.get("responses") or {"default": {"description": "Any answer."}}}

    def _renamed(self, node: Mapping[str, Any], place: Tokens, *keys: str) -> dict[str, Any]:
        for key in keys:
            if key in node:
                self._list(place, key, f"x-{key}")
        return {f"x-{key}" if key in keys else key: value for key, value in node.items()}

    def _list(self, place: Tokens, what: str, shown: str) -> None:
        self.kept.append({"at": pointer(place), "what": what, "as": shown})
