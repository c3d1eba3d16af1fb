"""The stages that read a request: its bytes, its parts, and whether the contract allows it."""

from __future__ import annotations

import asyncio

from conformance.bodies import validity
from conformance.bodies.codecs import essence
from conformance.bodies.requests import read_body
from conformance.bodies.troubles import MalformedBody, Trouble
from conformance.bodies.validity import Problem, Reading, Validity
from conformance.contract import Operation
from conformance.reference.calls import Call, Refusal
from conformance.reference.refusals import documented_status

__all__ = ["decode", "judge", "media_type", "read", "receive", "refusal_of"]

_DRAINED = 4  # how many times the limit is read and thrown away, so that the refusal can be read at all
_LONGEST_MESSAGE = 400
_UNREADABLE = (400, 422)
_STATUSES = {
    Trouble.MEDIA_TYPE: (415, 400, 422),
    Trouble.MALFORMED: _UNREADABLE,
    Trouble.TOO_LARGE: (413, 400, 422),
}


async def receive(call: Call) -> Call:
    """Read the body as it comes, up to the limit, and never wait for ever."""
    if call.routed.body is None:
        return call
    limit = call.world.limits.body_size
    body, size = bytearray(), 0
    is_whole = False
    try:
        while not is_whole and size <= limit * _DRAINED:
            async with asyncio.timeout(call.world.idle_seconds):
                message = await call.request.receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "the connection was closed before the body was complete")
            is_whole = not message.get("more_body", False)
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= limit:
                body += chunk
    except TimeoutError:
        raise Refusal(408, "the body did not arrive in time", headers={"Connection": "close"}) from None
    if size > limit:
        status = documented_status(call.routed, *_STATUSES[Trouble.TOO_LARGE])
        raise Refusal(status, f"the body is larger than {limit} bytes", headers={"Connection": "close"})
    return call.but(body=bytes(body))


async def decode(call: Call) -> Call:
    """Take the body apart, by its media type."""
    body = call.routed.body
    if body is None or (not call.body and not body.required):
        return call
    if not call.body:
        raise Refusal(documented_status(call.routed, *_UNREADABLE), "a body is required")
    content_type = call.request.headers.get("content-type")
    try:
        media, parts = read_body(call.routed, content_type, call.body, call.world.limits)
    except MalformedBody as error:
        raise Refusal(documented_status(call.routed, *_STATUSES[error.trouble]), str(error)) from None
    return call.but(media=media, parts=parts)


async def judge(call: Call) -> Call:
    """Refuse what the contract forbids, advises against, or leaves so open that it cannot be read.

    Names that the contract does not know are ignored. A value in a spelling that the contract leaves open
    (`+1`, `1.0`, `01`), and a single input that is repeated, are refused rather than guessed at.
    """
    reading = read(call)
    for problem in reading.problems:
        if problem.aspect != "unknown" and problem.validity is not Validity.VALID:
            raise refusal_of(call.routed, problem, readable=problem.field in reading.values)
    return call.but(reading=reading)


def read(call: Call) -> Reading:
    """Return what was sent as values, and what is wrong with them."""
    if call.reading is not None:
        return call.reading
    if call.media is None:
        return validity.judge(call.served.bodiless, call.parameters)
    return validity.judge(call.routed, (*call.parameters, *call.parts), call.media)


def refusal_of(operation: Operation, problem: Problem, *, readable: bool) -> Refusal:
    """Return the refusal that tells of a problem: 422 where the value could be read, 400 where not."""
    statuses = (422, 400) if readable else _UNREADABLE
    in_path = {declared.name for declared in operation.parameters if declared.location == "path"}
    status = documented_status(operation, *statuses, *([404] if problem.field in in_path else []))
    message = f"{problem.field}: {problem.message}" if problem.field else problem.message
    if len(message) > _LONGEST_MESSAGE:
        message = message[:_LONGEST_MESSAGE] + "…"
    return Refusal(status, message, field=problem.field or None)


def media_type(call: Call) -> str:
    """Return the media type of the body, in lower case and without parameters."""
    return essence(call.request.headers.get("content-type"))
