"""What was sent: its bytes, its parts, and whether the contract allows it."""

from __future__ import annotations

import asyncio

from attrs import evolve
from starlette.requests import ClientDisconnect

from conformance.bodies import validity
from conformance.bodies.reading import MalformedBody, Trouble, read
from conformance.bodies.validity import Problem, Reading, StrictJsonError, Validity, strict_json
from conformance.contract import FORM, resolve
from conformance.reference.calls import Call, Refusal
from conformance.reference.shapes import documented_status, followed

__all__ = ["decode", "judge", "media_type", "receive", "refusal_of"]

_JSON = "application/json"
_DRAINED = 4  # how many times the limit is read and thrown away, so that the refusal can be read at all
_LONGEST_MESSAGE = 400
_STATUSES = {
    Trouble.MEDIA_TYPE: (415, 400),
    Trouble.MALFORMED: (400,),
    Trouble.TOO_LARGE: (413, 400),
}


async def receive(call: Call) -> Call:
    """Read the body as it comes, up to the limit, and never wait for ever."""
    if call.routed.body_pointer is None:
        return call
    limit = call.world.limits.body_size
    body, size = bytearray(), 0
    stream = call.request.stream()
    try:
        while True:
            async with asyncio.timeout(call.world.idle_seconds):
                chunk = await anext(stream, None)
            if chunk is None:
                break
            size += len(chunk)
            if size <= limit:
                body += chunk
            elif size > limit * _DRAINED:
                break
    except TimeoutError:
        raise Refusal(408, "the body did not arrive in time", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise Refusal(400, "the connection was closed before the body was complete") from None
    if size > limit:
        status = documented_status(call.routed, 413, 400)
        raise Refusal(status, f"the body is larger than {limit} bytes", headers={"Connection": "close"})
    return evolve(call, body=bytes(body))


async def decode(call: Call) -> Call:
    """Take the body apart, by its media type."""
    operation = call.routed
    if operation.body_pointer is None or (not call.body and not operation.body_required):
        return call
    if not call.body:
        raise Refusal(400, "a body is required")
    given = media_type(call)
    if given == _JSON and given in operation.body_media_types:
        return evolve(call, reading=_json_reading(call))
    if given not in operation.body_media_types or given != FORM:
        status = documented_status(operation, 415, 400)
        expected = " or ".join(operation.body_media_types)
        raise Refusal(status, f"the body is {given or 'of no declared media type'}; send {expected}")
    try:
        parts = read(call.request.headers.get("content-type"), call.body, call.world.limits)
    except MalformedBody as error:
        raise Refusal(documented_status(operation, *_STATUSES[error.trouble]), str(error)) from None
    return evolve(call, parts=parts)


async def judge(call: Call) -> Call:
    """Refuse what the contract forbids, advises against, or leaves so open that it cannot be read.

    Fields that the contract does not name are ignored. A value in a spelling that the contract leaves open
    (`+1`, `1.0`, `01`), and a single field that is repeated, are refused rather than guessed at.
    """
    operation = call.routed
    if operation.body_pointer is None:
        return call
    reading = call.reading or validity.judge(call.world.contract, operation, call.parts)
    for problem in reading.problems:
        if problem.aspect != "unknown" and problem.validity is not Validity.VALID:
            raise refusal_of(call, problem, readable=problem.field in reading.values)
    return evolve(call, reading=reading)


def refusal_of(call: Call, problem: Problem, *, readable: bool) -> Refusal:
    """Return the refusal that tells of a problem: 422 where the value could be read, 400 where not."""
    status = documented_status(call.routed, 422, 400) if readable else 400
    message = f"{problem.field}: {problem.message}" if problem.field else problem.message
    if len(message) > _LONGEST_MESSAGE:
        message = message[:_LONGEST_MESSAGE] + "…"
    return Refusal(status, message, field=problem.field or None)


def media_type(call: Call) -> str:
    """Return the media type of the body, in lower case and without parameters."""
    return call.request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _json_reading(call: Call) -> Reading:
    operation = call.routed
    try:
        value = strict_json(call.body.decode())
    except (UnicodeDecodeError, StrictJsonError) as error:
        raise Refusal(400, f"the body cannot be read: {error}") from None
    contract = call.world.contract
    body = followed(contract, resolve(contract.document, operation.body_pointer or "#"))
    schema = body["content"][_JSON].get("schema", {})
    problems = tuple(
        Problem(".".join(map(str, error.instance_path)), "schema", Validity.INVALID, error.message)
        for error in contract.validator(schema).iter_errors(value)
    )
    return Reading(value if isinstance(value, dict) else {}, problems)
