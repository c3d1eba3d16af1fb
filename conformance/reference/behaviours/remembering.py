"""State: what a server keeps of requests and lets later ones see, and what it lets a caller set."""

from __future__ import annotations

from attrs import evolve

from conformance.contract import Property
from conformance.reference.calls import Call, Refusal
from conformance.reference.protocol import outlet_of
from conformance.reference.registry import after, before, condition
from conformance.reference.showing import place

__all__: list[str] = []

_KEPT = "what came before could not be read"
_SAID = "said before"
_EXCERPT = 200


@condition
def after_creates(call: Call, *, at_least: int) -> bool:
    """So many jobs have been made."""
    return call.world.creates >= at_least


@condition
def after_a_create_on_its_connection(call: Call) -> bool:
    """Something has been made over the connection that the call comes by; for the stage in which it is made."""
    known: set[int] = call.world.memory.setdefault("creating connections", set())
    connection = id(outlet_of(call))
    is_known = connection in known
    known.add(connection)
    return is_known


@after("refuse")
def keeps_the_refusal(call: Call) -> Call:
    """Remember a refusal with the connection that it went over, unless it was remembered itself."""
    if call.refusal is not None and call.refusal.message != _KEPT:
        call.world.memory[_place(call)] = call.refusal.status
    return call


@before("route")
def repeats_the_refusal(call: Call) -> Call:
    """Give a request the refusal that was kept with its connection, once."""
    status = call.world.memory.pop(_place(call), None)
    if status is not None:
        raise Refusal(status, _KEPT)
    return call


@before("judge")
def keeps_the_form(call: Call) -> Call:
    """Remember the texts of a form, besides those of the ones before."""
    said = [part.value.decode("utf-8", "replace")[:_EXCERPT] for part in call.parts if part.filename is None]
    call.world.memory.setdefault(_SAID, []).append(said)
    return call


@before("refuse")
def explains_with_the_forms_before(call: Call, *, count: int = 1) -> Call:
    """Explain a refusal with what the last forms before it said."""
    refusal = call.refusal
    if refusal is None:
        return call
    text = f"{refusal.message} ({'; '.join(_said_before(call, count))})"
    return call.but(refusal=Refusal(refusal.status, text, field=refusal.field, headers=refusal.headers))


@after("answer")
def tells_the_form_before(call: Call, *, member: str) -> Call:
    """Put what the form before this one said into the answer."""
    if call.reply is None or not isinstance(call.reply.body, dict):
        return call
    return call.but(reply=evolve(call.reply, body={**call.reply.body, member: list(_said_before(call, 1))}))


@before("render")
def repeats_the_first(call: Call, *, what: Property) -> Call:
    """Answer with the value of the first job."""
    body = call.reply.body if call.reply is not None else None
    present, value = what.read(body)
    if present and isinstance(body, dict):
        place(body, what.path, call.world.memory.setdefault(f"first {what.name}", value))
    return call


@before("render")
def fills_in_the_last(call: Call, *, what: Property) -> Call:
    """Give the value of the job before where a job has none of its own."""
    body = call.reply.body if call.reply is not None else None
    present, value = what.read(body)
    if present:
        call.world.memory[f"last {what.name}"] = value
    elif isinstance(body, dict) and f"last {what.name}" in call.world.memory:
        place(body, what.path, call.world.memory[f"last {what.name}"])
    return call


@before("render")
def lets_the_caller_set(call: Call, *, properties: tuple[Property, ...]) -> Call:
    """Take the values of properties from fields of their names."""
    body = call.reply.body if call.reply is not None and call.refusal is None else None
    said = {part.name: part.value.decode("utf-8", "replace") for part in call.parts}
    for found in properties:
        if isinstance(body, dict) and found.name in said:
            text = said[found.name]
            place(body, found.path, int(text) if "integer" in found.schema.types and text.isdigit() else text)
    return call


def _said_before(call: Call, count: int) -> list[str]:
    forms = call.world.memory.get(_SAID, [])[:-1]
    return [text for form in forms[-count:] for text in form]


def _place(call: Call) -> str:
    return f"{_KEPT}: {id(outlet_of(call))}"
