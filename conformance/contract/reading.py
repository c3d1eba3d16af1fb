"""Reads a contract from its file, following references and inheriting provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from conformance.contract.model import (
    FORM,
    METHODS,
    Contract,
    Field,
    Operation,
    Parameter,
    Property,
    Provenance,
    Response,
    Schema,
    resolve,
)
from conformance.errors import ContractError

__all__ = ["default_path", "load"]


def default_path() -> Path:
    """Return the contract of this checkout, or the copy inside an installed package."""
    checkout = Path(__file__).resolve().parents[2] / "openapi.yaml"
    return checkout if checkout.is_file() else Path(str(resources.files("conformance") / "openapi.yaml"))


def load(path: Path | None = None) -> Contract:
    """Read a contract.

    Args:
        path: an OpenAPI 3.1 document in YAML or JSON; this project's own by default.

    Raises:
        ContractError: the file is missing, empty, not YAML, or lacks what the suite lives on.
    """
    path = default_path() if path is None else path
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ContractError(f"cannot be read: {error.strerror}; name an OpenAPI document", path=path) from error
    try:
        document = yaml.safe_load(raw)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or str(error)
        raise ContractError(f"is not YAML: {reason}", path=path, line=mark and mark.line + 1) from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        raise ContractError("is not an OpenAPI 3.1 document: `openapi: 3.1.x` is missing at the top", path=path)
    try:
        operations = tuple(_operations(document))
        contract = Contract(path, document, hashlib.sha256(raw).hexdigest(), operations)
        if not contract.version or not any(operation.billable for operation in operations):
            raise ContractError("has no operation with `x-billable: true`, so there is no job to create", path=path)
        for operation in operations:
            operation.success  # noqa: B018 - every operation must document a success
    except StopIteration:
        raise ContractError("has an operation without a 2xx response; run the lint command", path=path) from None
    except (AttributeError, KeyError, LookupError, TypeError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise ContractError(f"is not usable ({detail}); run the lint command for the place", path=path) from error
    return contract


def _join(pointer: str, *keys: object) -> str:
    return pointer + "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


@frozen
class _Place:
    """A node of the document, with its references followed and its provenance inherited."""

    document: Schema = field(repr=False)
    pointer: str
    node: Any = field(repr=False)
    provenance: Provenance
    target: str

    def at(self, *keys: object) -> _Place:
        """Step down; a reference is followed, and what stands beside it wins over what it names."""
        place = self
        for key in keys:
            place = place._step(key)
        return place

    def _step(self, key: object) -> _Place:
        node = self.node[key]
        pointer = target = _join(self.target if key in self._referred() else self.pointer, key)
        provenance = self.provenance
        while isinstance(node, Mapping) and "$ref" in node:
            target = node["$ref"]
            referred = resolve(self.document, target)
            provenance = _inherited(self.document, target)
            node = {**referred, **{k: v for k, v in node.items() if k != "$ref"}}
        if isinstance(node, Mapping):
            provenance = node.get("x-provenance", provenance)
        return _Place(self.document, pointer, node, provenance, target)

    def _referred(self) -> Schema:
        if self.target == self.pointer:
            return {}
        own = resolve(self.document, self.pointer)
        referred = resolve(self.document, self.target)
        return {key: referred[key] for key in referred if key not in own}


def _inherited(document: Schema, pointer: str) -> Provenance:
    node: Any = document
    provenance: Provenance = document.get("x-provenance", "convention")
    for token in pointer.removeprefix("#").split("/")[1:]:
        node = resolve(node, f"#/{token}")
        if isinstance(node, Mapping):
            provenance = node.get("x-provenance", provenance)
    return provenance


def _operations(document: Schema) -> Iterator[Operation]:
    root = _Place(document, "#", document, document.get("x-provenance", "convention"), "#")
    for path in document.get("paths", {}):
        item = root.at("paths", path)
        for method in METHODS:
            if method in item.node:
                yield _operation(path, method, item, item.at(method))


def _operation(path: str, method: str, item: _Place, place: _Place) -> Operation:
    node = place.node
    body = place.at("requestBody") if "requestBody" in node else None
    form = body.at("content", FORM) if body and FORM in body.node["content"] else None
    parameters = tuple(
        _parameter(owner.at("parameters", index))
        for owner in (item, place)
        for index in range(len(owner.node.get("parameters", ())))
    )
    return Operation(
        id=node["operationId"],
        method=method.upper(),
        path=path,
        pointer=place.pointer,
        provenance=place.provenance,
        billable=bool(node.get("x-billable", False)),
        security=tuple(node.get("security", place.document.get("security", ()))),
        body_pointer=body.pointer if body else None,
        body_required=bool(body and body.node.get("required", False)),
        body_media_types=tuple(body.node["content"]) if body else (),
        fields=tuple(_fields(form)) if form else (),
        parameters=parameters,
        responses=tuple(
            _response(int(status), place.at("responses", status))
            for status in node["responses"]
            if str(status).isdigit()
        ),
    )


def _parameter(place: _Place) -> Parameter:
    node = place.node
    schema = place.at("schema").node
    return Parameter(
        node["name"], node["in"], place.pointer, schema, bool(node.get("required", False)), place.provenance
    )


def _fields(form: _Place) -> Iterator[Field]:
    schema = form.at("schema")
    required = schema.node.get("required", ())
    for name in schema.node.get("properties", {}):
        place = schema.at("properties", name)
        encoding = form.node.get("encoding", {}).get(name, {}).get("contentType", "text/plain")
        types = tuple(media_type.strip() for media_type in encoding.split(","))
        yield Field(name, place.pointer, _flat(place), name in required, place.provenance, types)


def _flat(place: _Place) -> Schema:
    """Follow the references that stand in a field's alternatives and items."""
    node = dict(place.node)
    for keyword in ("anyOf", "oneOf"):
        if keyword in node:
            node[keyword] = [_flat(place.at(keyword, index)) for index in range(len(node[keyword]))]
    if isinstance(node.get("items"), Mapping):
        node["items"] = _flat(place.at("items"))
    return node


def _response(status: int, place: _Place) -> Response:
    content = place.node.get("content", {})
    media_type = next((name for name in content if name.partition(";")[0].endswith("json")), None)
    schema = place.at("content", media_type, "schema") if media_type else None
    headers = {name: place.at("headers", name).node for name in place.node.get("headers", {})}
    return Response(
        status,
        place.pointer,
        place.provenance,
        tuple(content),
        schema.pointer if schema else None,
        tuple(_properties(schema, ())) if schema else (),
        headers,
    )


def _properties(schema: _Place, path: tuple[str, ...]) -> Iterator[Property]:
    required = schema.node.get("required", ())
    for name in schema.node.get("properties", {}):
        place = schema.at("properties", name)
        yield Property((*path, name), place.pointer, place.node, name in required, place.provenance)
        if place.pointer not in path and len(path) < 4:  # deep enough for any job object, and finite
            yield from _properties(place, (*path, name))
