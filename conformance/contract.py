"""Reads the contract once, into frozen values that every other room works with."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs
import yaml
from attrs import field, frozen

from conformance.errors import ContractError

__all__ = [
    "Contract",
    "Field",
    "Lifecycle",
    "Operation",
    "Parameter",
    "Property",
    "Provenance",
    "Response",
    "Stage",
    "default_path",
    "load",
    "resolve",
]

Provenance = Literal["documented", "convention"]
Stage = Literal["waiting", "running", "succeeded", "failed"]
Schema = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FORM = "multipart/form-data"
_BASE_URI = "urn:contract"


@frozen
class Lifecycle:
    """The constants that a status should take, each with the stage of a job that it stands for."""

    stages: Mapping[str, Stage]

    def stage(self, status: object) -> Stage | None:
        """Return the stage that a status stands for, or None where it has none."""
        return self.stages.get(status) if isinstance(status, str) else None

    def statuses(self, *stages: Stage) -> tuple[str, ...]:
        """Return the statuses of some stages, in the contract's order."""
        return tuple(name for name, stage in self.stages.items() if stage in stages)

    @property
    def terminal(self) -> tuple[str, ...]:
        """The statuses after which a job no longer changes."""
        return self.statuses("succeeded", "failed")


@frozen
class Property:
    """One property of a response body, at any depth."""

    path: tuple[str, ...]
    pointer: str
    schema: Schema = field(repr=False)
    required: bool
    provenance: Provenance

    @property
    def name(self) -> str:
        """The property's path as people write it: `error.code`."""
        return ".".join(self.path)

    @property
    def role(self) -> str | None:
        """What the value is for (`x-role`)."""
        return self.schema.get("x-role")

    @property
    def should(self) -> Schema | None:
        """The schema that values SHOULD satisfy (`x-should`)."""
        return self.schema.get("x-should")

    @property
    def echoes(self) -> tuple[str, ...]:
        """Names of the request fields that the value repeats, the preferred one first (`x-echoes`)."""
        return tuple(expression.rpartition("/")[2] for expression in self.schema.get("x-echoes", ()))

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The stages of its values, where it is a status (`x-lifecycle`)."""
        stages = self.schema.get("x-lifecycle")
        return None if stages is None else Lifecycle(stages)

    def read(self, body: object) -> tuple[bool, Any]:
        """Look the property up in a decoded body; return whether it is there, and its value."""
        value = body
        for key in self.path:
            if not isinstance(value, Mapping) or key not in value:
                return False, None
            value = value[key]
        return True, value


@frozen
class Response:
    """One documented answer of an operation."""

    status: int
    pointer: str
    provenance: Provenance
    media_types: tuple[str, ...]
    schema_pointer: str | None
    properties: tuple[Property, ...] = field(repr=False)
    headers: Mapping[str, Schema] = field(repr=False)

    def by_role(self, role: str) -> Property | None:
        """Return the top-level property that has a role, if any."""
        return next((p for p in self.properties if p.role == role and len(p.path) == 1), None)

    def header_by_role(self, role: str) -> str | None:
        """Return the name of the header that has a role, if any."""
        return next((name for name, header in self.headers.items() if header.get("x-role") == role), None)


@frozen
class Field:
    """One field of a request form."""

    name: str
    pointer: str
    schema: Schema = field(repr=False)
    required: bool
    provenance: Provenance
    content_types: tuple[str, ...]

    @property
    def should(self) -> Schema | None:
        """The schema that values SHOULD satisfy (`x-should`)."""
        return self.schema.get("x-should")

    @property
    def examples(self) -> tuple[Any, ...]:
        """Valid values of the field, from its own examples or its enum."""
        return tuple(self.schema.get("examples", ())) or tuple(self.schema.get("enum", ()))

    @property
    def branches(self) -> tuple[Schema, ...]:
        """The alternatives of a union, or the schema alone."""
        return tuple(self.schema.get("anyOf") or self.schema.get("oneOf") or (self.schema,))


@frozen
class Parameter:
    """A path, query or header parameter."""

    name: str
    location: str
    pointer: str
    schema: Schema = field(repr=False)
    required: bool
    provenance: Provenance


@frozen
class Operation:
    """One method on one path."""

    id: str
    method: str
    path: str
    pointer: str
    provenance: Provenance
    billable: bool
    security: tuple[Schema, ...] = field(repr=False)
    body_pointer: str | None
    body_required: bool
    body_media_types: tuple[str, ...]
    fields: tuple[Field, ...] = field(repr=False)
    parameters: tuple[Parameter, ...] = field(repr=False)
    responses: tuple[Response, ...] = field(repr=False)

    @property
    def success(self) -> Response:
        """The first documented 2xx answer."""
        return next(response for response in self.responses if 200 <= response.status < 300)

    @property
    def refusals(self) -> tuple[Response, ...]:
        """The documented 4xx and 5xx answers."""
        return tuple(response for response in self.responses if response.status >= 400)

    def serves(self, address: str) -> bool:
        """Tell whether a path, without a query, is one of this operation's."""
        template = re.sub(r"\\\{[^/{}]+\\\}", "[^/]+", re.escape(self.path))
        return re.fullmatch(template, address) is not None

    def response(self, status: int) -> Response | None:
        """Return the documented answer with a status, if any."""
        return next((response for response in self.responses if response.status == status), None)

    def field(self, name: str) -> Field | None:
        """Return the form field with a name, if any."""
        return next((f for f in self.fields if f.name == name), None)


@frozen
class Contract:
    """The whole contract; `document` is the OpenAPI document as plain data."""

    path: Path
    document: Schema = field(repr=False)
    sha256: str
    operations: tuple[Operation, ...] = field(repr=False)
    _validators: dict[object, Any] = field(factory=dict, init=False, repr=False, eq=False)

    @property
    def version(self) -> str:
        """The contract's own version (`info.version`)."""
        return str(self.document["info"]["version"])

    @property
    def title(self) -> str:
        """The contract's title (`info.title`)."""
        return str(self.document["info"]["title"])

    @property
    def servers(self) -> tuple[str, ...]:
        """Base URLs that the contract names."""
        return tuple(server["url"] for server in self.document.get("servers", ()))

    @property
    def create(self) -> Operation:
        """The billable operation, the one that makes jobs."""
        return next(operation for operation in self.operations if operation.billable)

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry([(_BASE_URI, dict(self.document))], draft=jsonschema_rs.Draft202012)

    def validator(self, schema: Schema | str) -> jsonschema_rs.Draft202012Validator:
        """Return a JSON Schema 2020-12 validator of a schema, or of the schema at a pointer, of this contract."""
        key = schema if isinstance(schema, str) else id(schema)
        if key not in self._validators:
            target: Any = {"$ref": f"{_BASE_URI}{schema}"} if isinstance(schema, str) else _absolute(schema)
            validator = jsonschema_rs.Draft202012Validator(target, registry=self._registry)
            self._validators[key] = (schema, validator)  # the schema too, so that its id is not used again
        found: jsonschema_rs.Draft202012Validator = self._validators[key][1]
        return found

    def effective(self, pointer: str) -> Schema:
        """Return the schema at a pointer, with its reference followed."""
        schema: Schema = resolve(self.document, pointer)
        while "$ref" in schema:
            schema = {**resolve(self.document, schema["$ref"]), **{k: v for k, v in schema.items() if k != "$ref"}}
        return schema

    def operation(self, operation_id: str) -> Operation:
        """Return the operation with an id.

        Raises:
            KeyError: the contract has none.
        """
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


def default_path() -> Path:
    """Return the contract of this checkout, or the copy inside an installed package."""
    checkout = Path(__file__).resolve().parent.parent / "openapi.yaml"
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
        document = yaml.load(raw, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
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


def resolve(document: Schema, pointer: str) -> Any:
    """Return what a JSON pointer in URI fragment form (`#/a/b`) names.

    Raises:
        LookupError: nothing is there.
    """
    node: Any = document
    for token in pointer.removeprefix("#").split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def _join(pointer: str, *keys: object) -> str:
    return pointer + "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def _absolute(schema: Any) -> Any:
    """Rewrite local references so that a schema can stand outside of its document."""
    if isinstance(schema, Mapping):
        return {
            key: _BASE_URI + value if key == "$ref" and str(value).startswith("#") else _absolute(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_absolute(item) for item in schema]
    return schema


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
