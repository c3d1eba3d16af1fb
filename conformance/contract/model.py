"""The contract as frozen values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs
from attrs import field, frozen

__all__ = [
    "FORM",
    "METHODS",
    "Contract",
    "Field",
    "Lifecycle",
    "Operation",
    "Parameter",
    "Property",
    "Provenance",
    "Response",
    "Schema",
    "Stage",
    "resolve",
]

Provenance = Literal["documented", "convention"]
Stage = Literal["waiting", "running", "succeeded", "failed"]
Schema = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FORM = "multipart/form-data"
_BASE_URI = "urn:contract"
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minLength", "maxLength", "pattern", "const")


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
class Bound:
    """A limit on the values of a field."""

    keyword: str
    value: Any
    provenance: Provenance
    pointer: str


@frozen(eq=False)
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
    def bounds(self) -> tuple[Bound, ...]:
        """What the contract demands, and what it suggests, beyond the type: `minimum: 1` and the like."""
        demanded = (Bound(k, v, self.provenance, f"{self.pointer}/{k}") for k, v in self.schema.items() if k in _BOUNDS)
        suggested = (Bound(k, v, "convention", f"{self.pointer}/x-should/{k}") for k, v in (self.should or {}).items())
        return (*demanded, *suggested)

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


@frozen(eq=False)
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


@frozen(eq=False)
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
