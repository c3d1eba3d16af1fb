"""Writes the parameters of a request, and reads a request back from what goes over the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from conformance.bodies.codecs import codec, documented_media
from conformance.bodies.part import Part
from conformance.bodies.troubles import Limits
from conformance.contract import MediaType, Operation

__all__ = [
    "COOKIE_SAFE",
    "can_stand",
    "content_type_of",
    "read_body",
    "read_parameters",
    "write_headers",
    "write_target",
]

COOKIE_SAFE = "!#$&'()*+-./:<=>?@[]^_`{|}~"
"""What may stand in a cookie's value as it is, besides letters and digits (RFC 6265, 4.1.1); not the percent sign."""

_LONGEST = {"path": 1000, "query": 4000, "header": 4000, "cookie": 2000}


def can_stand(part: Part) -> bool:
    """Tell whether a value can be written in its place at all, and read back there."""
    value = part.value
    if part.location == "body":
        return True
    if len(value) > _LONGEST[part.location]:
        return False
    if part.location == "path":
        return value not in (b"", b".", b"..")
    if part.location == "header":
        return all(32 <= byte < 127 for byte in value) and value == value.strip()
    return True


def write_target(operation: Operation, parts: Iterable[Part]) -> str:
    """Return path and query of a request, percent-encoded; a path parameter that is not given stays as it is."""
    path, pairs = operation.path, []
    for part in parts:
        if part.location == "path":
            path = path.replace(f"{{{part.name}}}", quote(part.value, safe=""))
        elif part.location == "query":
            pairs.append(f"{quote(part.name or '', safe='')}={quote(part.value, safe='')}")
    return path + ("?" + "&".join(pairs) if pairs else "")


def write_headers(parts: Iterable[Part]) -> tuple[tuple[str, str], ...]:
    """Return the header fields that carry parameters; cookies share one."""
    given = tuple(parts)
    headers = [(part.name or "", part.value.decode("latin-1")) for part in given if part.location == "header"]
    cookies = [f"{part.name}={quote(part.value, safe=COOKIE_SAFE)}" for part in given if part.location == "cookie"]
    return (*headers, *([("Cookie", "; ".join(cookies))] if cookies else []))


def read_parameters(operation: Operation, target: str, headers: Iterable[tuple[str, str]]) -> tuple[Part, ...]:
    """Return what a request gives for the parameters of an operation, and whatever else stands in its query.

    Args:
        operation: that was called.
        target: path and query, as they were sent.
        headers: of the request.
    """
    path, _, query = target.partition("?")
    received = [(name.lower(), value) for name, value in headers]
    return (
        *_in_path(operation, path),
        *_in_query(operation, query),
        *_in_headers(operation, received),
        *_in_cookies(operation, received),
    )


def content_type_of(headers: Iterable[tuple[str, str]]) -> str | None:
    """Return what a request says that its body is; None where it does not."""
    return next((value for name, value in headers if name.lower() == "content-type"), None)


def read_body(
    operation: Operation, content_type: str | None, body: bytes, limits: Limits | None = None
) -> tuple[MediaType, tuple[Part, ...]]:
    """Return the parts of a body, and the documented media type that it is in.

    Raises:
        MalformedBody: the operation documents no such body, or it cannot be read.
    """
    media = documented_media(operation, content_type)
    return media, codec(media).decode(media, content_type or "", body, limits or Limits())


def _in_path(operation: Operation, path: str) -> Iterator[Part]:
    names = re.findall(r"\{([^/{}]+)\}", operation.path)
    template = re.sub(r"\\\{[^/{}]+\\\}", "([^/]+)", re.escape(operation.path))
    match = re.fullmatch(template, path)
    for name, value in zip(names, match.groups() if match else (), strict=False):
        yield Part(name, unquote_to_bytes(value), location="path")


def _in_query(operation: Operation, query: str) -> Iterator[Part]:
    hidden = {scheme.parameter for way in operation.security for scheme in way if scheme.location == "query"}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"):
        if name not in hidden:
            yield Part(name, value.encode("utf-8", "surrogateescape"), location="query")


def _in_headers(operation: Operation, headers: list[tuple[str, str]]) -> Iterator[Part]:
    for declared in operation.inputs_in("header"):
        for name, value in headers:
            if name == declared.name.lower():
                yield Part(declared.name, value.encode("latin-1", "replace"), location="header")


def _in_cookies(operation: Operation, headers: list[tuple[str, str]]) -> Iterator[Part]:
    wanted = {declared.name for declared in operation.inputs_in("cookie")}
    for name, value in headers:
        for pair in value.split(";") if name == "cookie" else ():
            key, _, text = pair.strip().partition("=")
            if key in wanted:
                yield Part(key, unquote_to_bytes(text), location="cookie")
