"""Ids: repeated, guessable, or unfit to be part of a path."""

from __future__ import annotations

import asyncio
import hashlib
import time

from conformance.reference.calls import Call
from conformance.reference.pipeline import Handler
from conformance.reference.registry import after, around

__all__: list[str] = []


@after("identify")
def names_all_alike(call: Call) -> Call:
    """Give every job the id of the first."""
    return call.but(thing_id=call.world.memory.setdefault("first id", call.thing_id))


@after("identify")
def repeats_the_id(call: Call, *, length: int) -> Call:
    """Give so many jobs in a row the same id."""
    given = call.world.memory.setdefault("ids given", [])
    given.append(call.thing_id)
    return call.but(thing_id=given[(len(given) - 1) // length * length])


@after("identify")
def names_by_the_second(call: Call) -> Call:
    """Name a job by the second that it was made in."""
    return call.but(thing_id=f"job-{int(time.time())}")


@after("identify")
def names_by_the_request(call: Call) -> Call:
    """Name a job by what it was asked for, so that the same form gets the same job."""
    said = repr([(part.name, part.value) for part in call.parts])
    return call.but(thing_id=f"job-{hashlib.sha256(said.encode()).hexdigest()[:20]}")


@after("identify")
def recycles_ids(call: Call, *, size: int) -> Call:
    """Give an id again once so many others were given."""
    given = call.world.memory.setdefault("ids to recycle", [])
    given.append(call.thing_id if len(given) < size else given[-size])
    return call.but(thing_id=given[-1])


@around("identify")
async def counts_coarsely(call: Call, inner: Handler, *, pause: float = 0.02) -> Call:
    """Read a counter, wait for something else, and only then count up."""
    call = await inner(call)
    number = call.world.memory.get("counted", 0)
    await asyncio.sleep(pause)
    call.world.memory["counted"] = number + 1
    return call.but(thing_id=f"job-{number}")


@after("identify")
def spells_the_id(call: Call, *, template: str) -> Call:
    """Put the id into a template, which may ignore it."""
    return call.but(thing_id=template.format(id=call.thing_id))
