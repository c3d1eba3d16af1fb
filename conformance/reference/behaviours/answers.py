"""Answers to accepted requests: what they lack, add, mistake or contradict."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from attrs import evolve

from conformance.contract import Property, Response, Stage
from conformance.reference.calls import Call, Reply
from conformance.reference.registry import after, before
from conformance.reference.showing import AnswerTemplate, place

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


@before("render")
def omits(call: Call, *, what: Property) -> Call:
    """Leave a property out."""
    return _changed(call, what, lambda body: _remove(body, what.path))


@before("render")
def sets(call: Call, *, what: Property, value: Any) -> Call:
    """Give a property one value, whatever was asked for."""
    return _changed(call, what, lambda body: place(body, what.path, value))


@before("render")
def casts(call: Call, *, what: Property, to: JsonType) -> Call:
    """Give a property's value another type."""
    return _replaced(call, what, _CASTS[to])


@before("render")
def divides(call: Call, *, what: Property, by: int) -> Call:
    """Give a number in another unit."""
    return _replaced(call, what, lambda value: value // by)


@before("render")
def multiplies(call: Call, *, what: Property, by: int) -> Call:
    """Give a number in a smaller unit."""
    return _replaced(call, what, lambda value: value * by)


@before("render")
def rewrites(call: Call, *, what: Property, pattern: re.Pattern[str], to: str) -> Call:
    """Replace what matches in a text."""
    return _replaced(call, what, lambda value: pattern.sub(to, value))


@before("render")
def swaps(call: Call, *, one: Property, other: Property) -> Call:
    """Exchange the values of two properties."""

    def swapped(body: dict[str, Any]) -> None:
        (has_one, first), (has_other, second) = one.read(body), other.read(body)
        for there, path, value in ((has_one, other.path, first), (has_other, one.path, second)):
            if there:
                place(body, path, value)
            else:
                _remove(body, path)

    return _changed(call, one, swapped)


@before("render")
def repeats_the_previous(call: Call, *, what: Property) -> Call:
    """Reply with the value that belongs to the job before."""
    memory, key = call.world.memory, f"previous {what.name}"

    def previous(value: Any) -> Any:
        before, memory[key] = memory.get(key, value), value
        return before

    return _replaced(call, what, previous)


@before("render")
def echoes_another(call: Call, *, what: Property) -> Call:
    """Reply with a valid value of the field that is echoed, but not the one that was sent."""
    declared = () if call.service is None else call.routed.inputs
    listed = next((found.schema.enum for found in declared if found.name == what.echoes[0]), ())
    return _replaced(call, what, lambda value: _another(value, (*listed, *_near(value)), what))


@before("render")
def echoes_the_last(call: Call, *, what: Property) -> Call:
    """Reply with the last of the values that may be echoed, where the first one counts."""
    sent = [call.values[name] for name in what.echoes if name in call.values]
    return _replaced(call, what, lambda value: str(sent[-1]) if sent else value)


@after("answer")
def adds_bulk(call: Call, *, member: str, size: int) -> Call:
    """Add a member of very many characters."""
    return _with_member(call, {member: "A" * size})


@before("render")
def tells_stage(call: Call, *, stage: Stage) -> Call:
    """Give the status of a stage, and leave all else as it is."""
    success = _success(call)
    status = success.by_role("status") if success is not None else None
    if status is None:
        return call
    return _changed(call, status, lambda body: place(body, status.path, _template(call).status(stage)))


@before("render")
def tells_status_beyond_lifecycle(call: Call, *, index: int) -> Call:
    """Give one of the published statuses that stand for no stage."""
    success = _success(call)
    status = success.by_role("status") if success is not None else None
    if status is None or status.lifecycle is None:
        return call
    stages = status.lifecycle.stages
    others = [value for value in status.schema.enum if value not in stages]
    return _changed(call, status, lambda body: place(body, status.path, others[index]))


@before("render")
def sets_time(call: Call, *, what: Property, offset: int) -> Call:
    """Give a time some seconds after the creation (or before it), in the right unit."""
    template = call.served.template if call.thing is not None else None
    if call.thing is None or template is None:
        return call
    value = template.time(call.thing.created + offset)
    return _changed(call, what, lambda body: place(body, what.path, value))


@before("render")
def nulls_the_absent(call: Call) -> Call:
    """Reply null where an optional property has no value."""
    body = _reply(call).body
    if call.thing is not None and isinstance(body, dict):
        for shown in call.routed.success.properties:
            if not shown.required and len(shown.path) == 1:
                body.setdefault(shown.path[0], None)
    return call


@before("render")
def times_in_seconds(call: Call) -> Call:
    """Give every time in seconds, where the contract's example has milliseconds."""
    success = _success(call)
    template = call.served.template if success is not None else None
    if success is None or template is None:
        return call
    unit = template.time(1)
    for shown in success.properties:
        if (shown.role or "").endswith("-time"):
            call = _replaced(call, shown, lambda value: value // unit)
    return call


@after("answer")
def adds(call: Call, *, members: dict[str, Any]) -> Call:
    """Add members that the contract does not name."""
    return _with_member(call, members)


@after("answer")
def answers_status(call: Call, *, status: int) -> Call:
    """Reply with another status."""
    return call.but(reply=evolve(_reply(call), status=status))


@after("answer")
def answers_body(call: Call, *, body: Any) -> Call:
    """Reply with a body that shows no job."""
    return call.but(reply=evolve(_reply(call), body=body))


@after("answer")
def wraps(call: Call, *, member: str | None = None) -> Call:
    """Put the job into a list, or under a member of an object."""
    made = _reply(call)
    return call.but(reply=evolve(made, body=[made.body] if member is None else {member: made.body}))


@after("answer")
def tells_the_token(call: Call, *, member: str) -> Call:
    """Put the caller's credential into the answer."""
    return _with_member(call, {member: call.world.token})


def _reply(call: Call) -> Reply:
    if call.reply is None:
        raise LookupError("the call has no answer yet")
    return call.reply


def _template(call: Call) -> AnswerTemplate:
    if call.served.template is None:
        raise LookupError("the answer shows nothing")
    return call.served.template


def _another(value: Any, others: tuple[Any, ...], what: Property) -> Any:
    """Return one of some values that is not a given one, a valid one where there is any."""
    found = [other for other in others if other != value and type(other) is type(value)]
    return next((other for other in found if what.schema.is_valid(other)), found[0])


def _near(value: Any) -> tuple[Any, ...]:
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, (int, float)):
        return (value + 1, value - 1, value + 0.5)
    if isinstance(value, str):
        return (f"{value}x", f"{value}1", value[::-1])
    return ([], [value]) if isinstance(value, list) else ({}, {"another": value})


def _success(call: Call) -> Response | None:
    """Return the documented answer to an accepted call."""
    return call.routed.success if call.refusal is None else None


def _response(call: Call) -> Response | None:
    """Return the documented answer that a call gets."""
    if call.service is None or call.refusal is None:
        return _success(call)
    return call.routed.response(call.refusal.status)


def _changed(call: Call, what: Property, change: Callable[[dict[str, Any]], object]) -> Call:
    """Apply a change to the body, where the contract has the property in it."""
    response, body = _response(call), _reply(call).body
    if response is not None and isinstance(body, dict) and _has(response, what):
        change(body)
    return call


def _has(response: Response, what: Property) -> bool:
    return any(shown.pointer == what.pointer and shown.path == what.path for shown in response.properties)


def _with_member(call: Call, members: dict[str, Any]) -> Call:
    body = _reply(call).body
    if isinstance(body, dict):
        body.update(members)
    return call


def _replaced(call: Call, shown: Property, change: Callable[[Any], Any]) -> Call:
    def replaced(body: dict[str, Any]) -> None:
        there, value = shown.read(body)
        if there and value is not None:
            place(body, shown.path, change(value))

    return _changed(call, shown, replaced)


def _remove(body: dict[str, Any], path: tuple[str, ...]) -> None:
    for key in path[:-1]:
        body = body.get(key, {})
    body.pop(path[-1], None)
