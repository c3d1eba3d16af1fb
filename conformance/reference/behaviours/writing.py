"""How answers are written: headers, media types, encodings and broken JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from attrs import evolve

from conformance.reference.binding import HeaderName
from conformance.reference.calls import Call, PreparedReply
from conformance.reference.registry import after

__all__: list[str] = []


@after("render")
def sets_header(call: Call, *, name: HeaderName, value: str) -> Call:
    """Send a header with another value; `{token}` is filled in."""
    return _with_header(call, name.name, value.replace("{token}", call.world.token))


@after("render")
def adds_header(call: Call, *, name: HeaderName, value: str) -> Call:
    """Send a header besides one of the same name that may be there."""
    message = _message(call)
    return call.but(prepared=evolve(message, headers=(*message.headers, (name.name, value))))


@after("render")
def drops_header(call: Call, *, name: HeaderName) -> Call:
    """Do not send a header."""
    return _with_header(call, name.name, None)


@after("render")
def writes_html(call: Call) -> Call:
    """Reply with an HTML page."""
    message = _message(call)
    page = f"<html><head><title>{message.status}</title></head><body><h1>Error</h1></body></html>"
    return _with_header(_rewritten(call, lambda _: page.encode()), "Content-Type", "text/html")


@after("render")
def writes_plain_text(call: Call, *, text: str) -> Call:
    """Reply with a line of plain text."""
    return _with_header(_rewritten(call, lambda _: text.encode()), "Content-Type", "text/plain")


@after("render")
def writes_nothing(call: Call) -> Call:
    """Reply without a body."""
    return _rewritten(call, lambda _: b"")


@after("render")
def writes_indented(call: Call) -> Call:
    """Write JSON for people to read."""
    return _rewritten(call, lambda body: json.dumps(json.loads(body), indent=2).encode() + b"\n" if body else body)


@after("render")
def substitutes(call: Call, *, pattern: re.Pattern[str], to: str) -> Call:
    """Replace the first match in the text of the answer."""
    return _rewritten(call, lambda body: pattern.sub(to, body.decode(), count=1).encode())


@after("render")
def encodes_as(call: Call, *, codec: str, before: str = "") -> Call:
    """Write text in another encoding, with something before it."""
    return _rewritten(call, lambda body: before.encode(codec) + body.decode().encode(codec, "backslashreplace"))


@after("render")
def repeats_its_first_name(call: Call) -> Call:
    """Write the first member of the object twice."""

    def repeated(body: bytes) -> bytes:
        members = json.loads(body)
        name = json.dumps(next(iter(members)))
        return b"{" + f"{name}:null,".encode() + body[1:]

    return _rewritten(call, repeated)


@after("render")
def appends(call: Call, *, text: str) -> Call:
    """Write something after the JSON."""
    return _rewritten(call, lambda body: body + text.encode())


@after("render")
def stops_short(call: Call, *, missing: int) -> Call:
    """Leave the end of the text out, and declare what is left as the whole."""
    return _rewritten(call, lambda body: body[:-missing])


def _message(call: Call) -> PreparedReply:
    if call.prepared is None:
        raise LookupError("the call has no message yet")
    return call.prepared


def _rewritten(call: Call, change: Callable[[bytes], bytes]) -> Call:
    message = _message(call)
    return call.but(prepared=evolve(message, body=change(message.body)))


def _with_header(call: Call, name: str, value: str | None) -> Call:
    message = _message(call)
    kept = tuple(header for header in message.headers if header[0].lower() != name.lower())
    return call.but(prepared=evolve(message, headers=kept if value is None else (*kept, (name, value))))
