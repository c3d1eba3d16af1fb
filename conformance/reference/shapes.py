"""What the contract says of answers that are no job: how a refusal reads, and samples of anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from conformance.contract import Contract, Operation, Response, resolve
from conformance.reference.calls import Refusal
from conformance.reference.jobs import place

__all__ = ["documented_status", "error_body", "followed", "header_named", "phrase", "sample"]

_Path = tuple[str, ...]
_DEEPEST = 5


def documented_status(operation: Operation | None, *candidates: int) -> int:
    """Return the first status that the operation documents, or else the last candidate."""
    return next((status for status in candidates if operation and operation.response(status)), candidates[-1])


def header_named(contract: Contract, role: str) -> str | None:
    """Return the name of the first response header in the contract that has a role."""
    names = (response.header_by_role(role) for operation in contract.operations for response in operation.responses)
    return next((name for name in names if name), None)


def followed(contract: Contract, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a node of the document with its references followed; what stands beside one wins."""
    while "$ref" in schema:
        schema = {**resolve(contract.document, schema["$ref"]), **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def error_body(contract: Contract, response: Response | None, refusal: Refusal) -> dict[str, Any]:
    """Return the refusal as the contract's error schema has it, each value by its role.

    Where the schema admits several shapes, the one that can say most is taken. Without a schema, it is a
    problem document (RFC 9457).
    """
    shapes = _error_shapes(contract, response)
    if not shapes:
        return {"title": phrase(refusal.status), "status": refusal.status, "detail": refusal.message}
    told = {
        "error-message": refusal.message,
        "error-code": phrase(refusal.status).lower().replace(" ", "_"),
        "error-field": refusal.field,
    }
    body: dict[str, Any] = {}
    for role, path in max(shapes.values(), key=len).items():
        if told.get(role) is not None:
            place(body, path, told[role])
    return body


def phrase(status: int) -> str:
    """Return the standard name of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def sample(contract: Contract, schema: Mapping[str, Any], depth: int = 0) -> Any:
    """Return a small value that a schema describes, from its examples where it has any."""
    schema = followed(contract, schema)
    for keyword in ("examples", "enum"):
        if schema.get(keyword):
            return next(iter(schema[keyword]))
    for keyword in ("example", "default", "const"):
        if keyword in schema:
            return schema[keyword]
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return sample(contract, alternatives[0], depth + 1)
    kind = schema.get("type", "object")
    if kind == "object" and depth < _DEEPEST:
        properties = schema.get("properties", {})
        return {name: sample(contract, properties.get(name, {}), depth + 1) for name in schema.get("required", ())}
    simple = {"object": {}, "array": [], "string": "", "integer": 0, "number": 0, "boolean": False}
    return simple.get(kind if isinstance(kind, str) else kind[0])


def _error_shapes(contract: Contract, response: Response | None) -> dict[_Path, dict[str, _Path]]:
    """Group the places where a refusal may tell something by the object that they stand in."""
    pointer = response.schema_pointer if response else None
    shapes: dict[_Path, dict[str, _Path]] = {}
    if pointer is None:
        return shapes
    for role, path in _roles(contract, resolve(contract.document, pointer), ()):
        shapes.setdefault(path[:-1], {}).setdefault(role, path)
    return {parent: roles for parent, roles in shapes.items() if "error-message" in roles}


def _roles(contract: Contract, schema: Mapping[str, Any], path: _Path) -> Iterator[tuple[str, _Path]]:
    if len(path) > _DEEPEST:
        return
    schema = followed(contract, schema)
    for alternative in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _roles(contract, alternative, path)
    for name, child in schema.get("properties", {}).items():
        child_schema = followed(contract, child)
        if "x-role" in child_schema:
            yield child_schema["x-role"], (*path, name)
        yield from _roles(contract, child_schema, (*path, name))
