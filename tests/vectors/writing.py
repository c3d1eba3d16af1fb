"""Two writers of requests that know nothing of how vectors are made: one is httpx, the other writes bytes by hand.

Both read a call and the contract's own words for it: method, path, place, media type and `encoding`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
from attrs import frozen

from conformance.contract import Contract, Input, Operation
from conformance.vectors import VectorCall

__all__ = ["TOKEN", "SentBytes", "Writer", "by_hand", "by_httpx"]

TOKEN = "sk-vectors:4d2f9c61e7"
BASE = "http://127.0.0.1:1"
Field = tuple[str, str | None, str | None, bytes]


@frozen
class SentBytes:
    """A request as it is on the wire; the boundary and the length are in the headers."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


Writer = Callable[[Contract, VectorCall], SentBytes]


def by_httpx(contract: Contract, call: VectorCall) -> SentBytes:
    """Write a request as httpx does."""
    operation = contract.operation(call.operation)
    address = BASE + _path(operation, call.arguments.get("path", {}))
    query = [(name, text) for name, text in _pairs(operation, call, "query", str_of)]
    headers, cookies = dict(_pairs(operation, call, "header", str_of)), dict(_pairs(operation, call, "cookie", str_of))
    content = _httpx_body(operation, call)
    told = {**headers, **dict(_credentials(operation, "header")), **content.pop("headers", {})}
    params: Any = [*query, *_credentials(operation, "query")] or None
    request = httpx.Request(operation.method, address, params=params, headers=told, cookies=cookies, **content)
    body = request.read()
    return SentBytes(
        request.method, request.url.raw_path.decode(),
        tuple((name.decode(), value.decode("latin-1")) for name, value in request.headers.raw), body,
    )  # fmt: skip


def _httpx_body(operation: Operation, call: VectorCall) -> dict[str, Any]:
    if "body" not in call.arguments or operation.media is None:
        return {}
    body, kind = call.arguments["body"], operation.media.kind
    if kind == "multipart":
        parts = _fields(operation, body, lambda value: json.dumps(value, ensure_ascii=False))
        return {"files": [(name, (filename, content, label)) for name, filename, label, content in parts]}
    if kind == "urlencoded":
        return {"data": {name: value for name, value in body.items() if value != []}}
    if kind == "json":
        return {"json": body}
    return {"content": content_of(body), "headers": {"Content-Type": operation.media.name}}


def by_hand(contract: Contract, call: VectorCall) -> SentBytes:
    """Write a request in the unusual spelling that is as right: reversed, escaped, labelled, arrays whole."""
    operation = contract.operation(call.operation)
    query = [*_pairs(operation, call, "query", str_of), *_credentials(operation, "query")]
    target = _path(operation, call.arguments.get("path", {}))
    target += "?" + "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in query) if query else ""
    headers = [*_pairs(operation, call, "header", str_of), *_credentials(operation, "header")]
    cookies = "; ".join(f"{name}={quote(text, safe='')}" for name, text in _pairs(operation, call, "cookie", str_of))
    headers += [("cookie", cookies)] if cookies else []
    content_type, body = _body_by_hand(operation, call)
    return SentBytes(
        operation.method, target, (*headers, *([("content-type", content_type)] if content_type else [])), body
    )


def _body_by_hand(operation: Operation, call: VectorCall) -> tuple[str | None, bytes]:
    if "body" not in call.arguments or operation.media is None:
        return None, b""
    body, media = call.arguments["body"], operation.media
    if media.kind == "json":
        return f"{media.name};charset=utf-8", json.dumps(body, indent=1).encode()
    if media.kind == "urlencoded":
        fields = _fields(operation, body, json.dumps)
        return media.name, "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, _, _, value in fields
        ).encode()
    if media.kind == "octets":
        return media.name, content_of(body)
    boundary = "by-hand_7d1f0a2c"
    ordered = sorted(
        _fields(operation, body, lambda value: json.dumps(value, indent=2), whole=True), key=lambda each: each[0]
    )
    text = b"".join(f"--{boundary}\r\n{_head(field)}\r\n".encode() + field[3] + b"\r\n" for field in ordered)
    return f'multipart/form-data; boundary="{boundary}"', text + f"--{boundary}--\r\n".encode()


def _head(field: Field) -> str:
    name, filename, label, _ = field
    told = f'; filename="{_quoted(filename)}"' if filename is not None else ""
    head = f'content-disposition: form-data; name="{name}"{told}\r\n'
    return f"Content-Type: {label or 'text/plain; charset=UTF-8'}\r\n{head}"


def _quoted(filename: str) -> str:
    """Escape a filename as RFC 2183 has it; line breaks as browsers do, for which it has nothing."""
    plain = filename.replace("\\", "\\\\").replace('"', '\\"')
    return plain.replace("\r", "%0D").replace("\n", "%0A")


def _fields(
    operation: Operation, body: Mapping[str, Any], dumps: Callable[[Any], str], *, whole: bool = False
) -> Iterator[Field]:
    """Yield the fields of a form: name, filename, label, content."""
    for name, value in body.items():
        declared = operation.field(name)
        assert declared is not None
        if isinstance(value, list) and whole and value and isinstance(value[0], dict) and "$file" not in value[0]:
            yield name, None, "application/json", dumps(value).encode()
        elif isinstance(value, list) and declared.explode:
            yield from (_field(declared, item, dumps) for item in value)
        elif isinstance(value, list):
            yield name, None, None, ",".join(map(str_of, value)).encode()
        else:
            yield _field(declared, value, dumps)


def _field(declared: Input, value: Any, dumps: Callable[[Any], str]) -> Field:
    if isinstance(value, dict) and "$file" in value:
        file = value["$file"]
        allowed = [label for label in declared.content_types if "*" not in label] or ["application/octet-stream"]
        return declared.name, file.get("filename", "upload"), file.get("content_type", allowed[-1]), content_of(value)
    if isinstance(value, dict | list):
        return declared.name, None, "application/json", dumps(value).encode()
    return declared.name, None, None, str_of(value).encode()


def content_of(value: Any) -> bytes:
    """The bytes of a body that is one file, or text."""
    return base64.b64decode(value["$file"]["base64"]) if isinstance(value, dict) else str(value).encode()


def str_of(value: Any) -> str:
    """A value as text, as JSON has it but for texts."""
    return value if isinstance(value, str) else json.dumps(value)


def _path(operation: Operation, values: Mapping[str, Any]) -> str:
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", quote(str_of(value), safe=""))
    return path


def _pairs(operation: Operation, call: VectorCall, place: Any, text: Callable[[Any], str]) -> Iterator[tuple[str, str]]:
    declared = {each.name: each for each in operation.inputs_in(place)}
    for name, value in call.arguments.get(place, {}).items():
        if isinstance(value, list) and declared[name].explode:
            yield from ((name, text(item)) for item in value)
        elif isinstance(value, list):
            yield name, ",".join(map(text, value))
        else:
            yield name, text(value)


def _credentials(operation: Operation, place: str) -> Iterator[tuple[str, str]]:
    for scheme in operation.security[0] if operation.scheme is not None else ():
        if scheme.location == place:
            coded = base64.b64encode(TOKEN.encode()).decode()
            words = {"bearer": f"Bearer {TOKEN}", "basic": f"Basic {coded}"}
            yield scheme.parameter, words.get(scheme.kind, TOKEN)
