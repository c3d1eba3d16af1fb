"""Validity: what is overlooked, and what is asked for beyond the contract."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from conformance.bodies.part import Part
from conformance.bodies.validity import Problem, Reading, Validity
from conformance.contract import Input
from conformance.reference.calls import Call, Refusal
from conformance.reference.receiving import read, refusal_of
from conformance.reference.refusals import documented_status
from conformance.reference.registry import before

__all__: list[str] = []

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")


@before("judge")
def overlooks(call: Call, *, fields: tuple[Input, ...], aspects: tuple[str, ...]) -> Call:
    """Take some inputs, whatever is wrong with them, where one of some rules is broken."""
    names = {field.name for field in fields}
    broken = {problem.field for problem in read(call).problems if problem.aspect in aspects}
    return _without(call, lambda problem: problem.field in names & broken)


@before("judge")
def overlooks_the_whole(call: Call, *, aspects: tuple[str, ...]) -> Call:
    """Do not see that a body breaks some rules as a whole."""
    known = {field.name for field in call.routed.fields}
    return _without(call, lambda problem: problem.field not in known and problem.aspect in aspects)


@before("judge")
def overlooks_all(call: Call) -> Call:
    """Do not see any problem."""
    return _without(call, lambda _: True)


@before("judge")
def overlooks_advice(call: Call) -> Call:
    """Take what the contract only advises against."""
    return _without(call, lambda problem: problem.validity is Validity.DISCOURAGED)


@before("judge")
def breaks_down(call: Call, *, status: int = 500, message: str = "something went wrong") -> Call:
    """Fail as servers do that did not foresee an input, or refuse it."""
    raise Refusal(status, f"{message} (request {call.ordinal})")


@before("judge")
def refuses_the_input(call: Call, *, field: Input) -> Call:
    """Refuse, and name an input for the reason."""
    raise Refusal(documented_status(call.routed, 400, 422), f"{field.name}: is not taken", field=field.name)


@before("identify")
def breaks_down_late(call: Call, *, status: int = 500, message: str = "something went wrong") -> Call:
    """Fail after a form was found to be valid."""
    raise Refusal(status, f"{message} (request {call.ordinal})")


@before("judge")
def demands_real_images(call: Call, *, fields: tuple[Input, ...]) -> Call:
    """Refuse files that do not begin like an image."""
    for part in _sent(call, fields):
        if part.filename is not None and not part.value.startswith(_IMAGES):
            raise Refusal(400, f"{part.name}: the file is not an image", field=part.name)
    return call


@before("judge")
def demands_match(call: Call, *, fields: tuple[Input, ...], pattern: re.Pattern[str], wanted: str) -> Call:
    """Refuse texts that do not match, whole, what the server wants."""
    for part in _sent(call, fields):
        text = part.value.decode("utf-8", "replace")
        if part.filename is None and part.content_type != "application/json" and not pattern.fullmatch(text):
            raise Refusal(422, f"{part.name}: expected {wanted}", field=part.name)
    return call


@before("judge")
def demands_at_most(call: Call, *, fields: tuple[Input, ...], maximum: int) -> Call:
    """Refuse integers above a bound."""
    for part in _sent(call, fields):
        digits = part.value.removeprefix(b"+")
        if digits.isdigit() and (len(digits) > 30 or int(digits) > maximum):
            raise Refusal(422, f"{part.name}: is more than {maximum}", field=part.name)
    return call


@before("judge")
def demands_one_of(call: Call, *, fields: tuple[Input, ...]) -> Call:
    """Refuse forms that have none of some fields."""
    if not list(_sent(call, fields)):
        names = ", ".join(field.name for field in fields)
        raise Refusal(400, f"send one of {names}", field=fields[0].name)
    return call


@before("judge")
def demands_more(call: Call) -> Call:
    """Refuse requests that bring no more than they must, where there is more to bring."""
    optional = [field for field in call.routed.inputs if not field.required]
    if not any(call.sent(field) for field in optional):
        raise Refusal(400, "say more than that")
    return call


@before("judge")
def demands_known_fields(call: Call) -> Call:
    """Refuse fields that the contract does not name."""
    for part in call.parts:
        if call.routed.field(part.name or "") is None:
            problem = Problem(part.name or "", "unknown", Validity.UNSPECIFIED, "is not a field of this form")
            raise refusal_of(call.routed, problem, readable=False)
    return call


def _sent(call: Call, fields: tuple[Input, ...]) -> Iterable[Part]:
    names = {field.name for field in fields}
    return (part for part in (*call.parameters, *call.parts) if part.name in names)


def _without(call: Call, unseen: Callable[[Problem], bool]) -> Call:
    reading = read(call)
    seen = tuple(problem for problem in reading.problems if not unseen(problem))
    return call.but(reading=Reading(reading.values, seen))
