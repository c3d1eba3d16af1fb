"""Small contracts of the tests' own making, as plain documents."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import Contract, Document, Operation, Schema, load
from conformance.contract.document import tokens
from conformance.contract.node import Node

Json = dict[str, Any]


def schema_of(subject: Any, **others: Any) -> Schema:
    """Return a schema in normal form; `others` are the schemas that it may refer to."""
    data = {"openapi": "3.1.0", "components": {"schemas": {"Subject": subject, **others}}}
    document = Document(Path("contract.yaml"), json.dumps(data).encode(), data)
    return Schema((Node.root(document).raw("components", "schemas", "Subject"),))


def document_of(paths: Mapping[str, Any], **more: Any) -> Json:
    """Return a whole document; what stands in `more` is added at its root."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "A service", "version": "1.0.0"},
        "x-provenance": "documented",
        "paths": {**paths},
        **more,
    }


def written(folder: Path, document: Mapping[str, Any] | str) -> Path:
    """Write a document, or its text, and return its path."""
    path = folder / "openapi.yaml"
    text = document if isinstance(document, str) else yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, paths: Mapping[str, Any], **more: Any) -> Contract:
    """Return the contract of a document."""
    return load(written(folder, document_of(paths, **more)))


def only(folder: Path, operation: Mapping[str, Any], **more: Any) -> Operation:
    """Return the one operation of a contract that has no other: GET /it, but for what is given."""
    made = loaded(folder, {"/it": {"get": {"operationId": "getIt", "responses": answers(), **operation}}}, **more)
    return made.operation("getIt")


def answers(schema: Any = None, **more: Any) -> Json:
    """Return responses: a 200 with a JSON body, then those of `more`, whose names are `_` and a status or range."""
    shown: Any = {"type": "object"} if schema is None else schema
    return {
        "200": {"description": "Fine.", "content": {"application/json": {"schema": shown}}},
        **{name.removeprefix("_"): value for name, value in more.items()},
    }


def refused() -> Json:
    """Return a refusal with an object for a body."""
    return {"description": "No.", "content": {"application/json": {"schema": {"type": "object"}}}}


def reduced(contract: Contract, *, siblings: bool = False) -> Json:
    """Return a contract with few fields and values, so that a run is short: one of each kind that is asked for.

    What servers may do without is left out, or stays as it is with `siblings`.
    """
    document: Json = copy.deepcopy(dict(contract.document.data))
    for operation in contract.operations:
        if operation.optional and not siblings:
            del document["paths"][operation.path]
    create = contract.billable[0]
    assert create.media is not None
    optional = [declared for declared in create.fields if not declared.required]
    kept = {declared.name for declared in create.fields if declared.required}
    kept.add(next(declared.name for declared in optional if declared.schema.types == {"integer"}))
    kept.add(next(declared.name for declared in optional if declared.schema.is_file))
    kept.add(next(declared.name for declared in optional if declared.schema.is_text))
    media, form = _at(document, create.media.pointer), form_of(contract, document)
    form["properties"] = {name: value for name, value in form["properties"].items() if name in kept}
    media["encoding"] = {name: value for name, value in media["encoding"].items() if name in kept}
    for declared in create.fields:
        if declared.schema.enum and declared.name in kept:
            listed = _resolved(document, form["properties"][declared.name])
            listed["enum"] = listed["enum"][:3]
    return document


def form_of(contract: Contract, document: Json) -> Json:
    """Return the schema of the form that costs, in a copy of a contract's document."""
    media = contract.billable[0].media
    assert media is not None
    return _resolved(document, _at(document, media.pointer)["schema"])


def sound(contract: Contract, document: Json) -> Json:
    """Take out what is said of fields that a document has no longer, and what nothing uses any more; return it."""
    document.pop("x-departures", None)
    fields = form_of(contract, document)["properties"]
    pending: list[Any] = [document]
    while pending:
        node = pending.pop()
        pending += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        if isinstance(node, dict) and "x-echoes" in node:
            kept = [each for each in node.pop("x-echoes") if each.rpartition("/")[2] in fields]
            node.update({"x-echoes": kept} if kept else {})
    while unused := [
        way for way in _components(document) if f'"#/components/{way[0]}/{way[1]}"' not in json.dumps(document)
    ]:
        for kind, name in unused:
            del document["components"][kind][name]
    return document


def _components(document: Json) -> list[tuple[str, str]]:
    """Return the kinds and names of what can be referred to."""
    kinds = {kind: members for kind, members in document["components"].items() if kind != "securitySchemes"}
    return [(kind, name) for kind, members in kinds.items() for name in members]


def _at(document: Json, place: str) -> Any:
    node: Any = document
    for step in tokens(place):
        node = node[step]
    return node


def _resolved(document: Json, node: Json) -> Json:
    found: Json = _at(document, node["$ref"]) if "$ref" in node else node
    return found
