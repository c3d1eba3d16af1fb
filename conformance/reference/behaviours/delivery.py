"""Delivery: late, never, in part, or not as HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from email.utils import formatdate

from attrs import evolve

from conformance.reference.calls import Call, Refusal
from conformance.reference.pipeline import Handler
from conformance.reference.protocol import outlet_of
from conformance.reference.registry import around, hearing

__all__: list[str] = []

_UNTIL_GONE = 0.05  # by then uvicorn knows that the connection is closed, and sends nothing more


@around("deliver")
async def waits(call: Call, inner: Handler, *, seconds: float) -> Call:
    """Reply late."""
    await asyncio.sleep(seconds)
    return await inner(call)


@around("judge")
async def hangs(call: Call, inner: Handler, *, seconds: float = 3600.0) -> Call:
    """Never come back from looking at an input."""
    await asyncio.sleep(seconds)
    return await inner(call)


@around("judge")
async def hangs_up(call: Call, inner: Handler) -> Call:
    """Drop the connection without an answer."""
    del inner
    outlet_of(call).abort()
    await asyncio.sleep(_UNTIL_GONE)
    raise Refusal(500, "nobody will read this")


@around("deliver")
async def stops_midway(call: Call, inner: Handler, *, missing: int) -> Call:
    """Declare a longer body than is sent, and close the connection."""
    message = call.prepared
    if message is None:
        return await inner(call)
    body = message.body[: len(message.body) - missing]
    headers = (*message.headers, ("Content-Length", str(len(message.body))))
    with contextlib.suppress(RuntimeError):  # which is what uvicorn makes of the missing bytes
        await inner(call.but(prepared=evolve(message, headers=headers, body=body)))
    outlet_of(call).close()
    return call


@around("deliver")
async def dates_by(call: Call, inner: Handler, *, offset: int) -> Call:
    """Send the date of another clock."""
    date = formatdate(time.time() + offset, usegmt=True)
    return await respells(call, inner, pattern=re.compile(r"\r\ndate: [^\r]*"), to=f"\r\ndate: {date}")


@around("deliver")
async def talks_no_http(call: Call, inner: Handler, *, text: str) -> Call:
    """Write something else than HTTP to the connection, and close it."""
    del inner
    outlet = outlet_of(call)
    outlet.write(text.encode())
    outlet.close()
    await asyncio.sleep(_UNTIL_GONE)
    return call


@around("deliver")
async def respells(call: Call, inner: Handler, *, pattern: re.Pattern[str], to: str) -> Call:
    """Replace the first match in each piece of the answer as it is written: the head, then the body."""
    outlet = outlet_of(call)
    outlet.change = lambda data: _replaced(data, pattern, to)
    try:
        return await inner(call)
    finally:
        outlet.change = None


@around("deliver")
async def streams(call: Call, inner: Handler) -> Call:
    """Do not say beforehand how long the answer is; uvicorn then sends it in chunks."""
    message = call.prepared
    if message is None or not message.body or call.request.method == "HEAD":
        return await inner(call)
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in message.headers]
    await call.send({"type": "http.response.start", "status": message.status, "headers": raw})
    await call.send({"type": "http.response.body", "body": message.body})
    return call


@around("deliver")
async def hangs_up_afterwards(call: Call, inner: Handler) -> Call:
    """Close the connection after the answer, without a word."""
    made = await inner(call)
    outlet_of(call).close()
    return made


@hearing
def mishears(data: bytes, *, pattern: re.Pattern[str], to: str) -> bytes:
    """Take what comes over a connection for something else: replace the first match in each piece."""
    return _replaced(data, pattern, to)


def _replaced(data: bytes, pattern: re.Pattern[str], to: str) -> bytes:
    return pattern.sub(to, data.decode("latin-1"), count=1).encode("latin-1")
