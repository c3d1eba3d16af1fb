"""Things: what is found that is not there, not found that is, and not removed; and operations that are left out."""

from __future__ import annotations

from conformance.reference.calls import Call, Refusal
from conformance.reference.pipeline import Handler
from conformance.reference.refusals import documented_status
from conformance.reference.registry import around, before
from conformance.reference.services import sample_thing
from conformance.reference.working import make

__all__: list[str] = []


@around("route")
async def offers_only_what_it_must(call: Call, inner: Handler, *, status: int = 404) -> Call:
    """Have none of the operations that servers may do without."""
    found = await inner(call)
    if not found.routed.optional:
        return found
    headers = {"Allow": ""} if status == 405 else {}  # RFC 9110, 10.2.1: no method at all
    raise Refusal(status, "there is nothing at this path", headers=headers)


@before("work")
def finds_nothing(call: Call) -> Call:
    """Know nothing of what a path names."""
    raise Refusal(documented_status(call.routed, 404), f"there is nothing here (request {call.ordinal})")


@around("work")
async def finds_anything(call: Call, inner: Handler) -> Call:
    """Take what a path names for something that there is."""
    try:
        return await inner(call)
    except Refusal:
        return call.but(thing=make(call, None) if call.served.makes else sample_thing(call.served))


@around("work")
async def removes_nothing(call: Call, inner: Handler) -> Call:
    """Say that something is removed, and keep it."""
    call = await inner(call)
    if call.thing is not None:
        call.world.keep(call.served.collection, call.thing)
    return call
