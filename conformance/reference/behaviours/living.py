"""Lives: how jobs go on from look to look, by what clock, and who may look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve

from conformance.contract import Property, Stage
from conformance.contract.resources import Action
from conformance.reference.calls import Call, Refusal, Reply
from conformance.reference.pipeline import Handler
from conformance.reference.refusals import documented_status
from conformance.reference.registry import after, around, before, condition
from conformance.reference.showing import place

__all__: list[str] = []


@condition
def does(call: Call, *, action: tuple[Action, ...]) -> bool:
    """The operation that is called does one of some things to what it is about."""
    return call.service is not None and call.served.action in action


@condition
def stands_at(call: Call, *, stages: tuple[Stage, ...]) -> bool:
    """The job that the call is about stands at one of some stages."""
    return call.thing is not None and call.thing.stage in stages


@condition
def looked_at(call: Call, *, at_least: int = 0, at_most: int | None = None) -> bool:
    """The job that the call is about was looked at so many times."""
    return call.thing is not None and at_least <= call.thing.age <= (call.thing.age if at_most is None else at_most)


@condition
def asks_for_a_part(call: Call) -> bool:
    """A range of a result is asked for."""
    return "range" in call.request.headers


@after("work")
def lives_by_the_clock(call: Call, *, seconds: float) -> Call:
    """Make jobs that end so many seconds after they were made, and go on by the clock alone."""
    if call.thing is None or not call.served.makes:
        return call
    return call.but(thing=call.world.keep(call.served.collection, evolve(call.thing, seconds=seconds)))


@after("work")
def will_end(call: Call, *, stage: Stage) -> Call:
    """Make jobs that end, or stay, at a stage."""
    if call.thing is None or not call.served.makes:
        return call
    return call.but(thing=call.world.keep(call.served.collection, evolve(call.thing, end=stage)))


@after("work")
def is_made_done(call: Call, *, stage: Stage = "succeeded") -> Call:
    """Make jobs that have ended by the time that they are answered."""
    if call.thing is None or not call.served.makes:
        return call
    return call.but(thing=call.world.keep(call.served.collection, evolve(call.thing, end=stage).ended()))


@after("work")
def starts_at_once(call: Call) -> Call:
    """Make jobs that are under way by the time that they are answered."""
    if call.thing is None or not call.served.makes:
        return call
    return call.but(thing=call.world.keep(call.served.collection, call.thing.polled()))


@before("render")
def drifts(call: Call, *, what: Property) -> Call:
    """Let the time of creation, or of the end, go on by a second with every look."""
    thing, template = call.thing, call.served.template
    begun = None if thing is None else thing.created if what.role == "created-time" else thing.completed
    if begun is None or thing is None or template is None:
        return call
    return _shown(call, what, template.time(begun + thing.age))


@before("render")
def falls(call: Call, *, what: Property) -> Call:
    """Count down what counts up to a hundred."""
    return _shown(call, what, None if call.thing is None else 100 - call.thing.progress)


@before("render")
def shows_another(call: Call, *, what: Property) -> Call:
    """Show the id of another job."""
    own = None if call.thing is None else call.thing.id
    return _shown(call, what, own + 1 if isinstance(own, int) else f"{own}0")


@around("work")
async def knows_no_accounts(call: Call, inner: Handler) -> Call:
    """Show everything to whoever is let in."""
    kept: Callable[..., Any] = call.world.find
    found = [kept(collection, _said(call, name)) for name, collection in call.served.named.items()]
    owner = next((thing.account for thing in found if thing is not None), call.account)
    return (await inner(call.but(account=owner))).but(account=call.account)


@around("work")
async def sends_unfinished(call: Call, inner: Handler) -> Call:
    """Send a result before there is one."""
    try:
        return await inner(call)
    except Refusal:
        named = call.served.named.items()
        found = [call.world.find(collection, _said(call, name), call.account) for name, collection in named]
        if not found or found[-1] is None:
            raise
        return call.but(thing=found[-1])


@after("answer")
def answers_bytes(call: Call, *, text: str) -> Call:
    """Send other bytes than the result, under its media type."""
    return call.but(reply=Reply(call.routed.success.status, text.encode(), _reply(call).media_type))


@around("answer")
async def ignores_ranges(call: Call, inner: Handler) -> Call:
    """Send every result whole."""
    return await _without_range(call, inner)


@before("answer")
def refuses_parts(call: Call) -> Call:
    """Refuse to send a part."""
    raise Refusal(documented_status(call.routed, 400, 416), f"there is no part here (request {call.ordinal})")


@around("answer")
async def sends_whole_as_part(call: Call, inner: Handler) -> Call:
    """Say that a part is sent, and send the whole."""
    made = await inner(call)
    whole = _reply(await _without_range(call, inner)).body
    return made.but(reply=evolve(_reply(made), body=whole))


@after("answer")
def sends_part_as_whole(call: Call) -> Call:
    """Send a part, and say that it is the whole."""
    return call.but(reply=evolve(_reply(call), status=200, headers={}))


@after("answer")
def shifts_part(call: Call) -> Call:
    """Say that a part begins one byte later than it does."""
    made = _reply(call)
    named, _, size = made.headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
    first, _, last = named.partition("-")
    if not last:
        return call
    return call.but(
        reply=evolve(made, headers={**made.headers, "Content-Range": f"bytes {int(first) + 1}-{int(last) + 1}/{size}"})
    )


async def _without_range(call: Call, inner: Handler) -> Call:
    scope = dict(call.request.scope)
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"range"]
    made = await inner(call.but(request=type(call.request)(scope, call.request.receive)))
    return made.but(request=call.request)


def _shown(call: Call, what: Property, value: Any) -> Call:
    """Give a property a value, where the answer shows one."""
    body = call.reply.body if call.reply is not None and call.refusal is None else None
    if isinstance(body, dict) and what.read(body)[0]:
        place(body, what.path, value)
    return call


def _said(call: Call, name: str) -> str:
    return next((part.value.decode("utf-8", "replace") for part in call.parameters if part.name == name), "")


def _reply(call: Call) -> Reply:
    if call.reply is None:
        raise LookupError("the call has no answer yet")
    return call.reply
