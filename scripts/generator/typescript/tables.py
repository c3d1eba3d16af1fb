"""The operations of a contract as the table that the TypeScript client is driven by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contract import Contract, Input, MediaType, Operation, Response, Schema
from conformance.contract.document import tokens
from conformance.contract.node import Node
from scripts.generator.shapes import is_object, options, settled
from scripts.generator.typescript.answer_shapes import AnswerShapes

__all__ = ["PLACES", "answer_media", "parameters", "table"]

PLACES = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}
"""The places of parameters, as the generated types name them."""

_USUAL = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}
_STYLES = {"path": ("simple",), "header": ("simple",), "cookie": ("form",)}
_QUERY_STYLES = ("form", "spaceDelimited", "pipeDelimited", "deepObject")
# OpenAPI says these elsewhere, and asks to ignore them among the parameters.
_NO_PARAMETERS = ("accept", "authorization", "content-type")
_IDENTITIES = ("id", "legacy-id")


def table(contract: Contract, operation: Operation, shapes: AnswerShapes) -> dict[str, Any]:
    """Return what the client has to know of an operation.

    Args:
        contract: the whole of it.
        operation: the one.
        shapes: takes the objects of its answer.
    """
    body = operation.media
    made: dict[str, Any] = {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "parameters": [_parameter(contract, each) for each in parameters(operation)],
        "security": [
            [scheme.name for scheme in group]
            for group in operation.security
            if all(scheme.kind != "unknown" for scheme in group)
        ],
    }
    if body is not None:
        made["body"] = {"kind": body.kind, "mediaType": _sent_as(body), "fields": _fields(contract, body)}
    made["answer"] = _answer(operation, shapes)
    if operation.optional:
        made["isOptional"] = True
    return made


def parameters(operation: Operation) -> list[Input]:
    """Return the parameters that a caller gives."""
    return [
        each for each in operation.parameters if each.location != "header" or each.name.lower() not in _NO_PARAMETERS
    ]


def answer_media(response: Response) -> MediaType | None:
    """Return the one kind of body that the client reads: JSON if there is any, else text, else bytes."""
    for is_it in (_is_json, _is_text):
        found = next((media for media in response.media if is_it(media)), None)
        if found is not None:
            return found
    return next(iter(response.media), None)


def _parameter(contract: Contract, declared: Input) -> dict[str, Any]:
    place = contract.document.lookup(declared.pointer)
    style = str(place.get("style", _USUAL[declared.location]))
    known = _STYLES.get(declared.location, _QUERY_STYLES)
    is_json = bool(declared.content_types)
    is_whole_object = not is_json and is_object(settled(declared.schema))
    if is_whole_object and declared.location != "query":
        message = f"the client cannot write an object in a {declared.location}; describe it by `content`, as JSON"
        raise contract.document.error(declared.pointer, message)
    if style not in known:
        usable = ", ".join(known)
        message = f"the client cannot write a value in a {declared.location} as `{style}`; use one of {usable}"
        raise contract.document.error(declared.pointer, message)
    made = {"name": declared.name, "in": PLACES[declared.location], "style": style, "explode": declared.explode}
    return {**made, "isJson": True} if is_json else made


def _fields(contract: Contract, media: MediaType) -> dict[str, Any]:
    """Return the fields of a form; what is no form has none."""
    if media.kind not in ("multipart", "urlencoded"):
        return {}
    if media.schema is None or not is_object(settled(media.schema)):
        raise contract.document.error(
            media.pointer, "a form is an object with a property for each field; say which it has"
        )
    encodings = contract.document.lookup(media.pointer).get("encoding") or {}
    return {
        each.name: _field(each, media.kind, encodings.get(each.name) or {})
        for each in media.inputs
        if not each.is_whole
    }


def _field(declared: Input, kind: str, encoding: Mapping[str, Any]) -> dict[str, Any]:
    schema = settled(declared.schema)
    own = options(schema)
    is_list = len(own) == 1 and own[0].types == {"array"}
    inner = own[0].items if is_list else schema
    types = [each.strip() for each in str(encoding.get("contentType", "")).split(",") if each.strip()]
    made: dict[str, Any] = {"kind": "any" if inner is None else _kind(inner), "types": types}
    if is_list:
        made["isList"] = True
    if kind == "urlencoded" and encoding.get("explode", True) is False:
        made["explode"] = False
    return made


def _kind(schema: Schema) -> str:
    kinds = {_kind_of_one(option) for option in options(settled(schema))}
    return kinds.pop() if len(kinds) == 1 else "any"


def _kind_of_one(schema: Schema) -> str:
    schema = settled(schema)
    if schema.is_file:
        return "file"
    if schema.types and schema.types <= {"object", "array"}:
        return "json"
    return "text" if schema.types and not schema.types & {"object", "array"} else "any"


def _sent_as(media: MediaType) -> str:
    name = "application/octet-stream" if media.name == "*/*" else media.name
    return f"{name}; charset=utf-8" if name.startswith("text/") and "charset" not in name else name


def _answer(operation: Operation, shapes: AnswerShapes) -> dict[str, Any]:
    response = next(iter(operation.successes), None)
    media = None if response is None else answer_media(response)
    if response is None or media is None:
        return {"kind": "none", "mediaTypes": [], "shape": "any", "identity": []}
    kind = "json" if _is_json(media) else "text" if _is_text(media) else "bytes"
    shape = shapes.of(media.schema, f"{operation.id} answer") if kind == "json" else "any"
    known = [each.name for role in _IDENTITIES if (each := response.by_role(role)) is not None]
    if not known and media.schema is not None and isinstance(shape, dict) and "object" in shape:
        known = list(settled(media.schema).required)
    return {
        "kind": kind,
        "mediaTypes": [each.name.partition(";")[0].strip().lower() for each in response.media],
        "shape": shape,
        "identity": known if kind == "json" else [],
    }


def _is_json(media: MediaType) -> bool:
    return media.kind == "json"


def _is_text(media: MediaType) -> bool:
    return media.name.startswith("text/")


def place(contract: Contract, operation: Operation) -> Node:
    """Return where the contract describes an operation."""
    return Node.root(contract.document).at(*tokens(operation.pointer))
