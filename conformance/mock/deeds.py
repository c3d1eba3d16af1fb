"""What `--nasty` can do to a call: each thing seen on real gateways, and told by roles and schemas of the contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import formatdate
from random import Random
from typing import Any

from attrs import evolve

from conformance.contract import Property
from conformance.mock.deed import Deed, Doing, Moment
from conformance.reference.answering import write_json
from conformance.reference.calls import Call, PreparedReply, Refusal
from conformance.reference.refusals import error_shape, phrase
from conformance.reference.scripting import pause
from conformance.reference.showing import copied, place

__all__ = ["DEEDS"]

_DEEDS: list[Deed] = []
_ALWAYS_THERE = frozenset(("id", "legacy-id", "status", "result-url", "failure", "error-code", "error-message"))
_WORDS = ("pending", "processing", "generating", "submitted", "unknown", "NOT_START", "")
"""Statuses of gateways elsewhere; those that the contract knows are not used."""
_BUSY = "the server is overloaded, try again later"
_PAGE = """<!DOCTYPE html>
<html><head><title>{status} {phrase}</title></head>
<body><center><h1>{status} {phrase}</h1></center><hr><center>gateway</center></body></html>
"""


def _without_pause(call: Call) -> Call:
    """Take back what says when to try again."""
    made = _prepared(call)
    names = {name.lower() for name in pause(call, 0)}
    kept = tuple((name, value) for name, value in made.headers if name.lower() not in names)
    return _written(call, evolve(made, headers=kept))


def _as_page(call: Call) -> Call:
    """Say it as a proxy does."""
    return _written(call, _page(_prepared(call).status))


def _any(call: Call) -> bool:
    del call
    return True


def _says_json(call: Call) -> bool:
    return call.served.template is not None and call.request.method != "HEAD"


def _has_body(call: Call) -> bool:
    return call.served.media is not None and call.request.method != "HEAD"


def _lives(call: Call) -> bool:
    return _says_json(call) and call.served.lives


def _deed(moment: Moment, says: str, fits: Callable[[Call], bool] = _any, **more: Any) -> Callable[[Doing], Doing]:
    """Register what is done, under the name of the function."""

    def register(does: Doing) -> Doing:
        _DEEDS.append(Deed(does.__name__.replace("_", "-"), moment, says, does, fits, **more))
        return does

    return register


@_deed("refusing", "refused with 429 and Retry-After; nothing was made")
def limits_and_says_when(call: Call, chance: Random) -> Call:
    """Refuse for now, and say until when."""
    raise Refusal(429, "too many requests", headers=_pause(call, chance))


@_deed("refusing", "refused with 429, and did not say when to try again; nothing was made", written=_without_pause)
def limits_without_a_word(call: Call, chance: Random) -> Call:
    """Refuse for now."""
    del call, chance
    raise Refusal(429, "too many requests")


@_deed("refusing", "refused with 503 and Retry-After; nothing was made")
def is_busy_and_says_when(call: Call, chance: Random) -> Call:
    """Refuse for now, and say until when."""
    raise Refusal(503, _BUSY, headers=_pause(call, chance))


@_deed("refusing", "refused with 503, and did not say when to try again; nothing was made", written=_without_pause)
def is_busy_without_a_word(call: Call, chance: Random) -> Call:
    """Refuse for now."""
    del call, chance
    raise Refusal(503, _BUSY)


@_deed("refusing", "answered 200 with an error in the body; nothing was made", _says_json)
def refuses_with_200(call: Call, chance: Random) -> Call:
    """Dress a refusal as success."""
    del call, chance
    raise Refusal(200, "no channel is available at the moment")


@_deed("refusing", "closed the connection without an answer; nothing was made", share=0.0)
def hangs_up_before(call: Call, chance: Random) -> Call:
    """Be gone."""
    del call, chance
    raise Refusal(500, "nobody will read this")


@_deed("refusing", "answered with a proxy's page of HTML; nothing was made", written=_as_page)
def shows_a_page_before(call: Call, chance: Random) -> Call:
    """Have a proxy in front that finds nobody behind it."""
    del call
    raise Refusal(chance.choice((502, 503, 504)), "a proxy in front says so")


@_deed("writing", "answered with a proxy's page of HTML after the work was done", hides=True)
def shows_a_page_afterwards(call: Call, chance: Random) -> Call:
    """Have a proxy in front that does not wait."""
    return _written(call, _page(chance.choice((502, 504))))


@_deed("writing", "answered 500 after the work was done", hides=True)
def fails_afterwards(call: Call, chance: Random) -> Call:
    """Do the work, and stumble on the way back."""
    status = chance.choice((500, 500, 503))
    shapes = (error_shape(response) for response in call.routed.refusals)
    shape = next((found for found in shapes if found is not None), None)
    refusal = Refusal(status, "internal error: the upstream's answer was lost")
    body = b"" if shape is None else write_json(shape.body(refusal))
    media = "text/plain" if shape is None or shape.media_type is None else shape.media_type
    kept = tuple((name, value) for name, value in _prepared(call).headers if name.lower() != "content-type")
    return _written(call, PreparedReply(status, (*kept, ("Content-Type", media)), body))


@_deed("leaving", "closed the connection in the middle of the answer", _has_body, hides=True, share=0.5)
def cuts_off(call: Call, chance: Random) -> Call:
    """Send half."""
    del chance
    return call


@_deed("leaving", "did the work and closed the connection without an answer", hides=True, share=0.0)
def hangs_up_afterwards_without_an_answer(call: Call, chance: Random) -> Call:
    """Be gone once the work is done."""
    del chance
    return call


@_deed("leaving", "answered late", late=True)
def answers_late(call: Call, chance: Random) -> Call:
    """Take its time."""
    del chance
    return call


@_deed("showing", "gave a status that the contract does not know", _lives)
def says_an_unknown_status(call: Call, chance: Random) -> Call:
    """Speak another dialect, until the job has ended."""
    found = call.routed.success.by_role("status")
    if found is None or call.thing is None or call.thing.stage in ("succeeded", "failed"):
        return call
    words = [word for word in _WORDS if word not in found.schema.enum]
    return _shown(call, lambda body: place(body, found.path, chance.choice(words)))


@_deed("showing", "added members that the contract does not know", _says_json)
def adds_members(call: Call, chance: Random) -> Call:
    """Pass through what an upstream says."""
    more = {"_upstream": {"node": chance.randrange(64), "trace": None}, "billing": [], "x": chance.random()}
    return _shown(call, lambda body: body.update({name: body.get(name, value) for name, value in more.items()}))


@_deed("showing", "gave null for what has no value", _says_json)
def says_null(call: Call, chance: Random) -> Call:
    """Write what is not there."""
    del chance

    def nulled(body: dict[str, Any]) -> None:
        for found in call.routed.success.properties:
            if len(found.path) == 1 and not found.read(body)[0]:
                place(body, found.path, None)

    return _shown(call, nulled)


@_deed("showing", "left out what can be left out", _says_json)
def leaves_out(call: Call, chance: Random) -> Call:
    """Say no more than which job it is, and where that stands."""
    del chance

    def cut(body: dict[str, Any]) -> None:
        for found in call.routed.success.properties:
            if len(found.path) == 1 and not _is_kept(call, found):
                body.pop(found.path[0], None)

    return _shown(call, cut)


@_deed("showing", "wrote numbers as text", _says_json)
def writes_numbers_as_text(call: Call, chance: Random) -> Call:
    """Have a loose notion of types."""
    del chance

    def texts(body: dict[str, Any]) -> None:
        for name, value in body.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                body[name] = str(value)

    return _shown(call, texts)


@_deed("writing", "answered with another 2xx", lambda call: call.request.method == "POST")
def accepts_with_another_status(call: Call, chance: Random) -> Call:
    """Accept, in another way of saying so."""
    made = _prepared(call)
    others = [status for status in (200, 201, 202) if status != made.status]
    return _written(call, evolve(made, status=chance.choice(others)))


@_deed("writing", "declared another media type, or none", _has_body)
def mislabels(call: Call, chance: Random) -> Call:
    """Say that the answer is something else."""
    made = _prepared(call)
    kept = tuple((name, value) for name, value in made.headers if name.lower() != "content-type")
    label = chance.choice(("text/plain; charset=utf-8", "text/html", "application/octet-stream", ""))
    return _written(call, evolve(made, headers=(*kept, ("Content-Type", label)) if label else kept))


DEEDS = tuple(_DEEDS)


def _pause(call: Call, chance: Random) -> dict[str, str]:
    ((name, seconds),) = pause(call, 1).items()
    return {name: chance.choice((seconds, formatdate(usegmt=True)))}


def _prepared(call: Call) -> PreparedReply:
    if call.prepared is None:
        raise LookupError("there is nothing written yet")
    return call.prepared


def _written(call: Call, prepared: PreparedReply) -> Call:
    return call.but(prepared=prepared)


def _page(status: int) -> PreparedReply:
    page = _PAGE.format(status=status, phrase=phrase(status)).encode()
    return PreparedReply(status, (("Content-Type", "text/html"),), page)


def _shown(call: Call, change: Callable[[dict[str, Any]], None]) -> Call:
    """Return a call with a change in the object that it answers; anything else stays."""
    made = call.reply
    if made is None or not isinstance(made.body, dict):
        return call
    body = copied(made.body)
    change(body)
    return call.but(reply=evolve(made, body=body))


def _is_kept(call: Call, found: Property) -> bool:
    """Tell whether a client could not do without a property: it says which job it is, where it stands, or its end."""
    below: Iterator[Property] = (other for other in call.routed.success.properties if other.path[:1] == found.path)
    return any(other.role in _ALWAYS_THERE for other in below)
