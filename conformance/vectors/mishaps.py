"""What can happen to a call, and what it proves: that nothing came of it, or nothing at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from conformance.contract import Operation, Response
from conformance.contract.members import members
from conformance.vectors.refused import error_body
from conformance.vectors.undecodable import PAGE
from conformance.vectors.valid_answers import valid_answer, valid_value
from conformance.vectors.vector import GivenAnswer

__all__ = ["Mishap", "free_codes", "mishaps"]

_FAILURES = (500, 502, 503, 504, 520, 524, 529)
_REFUSALS = (400, 401, 404, 408, 409, 425, 429, 501)
_HOUR = "3600"
_PAST, _FUTURE = "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 2199 23:59:59 GMT"
_SOON = {"asked-seconds": ("0", "after 0 seconds"), "asked-date": (_PAST, "after a date that has passed")}
_LATE = {"asked-hour": (_HOUR, "after an hour"), "asked-far-date": (_FUTURE, "after a date in the far future")}


@frozen
class Mishap:
    """One thing that happens, each time that the call is made.

    Attributes:
        name: stable, part of the ids of vectors.
        sentence: what happens.
        error: what the client reports, if it gives up.
        is_refusal: whether it proves that nothing came of the call.
        is_put_off: whether it asks for that at a time that no call lasts until.
        is_free: whether it proves that by its code alone.
    """

    name: str
    sentence: str
    given: GivenAnswer
    error: Mapping[str, Any]
    is_refusal: bool = False
    is_put_off: bool = False
    is_free: bool = False


def mishaps(operation: Operation) -> Iterator[Mishap]:
    """Yield what can happen to a call of an operation."""
    for status in _FAILURES:
        yield _answered(operation, str(status), status, f"The answer is {status}.")
    for status in _REFUSALS:
        yield evolve(_answered(operation, str(status), status, f"The answer is {status}."), is_refusal=True)
    for status in (429, 503):
        for name, (value, told) in {**_SOON, **_LATE, "asked-oddly": ("soon", "in a way that nobody reads")}.items():
            sentence = f"The answer is {status}, and asks to try again {told}."
            given = _answered(operation, f"{status}-{name}", status, sentence, ("retry-after", value))
            yield evolve(given, is_refusal=status < 500, is_put_off=name in _LATE)
    yield from _broken(operation)
    for code in free_codes(operation):
        yield _with_code(operation, code)


def _broken(operation: Operation) -> Iterator[Mishap]:
    """Yield connections that break, and successes that cannot be read."""
    usual, lost = valid_answer(operation), {"kind": ["connection", "invalid_answer"]}
    ways: Mapping[str, tuple[str, GivenAnswer]] = {
        "cut-before-reading": ("before the request is read", GivenAnswer(cut="before-reading")),
        "cut-after-reading": ("after the request was read", GivenAnswer(cut="after-reading")),
    }
    for name, (told, given) in ways.items():
        yield Mishap(name, f"The connection is closed {told}.", given, {"kind": "connection"})
    if usual.body is not None:
        cut = evolve(usual, cut="in-body")
        yield Mishap("cut-in-body", "The connection is closed half-way through the answer.", cut, lost)
    yield Mishap("silent", "Nothing is answered until time is up.", GivenAnswer(silent=True), {"kind": "timeout"})
    if operation.success.schema is None:
        return
    text = json.dumps(valid_value(operation), ensure_ascii=False)
    unread = {"kind": ["invalid_answer", "http"]}
    bodies: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "success-truncated": ("JSON that breaks off", {"text": text[: len(text) // 2]}),
        "success-page": ("a page of HTML", {"text": PAGE}),
        "success-empty": ("nothing in it", {"text": ""}),
    }
    for name, (told, body) in bodies.items():
        yield Mishap(name, f"The answer has a status of success and {told}.", evolve(usual, body=body), unread)


def free_codes(operation: Operation) -> tuple[str, ...]:
    """Return the codes of errors that prove that nothing was made, whatever the status (`x-nothing-made`)."""
    schemas = (response.schema for response in operation.refusals if response.schema is not None)
    found = (member for schema in schemas for _, member in members(schema) if member.role == "error-code")
    return tuple(dict.fromkeys(str(code) for member in found for code in member.keywords.get("x-nothing-made", ())))


def _with_code(operation: Operation, code: str) -> Mishap:
    status = 503
    response = _documented(operation, status)
    body = error_body(response, code) if response is not None else {}
    sentence = f"The answer is {status} with the code `{code}`, which says that nothing was made."
    answered = _answered(operation, f"{status}-{code}", status, sentence)
    return evolve(answered, given=_json(status, body), is_refusal=True, is_free=True)


def _answered(operation: Operation, name: str, status: int, sentence: str, *headers: tuple[str, str]) -> Mishap:
    response = _documented(operation, status)
    body = error_body(response) if response is not None else {}
    return Mishap(name, sentence, _json(status, body, *headers), {"kind": "http", "status": status})


def _documented(operation: Operation, status: int) -> Response | None:
    """Return the documented answer with a status, or else any refusal that has a body."""
    others = (response for response in operation.refusals if response.schema is not None)
    return operation.response(status) or next(others, None)


def _json(status: int, body: Any, *headers: tuple[str, str]) -> GivenAnswer:
    return GivenAnswer(status, (("content-type", "application/json"), *headers), {"json": body})
