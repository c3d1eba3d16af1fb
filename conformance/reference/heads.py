"""A rough reading of a form's raw bytes, for behaviours that trip over its framing."""

from __future__ import annotations

from email.message import Message

from starlette.requests import Request

from conformance.reference.calls import Call

__all__ = ["boundary", "declared_boundary", "heads", "with_header"]


def declared_boundary(call: Call) -> str:
    """Return the boundary that the Content-Type header declares, or nothing."""
    message = Message()
    message["Content-Type"] = call.request.headers.get("content-type", "")
    found = message.get_param("boundary", "")
    return found if isinstance(found, str) else ""


def boundary(call: Call) -> bytes:
    """Return the line that parts begin with."""
    return b"--" + declared_boundary(call).encode("latin-1", "replace")


def heads(call: Call) -> list[str]:
    """Return the header lines of each part, as they were sent."""
    line = boundary(call)
    if line == b"--":
        return []
    segments = call.body.split(line)[1:]
    return [
        segment.lstrip(b"\r\n").partition(b"\r\n\r\n")[0].decode("latin-1")
        for segment in segments
        if not segment.startswith(b"--")
    ]


def with_header(call: Call, name: str, value: str) -> Call:
    """Return the call as if one of its headers had another value."""
    scope = dict(call.request.scope)
    kept = [(key, old) for key, old in scope["headers"] if key != name.encode()]
    scope["headers"] = [*kept, (name.encode(), value.encode("latin-1"))]
    return call.but(request=Request(scope, call.request.receive))
