"""Says the components of a contract as one document of JSON Schema 2020-12, for whatever validates by that alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contract import Contract
from conformance.contract.document import Tokens, pointer, tokens
from scripts.generator.exports.rewriting import rewritten

__all__ = ["component_schemas"]

_COMPONENTS = ("components", "schemas")


def component_schemas(contract: Contract) -> dict[str, Any]:
    """Return a schema under `$defs` for each component, and for whatever else one of them refers to."""
    document = contract.document
    waiting: dict[str, Tokens] = {
        name: (*_COMPONENTS, name) for name in document.data.get("components", {}).get("schemas") or {}
    }
    made: dict[str, Any] = {}

    def moved(kind: str, node: Any, _: Tokens) -> Any:
        reference = node.get("$ref") if kind == "schema" and isinstance(node, Mapping) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return node
        steps = tokens(reference)
        if steps[:2] == _COMPONENTS:
            steps = steps[2:]
        else:
            waiting.setdefault(pointer(steps), steps)
            steps = (pointer(steps),)
        return {**node, "$ref": pointer(("$defs", *steps))}

    while left := [name for name in waiting if name not in made]:
        for name in left:
            schema = document.lookup(pointer(waiting[name]))
            made[name] = rewritten(schema, after=moved, kind="schema", place=waiting[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": contract.title,
        "$comment": f"Version {contract.version}. Each component stands under $defs; `format: binary` is a file.",
        "$defs": made,
    }
