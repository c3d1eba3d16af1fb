"""The stage that does the work: things are made, shown, changed, listed and removed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from conformance.reference.calls import Call, Refusal, Script
from conformance.reference.refusals import documented_status
from conformance.reference.things import Thing

__all__ = ["identify", "make", "unknown", "work"]


async def identify(call: Call) -> Call:
    """Choose the id of what is about to be made."""
    service = call.served
    if not service.makes:
        return call
    if service.naming is not None:
        return call.but(thing_id=call.values.get(service.naming))
    return call.but(thing_id=call.world.new_id(service))


async def work(call: Call) -> Call:
    """Do what the operation does; a path that names an unknown thing is not found."""
    world, service = call.world, call.served
    owner = _named(call)
    if service.makes:
        return call.but(thing=make(call, owner))
    if owner is None or service.listing is not None:
        return call.but(thing=owner)
    if service.action == "read":
        return call.but(thing=world.keep(service.collection, owner.polled()))
    if service.action == "change":
        return call.but(thing=world.keep(service.collection, evolve(owner, values=_changed(call, owner))))
    if service.action == "delete":
        world.remove(service.collection, owner)
    elif service.action == "fetch" and _is_unfinished(call, owner):
        raise Refusal(documented_status(call.routed, 409, 404, 400), "the job has no result yet")
    return call.but(thing=owner)


def unknown(call: Call) -> Mapping[str, str]:
    """Return the path parameters of a call that name nothing, each with what they say."""
    named = {name: _said(call, name) for name in call.served.named}
    find, collections = call.world.find, call.served.named
    return {name: said for name, said in named.items() if find(collections[name], said, call.account) is None}


def _named(call: Call) -> Thing | None:
    """Return the last thing that the path names, if it names any."""
    if unknown(call):
        raise Refusal(documented_status(call.routed, 404, 410, 400, 422), "there is nothing with this id")
    found: Thing | None = None
    for name, collection in call.served.named.items():
        found = call.world.find(collection, _said(call, name))
    return found


def _said(call: Call, name: str) -> str:
    value = next((part.value for part in call.parameters if part.name == name and part.location == "path"), b"")
    return value.decode("utf-8", "replace")


def make(call: Call, owner: Thing | None) -> Thing:
    """Make a thing, perhaps of another, and remember it."""
    world, service = call.world, call.served
    world.made[call.routed.id] += 1
    world.creates += call.routed.billable
    values = dict(call.values)
    if owner is not None and service.owner == service.collection:  # made from another of its kind
        values = {**owner.values, **values}
    parent = owner.id if owner is not None else None
    life = Thing(call.thing_id, time.time(), values, parent, account=call.account, seconds=world.job_seconds)
    thing = _scripted(life, call.script)
    if call.script.stage and not world.can_look_up(service):
        thing = thing.ended()  # an end that nobody could ever look up is shown at once
    return world.keep(service.collection, thing)


def _scripted(thing: Thing, script: Script) -> Thing:
    """Return a new job that will live as it was asked to."""
    steps = thing.steps if script.progress is None else (0, *script.progress)
    if script.looks is not None and script.progress is not None:
        steps = tuple(steps[look * len(steps) // script.looks] for look in range(script.looks))
    elif script.looks is not None:
        steps = tuple(100 * look // script.looks for look in range(script.looks))
    seconds = thing.seconds if script.looks is None else None
    return evolve(
        thing,
        end=script.stage or thing.end,
        says=script.says,
        steps=steps,
        seconds=seconds if script.seconds is None else script.seconds,
    )


def _changed(call: Call, owner: Thing) -> Mapping[str, Any]:
    """Return the values after a change: all of them are new with PUT, the others keep what they were."""
    return call.own_values if call.routed.method == "PUT" else {**owner.values, **call.own_values}


def _is_unfinished(call: Call, owner: Thing) -> bool:
    """Tell whether a thing is a job that has not succeeded; where nobody can look, it is done at once."""
    if not call.world.can_look_up(call.served):
        return False
    makers = (other for other in call.world.services if other.makes and other.collection == call.served.collection)
    return owner.stage != "succeeded" and any(maker.lives for maker in makers)
