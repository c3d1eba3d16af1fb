"""Delivery: late, never, in part, or not as HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import time

from attrs import evolve

from conformance.reference.calls import Call, Refusal
from conformance.reference.pipeline import Handler
from conformance.reference.protocol import TRANSPORT
from conformance.reference.registry import around

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
    _transport(call).abort()
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
    _transport(call).close()
    return call


@around("deliver")
async def dates_by(call: Call, inner: Handler, *, form: str | None = None, offset: int = 0) -> Call:
    """Send a date in another form (of `strftime`), or of another clock; None leaves it out."""
    _transport(call).get_protocol().cycle.default_headers = []  # type: ignore[attr-defined]  # uvicorn's own protocol
    message = call.prepared
    if message is None or form is None:
        return await inner(call)
    date = time.strftime(form, time.gmtime(time.time() + offset))
    return await inner(call.but(prepared=evolve(message, headers=(*message.headers, ("Date", date)))))


@around("deliver")
async def talks_no_http(call: Call, inner: Handler, *, text: str) -> Call:
    """Write something else than HTTP to the connection, and close it."""
    del inner
    transport = _transport(call)
    transport.write(text.encode())
    transport.close()
    await asyncio.sleep(_UNTIL_GONE)
    return call


def _transport(call: Call) -> asyncio.Transport:
    found: asyncio.Transport = call.request.scope["state"][TRANSPORT]
    return found
