"""A contract whose operations and schemas have plain names: openapi-ts finds no others by their references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import METHODS
from conformance.contract.document import pointer, tokens
from scripts.generator.typescript.naming import camel, pascal

__all__ = ["plainly_named"]

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_SCHEMAS = ("components", "schemas")


def plainly_named(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a document, with operations named as the client's table names them."""
    copy: dict[str, Any] = json.loads(json.dumps(document, default=str))
    for item in copy.get("paths", {}).values():
        for method, operation in item.items():
            if method in METHODS and "operationId" in operation:
                operation["operationId"] = camel(operation["operationId"])
    schemas: dict[str, Any] = copy.get("components", {}).get("schemas") or {}
    names = _names(schemas)
    if set(names) - set(names.values()):
        copy["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
        for reference in _references(copy):
            steps = tokens(reference["$ref"])
            if reference["$ref"].startswith("#") and steps[:2] == _SCHEMAS:
                reference["$ref"] = pointer((*_SCHEMAS, names[steps[2]], *steps[3:]))
    return copy


def _names(schemas: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {name: name for name in schemas if _PLAIN.fullmatch(name)}
    for name in schemas:
        candidates = (f"{pascal(name)}{number or ''}" for number in range(1000))
        found[name] = found.get(name) or next(each for each in candidates if each not in found.values())
    return found


def _references(node: Any) -> Iterator[dict[str, Any]]:
    pending = [node]
    while pending:
        node = pending.pop()
        pending += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            yield node
