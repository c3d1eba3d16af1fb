"""Answers to accepted requests: what they lack, add, mistake or contradict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from attrs import evolve

from conformance.contract import Property, Response, Stage
from conformance.reference.calls import Call, Reply
from conformance.reference.jobs import place
from conformance.reference.registry import after, before

__all__: list[str] = []

JsonType = Literal["string", "integer", "number", "boolean", "array", "object"]

_CASTS: Mapping[JsonType, Callable[[Any], Any]] = {
    "string": str,
    "integer": lambda value: len(str(value)),
    "number": lambda _: 0.5,
    "boolean": lambda _: True,
    "array": lambda value: [value],
    "object": lambda value: {"value": value},
}


@after("answer")
def omits(call: Call, *, what: Property) -> Call:
    """Leave a property out."""
    return _changed(call, lambda body: _remove(body, what.path))


@after("answer")
def sets(call: Call, *, what: Property, value: Any) -> Call:
    """Give a property one value, whatever was asked for."""
    return _changed(call, lambda body: place(body, what.path, value))


@after("answer")
def casts(call: Call, *, what: Property, to: JsonType) -> Call:
    """Give a property's value another type."""
    return _replaced(call, what, _CASTS[to])


@after("answer")
def divides(call: Call, *, what: Property, by: int) -> Call:
    """Give a number in another unit."""
    return _replaced(call, what, lambda value: value // by)


@after("answer")
def multiplies(call: Call, *, what: Property, by: int) -> Call:
    """Give a number in a smaller unit."""
    return _replaced(call, what, lambda value: value * by)


@after("answer")
def rewrites(call: Call, *, what: Property, pattern: re.Pattern[str], to: str) -> Call:
    """Replace what matches in a text."""
    return _replaced(call, what, lambda value: pattern.sub(to, value))


@after("answer")
def swaps(call: Call, *, one: Property, other: Property) -> Call:
    """Exchange the values of two properties."""

    def swapped(body: dict[str, Any]) -> None:
        (has_one, first), (has_other, second) = one.read(body), other.read(body)
        for there, path, value in ((has_one, other.path, first), (has_other, one.path, second)):
            if there:
                place(body, path, value)
            else:
                _remove(body, path)

    return _changed(call, swapped)


@after("answer")
def repeats_the_previous(call: Call, *, what: Property) -> Call:
    """Reply with the value that belongs to the job before."""
    memory, key = call.world.memory, f"previous {what.name}"

    def previous(value: Any) -> Any:
        before, memory[key] = memory.get(key, value), value
        return before

    return _replaced(call, what, previous)


@after("answer")
def echoes_another(call: Call, *, what: Property) -> Call:
    """Reply with a valid value of the field that is echoed, but not the one that was sent."""
    field = call.routed.field(what.echoes[0])
    known = field.schema.get("enum", ()) if field else ()
    return _replaced(call, what, lambda value: next(item for item in known if item != value))


@after("answer")
def tells_stage(call: Call, *, stage: Stage) -> Call:
    """Give the status of a stage, and leave all else as it is."""
    shape = call.world.shape(call.routed)
    status = shape.response.by_role("status")
    if status is None:
        return call
    return _changed(call, lambda body: place(body, status.path, shape.lifecycle().statuses(stage)[0]))


@after("answer")
def tells_status_beyond_lifecycle(call: Call, *, index: int) -> Call:
    """Give one of the published statuses that stand for no stage."""
    status = call.world.shape(call.routed).response.by_role("status")
    if status is None or status.lifecycle is None:
        return call
    stages = status.lifecycle.stages
    others = [value for value in status.schema.get("enum", ()) if value not in stages]
    return _changed(call, lambda body: place(body, status.path, others[index]))


@before("answer")
def ends_at_once(call: Call, *, stage: Stage = "succeeded") -> Call:
    """Show the job as it will be in the end."""
    return evolve(call, job=evolve(call.job, end=stage).ended()) if call.job else call


@before("answer")
def starts_at_once(call: Call) -> Call:
    """Show the job as already running."""
    return evolve(call, job=call.job.polled()) if call.job else call


@after("answer")
def sets_time(call: Call, *, what: Property, offset: int) -> Call:
    """Give a time some seconds after the creation (or before it), in the right unit."""
    shape = call.world.shape(call.routed)
    if call.job is None:
        return call
    value = shape.time(call.job.created + offset)
    return _changed(call, lambda body: place(body, what.path, value))


@after("answer")
def nulls_the_absent(call: Call) -> Call:
    """Reply null where an optional property has no value."""
    optional = [shown for shown in _response(call).properties if not shown.required and len(shown.path) == 1]

    def nulled(body: dict[str, Any]) -> None:
        for shown in optional:
            body.setdefault(shown.path[0], None)

    return _changed(call, nulled)


@after("answer")
def times_in_seconds(call: Call) -> Call:
    """Give every time in seconds, where the contract's example has milliseconds."""
    shape = call.world.shape(call.routed)
    unit = shape.time(1) or 1
    for shown in shape.response.properties:
        if (shown.role or "").endswith("-time"):
            call = _replaced(call, shown, lambda value: value // unit)
    return call


@after("answer")
def adds(call: Call, *, members: dict[str, Any]) -> Call:
    """Add members that the contract does not name."""
    return _changed(call, lambda body: body.update(members))


@after("answer")
def answers_status(call: Call, *, status: int) -> Call:
    """Reply with another status."""
    return evolve(call, reply=evolve(_answer(call), status=status))


@after("answer")
def answers_body(call: Call, *, body: Any) -> Call:
    """Reply with a body that shows no job."""
    return evolve(call, reply=evolve(_answer(call), body=body))


@after("answer")
def wraps(call: Call, *, member: str | None = None) -> Call:
    """Put the job into a list, or under a member of an object."""
    answer = _answer(call)
    return evolve(call, reply=evolve(answer, body=[answer.body] if member is None else {member: answer.body}))


@after("answer")
def tells_the_token(call: Call, *, member: str) -> Call:
    """Put the caller's credential into the answer."""
    return _changed(call, lambda body: place(body, (member,), call.world.token))


def _answer(call: Call) -> Reply:
    if call.reply is None:
        raise LookupError("the call has no answer yet")
    return call.reply


def _response(call: Call) -> Response:
    return call.world.shape(call.routed).response


def _changed(call: Call, change: Callable[[dict[str, Any]], object]) -> Call:
    """Apply a change to the body, where it shows a job."""
    answer = _answer(call)
    if isinstance(answer.body, dict) and call.job is not None:
        change(answer.body)
    return call


def _replaced(call: Call, shown: Property, change: Callable[[Any], Any]) -> Call:
    def replaced(body: dict[str, Any]) -> None:
        there, value = shown.read(body)
        if there and value is not None:
            place(body, shown.path, change(value))

    return _changed(call, replaced)


def _remove(body: dict[str, Any], path: tuple[str, ...]) -> None:
    for key in path[:-1]:
        body = body.get(key, {})
    body.pop(path[-1], None)
