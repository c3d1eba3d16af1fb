"""Says a contract in the few words that openapi-python-client understands.

That generator refuses, or silently drops, much that OpenAPI allows: an `allOf` of different kinds, an enumeration of
texts and numbers, alternatives beside properties, most media types, lists outside of the query. What it is given is
therefore written anew from the contract's values: every object and enumeration has a name, each operation one body,
every answer one media type, and all parameters stand in the query, of which it asks nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import Factory, define, field, frozen
from openapi_python_client.strings import ClassName, PythonIdentifier

from conformance.contract import Contract, Input, MediaType, Operation, Schema
from conformance.contract.document import tokens
from conformance.contract.node import Node
from scripts.generator.shapes import enumerated, identity, is_closed, is_object, members, options, settled

__all__ = ["Argument", "NormalForm", "normal_form"]

_PREFIX = "field_"
_COMPONENTS = ("components", "schemas")
_BINARY = {"type": "string", "format": "binary"}
_BODIES = {
    "multipart": "multipart/form-data",
    "json": "application/json",
    "urlencoded": "application/x-www-form-urlencoded",
    "octets": "application/octet-stream",
}

# OpenAPI says these elsewhere, and asks to ignore them among the parameters.
_NO_PARAMETERS = ("accept", "authorization", "content-type")

# What a function or method that takes the arguments defines or imports itself.
_RESERVED = frozenset({"body", "client", "call", "expect", "options", "respond", "response", "url"})

# What generated modules import or define beside the models.
_IN_USE = frozenset(
    {"Any", "Awaitable", "Call", "CallOptions", "Callable", "FileInput", "Literal", "Mapping", "Response", "Self"}
    | {"Sequence", "Stage", "UNSET", "Unset"}
)


@frozen
class Argument:
    """A parameter, and the name under which the generator knows it."""

    name: str
    declared: Input


@frozen
class NormalForm:
    """A contract as the generator reads it, and what its names stand for in the contract.

    Attributes:
        document: what the generator reads.
        classes: the object or enumeration that each class stands for, by the class's name.
        operations: the operation that each function calls, by the function's name.
        arguments: the parameters of each function.
    """

    document: Mapping[str, Any] = field(repr=False)
    classes: Mapping[str, Schema] = field(repr=False)
    operations: Mapping[str, Operation] = field(repr=False)
    arguments: Mapping[str, tuple[Argument, ...]] = field(repr=False)

    def values(self, name: str) -> tuple[Any, ...]:
        """The values of the enumeration that a class stands for."""
        schemas = self.document["components"]["schemas"]
        found = next(written for key, written in schemas.items() if ClassName(key, _PREFIX) == name)
        return tuple(found["enum"])


def normal_form(contract: Contract) -> NormalForm:
    """Write a contract in normal form.

    Raises:
        ContractError: two names become one in Python, or a body is of a kind that the client cannot send.
    """
    naming = _Naming(contract)
    for name in naming.components:
        naming.place(Schema((Node.root(contract.document).raw(*_COMPONENTS, name),)), name)
    operations: dict[str, Operation] = {}
    arguments: dict[str, tuple[Argument, ...]] = {}
    paths: dict[str, Any] = {}
    for operation in contract.operations:
        name = str(PythonIdentifier(operation.id, _PREFIX))
        if name in operations:
            message = f"`{operations[name].id}` and `{operation.id}` both become `{name}`; call one of them otherwise"
            raise contract.document.error(operation.pointer, message)
        operations[name] = operation
        arguments[name] = tuple(_arguments(operation))
        paths[f"/{operation.id}"] = {operation.method.lower(): _written(naming, operation, arguments[name])}
    document = {
        "openapi": "3.1.0",
        "info": {"title": contract.title, "version": contract.version},
        "paths": paths,
        "components": {"schemas": naming.written},
    }
    classes = {str(ClassName(key, _PREFIX)): schema for key, schema in naming.schemas.items()}
    return NormalForm(document, classes, operations, arguments)


def _arguments(operation: Operation) -> Iterator[Argument]:
    """Give each parameter a name that no other argument of its function has."""
    fields = [str(PythonIdentifier(each.name, _PREFIX)) for each in operation.fields]
    taken = Counter([*fields, *(str(PythonIdentifier(each.name, _PREFIX)) for each in operation.parameters)])
    for declared in operation.parameters:
        if declared.location == "header" and declared.name.lower() in _NO_PARAMETERS:
            continue
        name = str(PythonIdentifier(declared.name, _PREFIX))
        is_free = taken[name] == 1 and name not in _RESERVED and name != PythonIdentifier(operation.id, _PREFIX)
        yield Argument(declared.name if is_free else f"{declared.name}_{declared.location}", declared)


def _written(naming: _Naming, operation: Operation, arguments: tuple[Argument, ...]) -> dict[str, Any]:
    place = Node.root(naming.contract.document).at(*tokens(operation.pointer))
    made: dict[str, Any] = {
        "operationId": operation.id,
        "tags": (place.get("tags") or [])[:1],
        "parameters": [
            {
                "name": each.name,
                "in": "query",
                "required": each.declared.required,
                "schema": naming.place(each.declared.schema, f"{operation.id} {each.declared.name}"),
            }
            for each in arguments
        ],
        "responses": {
            status: {"description": "", "content": _answer(naming, answer, f"{operation.id} response_{status}")}
            for status, answer in place.children("responses")
        },
    }
    if operation.body is not None and operation.media is not None:
        content = {_BODIES[operation.media.kind]: {"schema": _body(naming, operation, operation.media)}}
        made["requestBody"] = {"required": operation.body.required, "content": content}
    return made


def _body(naming: _Naming, operation: Operation, media: MediaType) -> Mapping[str, Any]:
    document = naming.contract.document
    if media.kind == "octets":
        if media.name.startswith("multipart/") or "*" in media.name.removeprefix("*/*"):
            raise document.error(media.pointer, f"the client cannot send `{media.name}`; name one media type")
        return {"type": "string"} if media.name.startswith("text/") else _BINARY
    is_form = media.kind != "json"
    if is_form and (media.schema is None or not is_object(media.schema)):
        raise document.error(media.pointer, "a form is an object with a property for each field; say which it has")
    return {} if media.schema is None else naming.place(media.schema, f"{operation.id} body", flat=is_form)


def _answer(naming: _Naming, place: Node, name: str) -> dict[str, Any]:
    """Return the one kind of body that the client reads: JSON if there is any, else text, else bytes."""
    kinds = {_essence(media): content for media, content in place.children("content")}
    for media, content in kinds.items():
        if media == "application/json" or media.endswith("+json"):
            schema = Schema((content.raw("schema"),)) if content.get("schema") is not None else None
            return {"application/json": {"schema": {} if schema is None else naming.place(schema, name)}}
    if any(media.startswith("text/") for media in kinds):
        return {"text/plain": {"schema": {"type": "string"}}}
    return {"application/octet-stream": {"schema": _BINARY}} if kinds else {}


def _essence(media: str) -> str:
    return media.partition(";")[0].strip().lower()


@define
class _Naming:
    """Writes schemas, and gives a name to each object and enumeration among them."""

    contract: Contract
    components: Mapping[str, str] = field(init=False)
    written: dict[str, Any] = Factory(dict)
    schemas: dict[str, Schema] = Factory(dict)
    _keys: dict[tuple[str, ...], str] = field(factory=dict, init=False)
    _modules: dict[str, str] = field(factory=dict, init=False)
    _open: frozenset[tuple[str, ...]] = field(default=frozenset(), init=False)

    def __attrs_post_init__(self) -> None:
        names = self.contract.document.data.get("components", {}).get("schemas") or ()
        self.components = {name: re.sub(r"[^\w.-]", "_", name) for name in names}

    def place(self, schema: Schema, name: str, *, flat: bool = False) -> dict[str, Any]:
        """Write what stands for a schema in one place: a reference, or something that needs no name."""
        schema = settled(schema)
        key = identity(schema)
        if key in self._open:
            # A list or a union that holds itself: there is no annotation for it.
            return {}
        outer, self._open = self._open, self._open | {key}
        name = self._component(schema) or name
        found = [settled(option) for option in options(schema, flat=flat)]
        named = [option for option in found if is_object(option) or enumerated(option)]
        made: list[dict[str, Any]] = []
        for index, option in enumerate(found):
            # One class among other kinds is named for its place, several are told apart.
            label = name if len(named) < 2 else option.keywords.get("title", f"{name} type_{index}")
            made.append(self._option(option, self._component(option) or label))
        self._open = outer
        if schema.nullable:
            made.append({"type": "null"})
        return made[0] if len(made) == 1 else {"anyOf": made}

    def _option(self, schema: Schema, name: str) -> dict[str, Any]:
        """Write one kind of values."""
        if values := enumerated(schema):
            kind = "string" if isinstance(values[0], str) else "integer"
            return self._class(schema, name, {"type": kind, "enum": list(values)})
        if schema.enum:
            return self._mixed(schema, name)
        if is_object(schema):
            return self._class(schema, name, None)
        if schema.types == {"array"}:
            return {"type": "array", "items": {} if schema.items is None else self.place(schema.items, f"{name} item")}
        return _scalar(schema)

    def _mixed(self, schema: Schema, name: str) -> dict[str, Any]:
        """Write values of several types: the texts among them are an enumeration, the others are of any value."""
        texts = [value for value in schema.enum if isinstance(value, str)]
        kinds = schema.types - {"string"}
        made: list[dict[str, Any]] = [{"type": kind} for kind in sorted(kinds - {"array", "object"})]
        if kinds & {"array", "object"}:
            return {}
        if texts:
            made.insert(0, self._class(schema, name, {"type": "string", "enum": texts}))
        return {"anyOf": made}

    def _class(self, schema: Schema, name: str, written: dict[str, Any] | None) -> dict[str, Any]:
        """Refer to the class of a schema; write it where that has not been done yet."""
        key = self._keys.get(identity(schema))
        if key is None:
            key = self._keys[identity(schema)] = self._unused(schema, name)
            self.schemas[key] = schema
            self.written[key] = {}
            self.written[key] = self._object(schema, key) if written is None else written
        return {"$ref": f"#/components/schemas/{key}"}

    def _object(self, schema: Schema, key: str) -> dict[str, Any]:
        # What stands inside a class has a name to refer to, so that a circle ends there.
        outer, self._open = self._open, frozenset()
        properties, required = members(schema)
        made = {
            "type": "object",
            "required": [name for name in properties if name in required],
            "properties": {name: self.place(member, f"{key} {name}") for name, member in properties.items()},
            "additionalProperties": not is_closed(schema),
        }
        self._open = outer
        return made

    def _component(self, schema: Schema) -> str | None:
        """The name of a schema that stands under `components`."""
        steps = tokens(schema.pointer)
        is_component = len(schema.roots) == 1 and len(steps) == 3 and steps[:2] == _COMPONENTS
        return steps[2] if is_component else None

    def _unused(self, schema: Schema, name: str) -> str:
        """A key for a schema whose class and module no other schema has."""
        # A union has no class, so the one class among its kinds may have its name.
        own = self._component(schema) or (name if name in self.components else None)
        key = self.components[own] if own is not None else str(ClassName(name, _PREFIX))
        if own is not None:
            if ClassName(key, _PREFIX) in _IN_USE:
                message = f"the client needs the name `{ClassName(key, _PREFIX)}` for itself; call the schema otherwise"
                raise self.contract.document.error(schema.pointer, message)
            if (other := self._modules.setdefault(_module(key), own)) != own:
                message = f"`{other}` and `{own}` both become the class `{ClassName(key, _PREFIX)}`; rename one of them"
                raise self.contract.document.error(schema.pointer, message)
            return key
        taken = {*self._modules, *map(_module, self.components.values())}
        candidates = [key, *(f"{key}{number}" for number in range(2, 1000))]
        chosen = next(each for each in candidates if _module(each) not in taken and each not in _IN_USE)
        self._modules[_module(chosen)] = chosen
        return chosen


def _scalar(schema: Schema) -> dict[str, Any]:
    constant = schema.keywords.get("const")
    if isinstance(constant, str | int) and not isinstance(constant, bool):
        return {"const": constant}
    if schema.is_file:
        return dict(_BINARY)
    return {"type": min(schema.types)} if len(schema.types) == 1 else {}


def _module(key: str) -> str:
    return str(PythonIdentifier(ClassName(key, _PREFIX), _PREFIX))
