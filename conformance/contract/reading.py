"""Reads a contract from its document into the normal form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from conformance.contract.document import Document, pointer
from conformance.contract.model import (
    METHODS,
    Body,
    Contract,
    Header,
    Input,
    Location,
    MediaType,
    Operation,
    Property,
    Response,
    SecurityScheme,
    kind_of,
)
from conformance.contract.node import Node
from conformance.contract.schema import Schema
from conformance.contract.source import ContractSource
from conformance.errors import ContractError

__all__ = ["contract_of", "load"]

_DEEPEST = 4  # deep enough for any job object, and finite


def load(source: Path | ContractSource | None = None) -> Contract:
    """Read a contract.

    Args:
        source: an OpenAPI 3.1 document in YAML or JSON, with overlays or without; this project's own by default.

    Raises:
        ContractError: the file is missing, empty, not YAML, or lacks what the suite lives on; an overlay does not fit.
    """
    return contract_of((source if isinstance(source, ContractSource) else ContractSource(source)).document())


def contract_of(document: Document) -> Contract:
    """Read a contract from a document that is in memory.

    Raises:
        ContractError: it lacks what the suite lives on.
    """
    _check_version(document)
    try:
        return _contract(document)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise ContractError(
            f"is not usable ({detail}); run the lint command for the place", path=document.path
        ) from error


def _check_version(document: Document) -> None:
    """Refuse a document of another version, and say what it is."""
    version = document.data.get("openapi")
    if isinstance(version, str) and version.startswith("3.1"):
        return
    wanted = "is not an OpenAPI 3.1 document"
    if version is not None:
        said = "put it into quotes, in full: `'3.1.0'`" if str(version).startswith("3.1") else "convert it to 3.1"
        raise document.error("#/openapi", f"{wanted}: it says `openapi: {version}`; {said}")
    if "swagger" in document.data:
        raise document.error("#/swagger", f"{wanted}: it says `swagger: {document.data['swagger']}`; convert it to 3.1")
    raise document.error("#", f"{wanted}: `openapi: 3.1.x` is missing at the top")


def _contract(document: Document) -> Contract:
    root = Node.root(document)
    operations = tuple(_operations(root))
    if not operations:
        raise document.error("#/paths", "the contract has no operation, so there is nothing to ask a server")
    contract = Contract(document, operations, tuple(name for name, _ in root.children("webhooks")))
    if not contract.version:
        raise document.error("#/info/version", "the contract has no version")
    for operation in operations:
        if not operation.successes:
            raise document.error(operation.pointer, "the operation documents no success; document a 2xx response")
        for declared in operation.inputs:
            _check_enum(declared.schema)
    return contract


def _check_enum(schema: Schema) -> None:
    """Refuse a value that is listed twice: its requirement could not be told from the other's."""
    listed: set[str] = set()
    for value in schema.keywords.get("enum", ()):
        if repr(value) in listed:
            place = next(part for part in schema.parts if part.get("enum"))
            index = len(place.data["enum"]) - 1 - place.data["enum"][::-1].index(value)
            raise place.document.error(
                f"{place.pointer}/enum/{index}", f"`{value}` is listed twice; remove one of the two"
            )
        listed.add(repr(value))


def _operations(root: Node) -> Iterator[Operation]:
    for path, item in root.children("paths"):
        for method, place in ((method, item.at(method)) for method in METHODS if item.get(method) is not None):
            yield _operation(path, method, item, place, root)


def _operation(path: str, method: str, item: Node, place: Node, root: Node) -> Operation:
    body = place.at("requestBody") if place.get("requestBody") is not None else None
    if not isinstance(place.get("operationId"), str):
        raise place.document.error(
            place.pointer, "the operation has no `operationId`; give it one that will not change"
        )
    return Operation(
        id=place.data["operationId"],
        method=method.upper(),
        path=path,
        pointer=place.pointer,
        provenance=place.provenance,
        billable=place.get("x-billable") is True,
        security=tuple(_security(place if place.get("security") is not None else root, root)),
        body=_body(body) if body is not None else None,
        parameters=tuple(_parameters(item, place)),
        responses=tuple(
            _response(status, answer)
            for status, answer in place.children("responses")
            if status[0].isdigit() and len(status) == 3
        ),
        optional=place.get("x-optional") is True,
    )


def _security(owner: Node, root: Node) -> Iterator[tuple[SecurityScheme, ...]]:
    for alternative in owner.get("security") or ():
        yield tuple(_scheme(name, owner, root) for name in alternative)


def _scheme(name: str, owner: Node, root: Node) -> SecurityScheme:
    try:
        place = root.at("components", "securitySchemes", name)
    except (KeyError, TypeError):
        message = f"`{name}` is no scheme under `components/securitySchemes`; correct or define it"
        raise owner.document.error(f"{owner.pointer}/security", message) from None
    where = pointer(("components", "securitySchemes", name))
    if place.get("type") == "apiKey":
        return SecurityScheme(name, where, "apiKey", place.data["in"], str(place.data["name"]))
    # Whatever OAuth 2 and OpenID Connect do before, what a request carries in the end is a bearer token.
    word = str(place.get("scheme", "bearer")).lower() if place.get("type") == "http" else "bearer"
    kind: Any = word if word in ("bearer", "basic") else "unknown"
    return SecurityScheme(name, where, kind, "header", "Authorization")


def _parameters(item: Node, place: Node) -> Iterator[Input]:
    """Yield the parameters of an operation: its own, which override those of its path."""
    found: dict[tuple[str, str], Input] = {}
    for owner in (item, place):
        for _, node in owner.children("parameters"):
            made = _parameter(node)
            found[made.name.lower() if made.location == "header" else made.name, made.location] = made
    yield from found.values()


def _parameter(node: Node) -> Input:
    location: Location = node.data["in"]
    if location not in get_args(Location):
        raise node.document.error(f"{node.pointer}/in", f"`{location}` is no place for a parameter")
    schema, content_types = _parameter_schema(node)
    required = bool(node.get("required", False)) or location == "path"
    explode = bool(node.get("explode", location in ("query", "cookie")))
    return Input(
        str(node.data["name"]), location, node.pointer, schema, required, node.provenance, content_types, explode
    )


def _parameter_schema(node: Node) -> tuple[Schema, tuple[str, ...]]:
    """Return the schema of a parameter, and the media type where its value is a whole document of one."""
    shown = {key: node.data[key] for key in ("example", "examples") if key in node.data}
    values = [shown["example"]] if "example" in shown else [e["value"] for e in shown.get("examples", {}).values()]
    owner = node
    media: tuple[str, ...] = ()
    if node.get("schema") is None and node.get("content"):
        media = (next(iter(node.data["content"])),)
        owner = node.at("content", media[0])
    roots = [owner.raw("schema")] if owner.get("schema") is not None else [_unsaid(node)]
    if values:
        roots.append(node.unwritten({"examples": values}, "examples"))
    return Schema(tuple(roots)), media


def _unsaid(node: Node) -> Node:
    """Return a schema that allows anything, where none is written."""
    return node.unwritten({}, "no schema")


def _body(place: Node) -> Body:
    media = tuple(_media_type(name, node) for name, node in place.children("content"))
    return Body(place.pointer, bool(place.get("required", False)), media)


def _media_type(name: str, place: Node) -> MediaType:
    schema = Schema((place.raw("schema"),)) if place.get("schema") is not None else None
    return MediaType(name, place.pointer, schema, tuple(_inputs(name, place, schema)))


def _inputs(media_type: str, place: Node, schema: Schema | None) -> Iterator[Input]:
    whole = schema if schema is not None else Schema((_unsaid(place),))
    if kind_of(media_type) == "octets" or "object" not in whole.types or not whole.properties:
        yield Input(
            "body", "body", whole.pointer, whole, required=False, provenance=whole.provenance,
            content_types=(media_type,), is_whole=True,
        )  # fmt: skip
        return
    for name, member in whole.properties.items():
        if member.keywords.get("readOnly") is True:
            continue  # the server's to say
        encoding = (place.get("encoding") or {}).get(name, {})
        stated = encoding.get("contentType")
        types = tuple(each.strip() for each in stated.split(",")) if stated else (_usual_type(member),)
        explode = bool(encoding.get("explode", True))
        yield Input(name, "body", member.pointer, member, name in whole.required, member.provenance, types, explode)


def _usual_type(schema: Schema) -> str:
    """Return how OpenAPI labels a part of which the contract says nothing."""
    if schema.types == {"array"} and schema.items is not None:
        return _usual_type(schema.items)
    if schema.is_file:
        return "application/octet-stream"
    return "application/json" if schema.types & {"object", "array"} else "text/plain"


def _response(status: str, place: Node) -> Response:
    media = tuple(_answer_type(name, node) for name, node in place.children("content"))
    schema = next((found.schema for found in media if found.kind == "json" and found.schema is not None), None)
    headers = {name: _header(name, node) for name, node in place.children("headers")}
    properties = tuple(_properties(schema, (), frozenset())) if schema is not None else ()
    return Response(status.upper(), place.pointer, place.provenance, media, properties, headers)


def _answer_type(name: str, place: Node) -> MediaType:
    schema = None
    if place.get("schema") is not None:
        shown = place.get("examples") or {}
        values = [node.data["value"] for _, node in place.children("examples") if node.get("value") is not None]
        values += [place.data["example"]] if "example" in place.data else []
        examples = place.unwritten({"examples": values}, "examples")
        schema = Schema((place.raw("schema"), *([examples] if shown or values else [])))
    return MediaType(name, place.pointer, schema)


def _header(name: str, place: Node) -> Header:
    schema = Schema((place.raw("schema"),)) if place.get("schema") is not None else None
    return Header(
        name, place.pointer, schema, bool(place.get("required", False)), place.provenance, place.get("x-role")
    )


def _properties(schema: Schema, path: tuple[str, ...], above: frozenset[str]) -> Iterator[Property]:
    for name, member in schema.properties.items():
        if member.keywords.get("writeOnly") is True:
            continue  # the caller's to say
        yield Property((*path, name), member, name in schema.required)
        if member.pointer not in above and len(path) < _DEEPEST:
            yield from _properties(member, (*path, name), above | {member.pointer})
