"""Finds the operation that a request is for."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

from conformance.bodies.requests import read_parameters
from conformance.reference.calls import Call, Refusal
from conformance.reference.services import Service

__all__ = ["allowed_methods", "here", "route", "serve_by"]

_PLAIN = "!$&'()*+,;=:@"  # what RFC 3986 allows in a segment as it is, beside the unreserved characters


async def route(call: Call) -> Call:
    """Find the operation by path and method; 404 and 405 are settled here."""
    method, found = call.request.method, here(call)
    for service in found:
        if method in (service.operation.method, "HEAD" if service.operation.method == "GET" else ""):
            return serve_by(call, service)
    allowed = allowed_methods(found)
    if allowed:
        message = f"{method} is not allowed here; use {' or '.join(allowed)}"
        raise Refusal(405, message, headers={"Allow": ", ".join(allowed)})
    raise Refusal(404, "there is nothing at this path")


def here(call: Call) -> list[Service]:
    """Return what the contract has at the path of a call."""
    path = _path(call)
    return [service for service in call.world.services if service.pattern.fullmatch(path)]


def serve_by(call: Call, service: Service) -> Call:
    """Return the call as one of an operation, with what was sent for its parameters."""
    if not service.operation.parameters:
        return call.but(service=service)
    scope = call.request.scope
    target = f"{_path(call)}?{scope['query_string'].decode('latin-1')}"
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    return call.but(service=service, parameters=read_parameters(service.operation, target, headers))


def allowed_methods(found: list[Service]) -> tuple[str, ...]:
    """Return the methods of operations on one path."""
    methods = tuple(service.operation.method for service in found)
    return (*methods, "HEAD") if "GET" in methods and "HEAD" not in methods else methods


def _path(call: Call) -> str:
    """Return the path as it was sent, what needs no percent sign without it (RFC 3986, section 6.2.2.2)."""
    raw: bytes = call.request.scope.get("raw_path") or call.request.scope["path"].encode()
    if b"%" not in raw:
        return raw.decode("latin-1")
    return "/".join(quote(unquote_to_bytes(segment), safe=_PLAIN) for segment in raw.decode("latin-1").split("/"))
