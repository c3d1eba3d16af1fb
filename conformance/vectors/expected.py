"""What a request must be on the wire, by what its call was given."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations, write
from conformance.bodies.requests import write_target
from conformance.contract import Input, Operation
from conformance.vectors.arguments import GivenFile, GivenValue

__all__ = ["expected_request", "with_labels"]

_JSON = "application/json"


def expected_request(operation: Operation, arguments: Sequence[GivenValue]) -> Mapping[str, Any]:
    """Return what the request of a call must be; the order of parts, and how bytes are framed, are left free."""
    outside = [(argument, _parameter(argument)) for argument in arguments if argument.declared.location != "body"]
    parameters = [part for _, parts in outside for part in parts]
    target = write_target(operation, [part for part in parameters if part.location == "path"])
    asked = [each for each in outside if each[0].declared.location == "query"]
    query = [pair for argument, parts in asked for pair in _pairs(argument, parts)]
    headers = {(part.name or "").lower(): part.value.decode() for part in parameters if part.location == "header"}
    cookies = {part.name or "": part.value.decode() for part in parameters if part.location == "cookie"}
    for place, name, value in _credentials(operation):
        if place == "query":
            query.append([name, value])
        else:
            (headers if place == "header" else cookies)[name] = value
    return {
        "method": operation.method,
        "path": target,
        "query": query,
        "headers": headers,
        **({"cookies": cookies} if cookies else {}),
        "body": _body(operation, [argument for argument in arguments if argument.declared.location == "body"]),
    }


def _credentials(operation: Operation) -> Iterator[tuple[str, str, str]]:
    """Yield place, name and value of each credential that the first alternative asks for."""
    for scheme in operation.security[0] if operation.scheme is not None else ():
        value = f"{scheme.word} {{{'basic' if scheme.kind == 'basic' else 'token'}}}".strip()
        name = scheme.parameter.lower() if scheme.location == "header" else scheme.parameter
        yield scheme.location, name, value


def _parameter(argument: GivenValue) -> tuple[Part, ...]:
    return _written(representations(argument.declared, None), argument.value)


def _written(offered: Sequence[Representation], value: Any) -> tuple[Part, ...]:
    """Write a value in the first way that takes it; outside of JSON, a list without items is nothing at all."""
    way = next((way for way in offered if way.schema.is_valid(value)), offered[0])
    return () if value == [] else write(way, value)


def _body(operation: Operation, arguments: Sequence[GivenValue]) -> Mapping[str, Any] | None:
    media = operation.media
    if media is None or not arguments:
        return None
    said: dict[str, Any] = {"media_type": media.name}
    if media.kind == "multipart":
        return {**said, "parts": [part for argument in arguments for part in _parts(argument)]}
    if media.kind == "urlencoded":
        return {**said, "fields": [pair for argument in arguments for pair in _fields(argument)]}
    if media.kind == "json":
        whole = next((argument.value for argument in arguments if argument.declared.is_whole), None)
        members = {argument.declared.name: argument.value for argument in arguments}
        return {**said, "json": whole if any(each.declared.is_whole for each in arguments) else members}
    value = arguments[0].value
    return {**said, **({"text": value} if isinstance(value, str) else _bytes(value))}


def _fields(argument: GivenValue) -> Iterator[list[Any]]:
    return _pairs(argument, _written(representations(argument.declared, "urlencoded"), argument.value))


def _pairs(argument: GivenValue, parts: Sequence[Part]) -> Iterator[list[Any]]:
    """Yield name and value of each part: a text, or what may be written in any way that JSON has for it."""
    values = argument.value if isinstance(argument.value, list) else [argument.value]
    for part, value in zip(parts, values if len(values) == len(parts) else [None] * len(parts), strict=True):
        is_json = isinstance(value, Mapping | list) or _is_number(argument.declared, value)
        yield [part.name or "", {"json": value} if is_json else part.value.decode()]


def _is_number(declared: Input, value: Any) -> bool:
    """Tell whether a value is compared by its worth: 20 is 20.0 then, and 1e21 has all its zeros."""
    items = declared.schema.items
    kinds = declared.schema.types | (items.types if items is not None else frozenset())
    return "number" in kinds and isinstance(value, int | float) and not isinstance(value, bool)


def _parts(argument: GivenValue) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of a form that stand for an argument."""
    declared, value = argument.declared, argument.value
    if not isinstance(value, list):
        yield _part(declared, value)
        return
    one_each = [_part(declared, item) for item in value]
    kinds = {way.kind for way in representations(declared, "multipart")}
    if "array" in kinds:
        whole = {"name": declared.name, "filename": None, "content_type": [_JSON, None], "json": value}
        yield {"name": declared.name, "any_of": [one_each, [whole]]}
    elif declared.explode or not value:
        yield from one_each
    else:
        yield {"name": declared.name, "filename": None, "content_type": None, "text": ",".join(map(_text, value))}


def _part(declared: Input, value: Any) -> Mapping[str, Any]:
    if isinstance(value, GivenFile):
        types = [value.content_type] if value.content_type is not None else list(declared.content_types)
        return {"name": declared.name, "filename": value.filename_on_the_wire, "content_type": types, **_bytes(value)}
    said: dict[str, Any] = {"name": declared.name, "filename": None}
    if isinstance(value, (Mapping, list)):
        return {**said, "content_type": _json_types(declared), "json": value}
    if _is_number(declared, value):
        return {**said, "content_type": None, "json": value}
    return {**said, "content_type": None, "text": _text(value)}


def _json_types(declared: Input) -> list[str | None]:
    """Return how a part with JSON may be labelled; where it could be text as well, only its label tells."""
    could_be_text = any(way.kind == "text" for way in representations(declared, "multipart"))
    return [_JSON] if could_be_text else [_JSON, None]


def with_labels(request: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a request in which a part has to say that it is JSON."""
    body = request["body"]
    parts = [{**part, "content_type": [_JSON]} if part["name"] == name else part for part in body["parts"]]
    return {**request, "body": {**body, "parts": parts}}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e21 else repr(value)


def _bytes(given: GivenFile) -> dict[str, str]:
    return {"base64": base64.b64encode(given.value).decode()}
