"""Compares a request, as it is on the wire, with what a vector expects; written from the format's description alone."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, unquote

from conformance.bodies.part import Part
from conformance.bodies.requests import read_body
from conformance.contract import Operation
from tests.vectors.writing import TOKEN, SentBytes

__all__ = ["differences"]

_BASIC = base64.b64encode(TOKEN.encode()).decode()


def differences(operation: Operation, expected: Mapping[str, Any], sent: SentBytes) -> list[str]:
    """What in a request is not as a vector has it, in words; nothing where all is."""
    return list(_differences(operation, expected, sent))


def _differences(operation: Operation, expected: Mapping[str, Any], sent: SentBytes) -> Iterator[str]:
    if sent.method != expected["method"]:
        yield f"method {sent.method}"
    path, _, query = sent.target.partition("?")
    if [unquote(step) for step in path.split("/")] != [unquote(step) for step in expected["path"].split("/")]:
        yield f"path {path}"
    wanted = [(name, _filled(value) if isinstance(value, str) else value) for name, value in expected["query"]]
    if not _are_pairs(parse_qsl(query, keep_blank_values=True), wanted):
        yield f"query {query}"
    headers = {name.lower(): value for name, value in sent.headers}
    for name, value in expected["headers"].items():
        if headers.get(name) != _filled(value):
            yield f"header {name}: {headers.get(name)}"
    yield from _body(operation, expected["body"], headers.get("content-type"), sent.body)


def _filled(text: str) -> str:
    return text.replace("{token}", TOKEN).replace("{basic}", _BASIC)


def _body(
    operation: Operation, expected: Mapping[str, Any] | None, content_type: str | None, body: bytes
) -> Iterator[str]:
    if expected is None:
        if body:
            yield "a body"
        return
    if not fnmatchcase((content_type or "").partition(";")[0].lower(), expected["media_type"].lower()):
        yield f"media type {content_type}"
    elif "json" in expected:
        if not _is_json(body, expected["json"]):
            yield "JSON"
    elif "parts" in expected:
        yield from _parts(expected["parts"], read_body(operation, content_type, body)[1])
    elif "fields" in expected:
        fields = [(part.name, part.value.decode()) for part in read_body(operation, content_type, body)[1]]
        if not _are_pairs(fields, [(name, value) for name, value in expected["fields"]]):
            yield f"fields {fields}"
    elif body != _content(expected):
        yield "bytes"


def _are_pairs(pairs: Sequence[tuple[str | None, str]], expected: Sequence[tuple[str | None, Any]]) -> bool:
    found, wanted = _by_name(pairs), _by_name(expected)
    return found.keys() == wanted.keys() and all(
        len(found[name]) == len(values) and all(map(_is_value, found[name], values)) for name, values in wanted.items()
    )


def _is_value(text: str, value: Any) -> bool:
    return text == value if isinstance(value, str) else _is_json(text.encode(), value["json"])


def _by_name(pairs: Sequence[tuple[str | None, Any]]) -> Mapping[str | None, list[Any]]:
    found: dict[str | None, list[Any]] = defaultdict(list)
    for name, value in pairs:
        found[name].append(value)
    return found


def _parts(expected: Sequence[Mapping[str, Any]], sent: Sequence[Part]) -> Iterator[str]:
    ways: dict[str, list[list[Mapping[str, Any]]]] = {}
    for part in expected:
        if "any_of" in part:
            ways[part["name"]] = part["any_of"]
        else:
            ways.setdefault(part["name"], [[]])[0].append(part)
    for name in {part.name for part in sent} - set(ways):
        yield f"a part {name}"
    for name, offered in ways.items():
        there = [part for part in sent if part.name == name]
        if not any(len(way) == len(there) and all(map(_is_so, way, there)) for way in offered):
            yield f"the parts {name}: {there}"


def _is_so(expected: Mapping[str, Any], part: Part) -> bool:
    filename, allowed = expected["filename"], expected["content_type"] or [None]
    names = filename if isinstance(filename, list) else [filename]
    is_named = part.filename is not None if filename == {"any": True} else part.filename in names
    label = part.content_type
    is_labelled = any(
        label in (None, "text/plain") if pattern is None else fnmatchcase(label or "", pattern) for pattern in allowed
    )
    if "json" in expected:
        return is_named and is_labelled and _is_json(part.value, expected["json"])
    return is_named and is_labelled and part.value == _content(expected)


def _is_json(text: bytes, value: Any) -> bool:
    try:
        return bool(json.loads(text) == value)
    except ValueError:
        return False


def _content(expected: Mapping[str, Any]) -> bytes:
    text = expected.get("text")
    return base64.b64decode(expected["base64"]) if text is None else str(text).encode()
