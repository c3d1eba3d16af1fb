"""The same answer in other words of JSON and HTTP: white space, escapes, labels, statuses, framings and codings."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from conformance.contract import Operation, Response
from conformance.vectors.cases import AnswerCase
from conformance.vectors.valid_answers import json_type, reported, valid_answer, valid_value
from conformance.vectors.vector import Expectation, GivenAnswer

__all__ = ["http_cases", "json_cases", "request_id_cases"]

_REQUEST_ID = "req-2026-Conformance_0001"
_SPACED = " \u00a0a b\t\n"
_SUCCESSES = (200, 201, 202, 203, 299)
_PRETTY = {"indent": 2, "separators": (" ,", " : ")}


def json_cases(operation: Operation) -> Iterator[AnswerCase]:
    """Yield one and the same JSON in other words."""
    value = valid_value(operation)
    text = json.dumps(value, ensure_ascii=False)
    padded = " \r\n\t" + json.dumps(value, ensure_ascii=False, **_PRETTY).replace("\n", "\r\n\t") + "\r\n "  # type: ignore[arg-type]  # what json takes
    asks = "client/answer/json"
    yield _json(operation, "white-space", asks, "has white space between all of its tokens", padded)
    yield _json(operation, "escapes", asks, "has every character of its texts escaped", _escaped(value))
    if isinstance(value, dict):
        turned = json.dumps(dict(reversed(value.items())), ensure_ascii=False)
        yield _json(operation, "order", asks, "has its members in another order", turned)
    yield from _spaced(operation)
    marked = base64.b64encode(b"\xef\xbb\xbf" + text.encode()).decode()
    yield _json(
        operation, "byte-order-mark", "client/answer/byte-order-mark", "has a byte order mark before its JSON",
        {"base64": marked},
    )  # fmt: skip
    name = json_type(operation.success)
    labels = {
        "charset": (f"{name}; charset=utf-8", "says its charset"),
        "label-case": (f"{name.title()};Charset=UTF-8", "spells its media type in another case"),
        "text-label": ("text/plain; charset=utf-8", "is called text, though it is JSON"),
        "no-label": (None, "says nothing of its media type"),
    }
    for case, (label, told) in labels.items():
        headers = (("content-type", label),) if label is not None else ()
        given = evolve(valid_answer(operation), headers=headers)
        yield AnswerCase(case, "client/answer/media-type", f"The answer {told}.", (given,), _value(operation))


def _spaced(operation: Operation) -> Iterator[AnswerCase]:
    """Yield an answer with white space around a text, the first that may be any text."""
    value, response = valid_value(operation), operation.success
    schema = response.schema
    if not isinstance(value, dict) or schema is None:
        return
    free = [found for found in response.properties if len(found.path) == 1 and found.schema.is_text and not found.role]
    for found in sorted(free, key=lambda each: each.required)[:1]:
        spaced = {**value, found.name: _SPACED}
        if schema.is_valid(spaced):
            given = evolve(valid_answer(operation), body={"json": spaced})
            sentence = f"The answer has white space around the text of `{found.name}`, which is part of it."
            yield AnswerCase("spaces-around", "client/answer/value", sentence, (given,), reported(response, spaced))


def _escaped(value: Any) -> str:
    """Write JSON with every character of its texts escaped, those beyond the basic plane as two."""
    if isinstance(value, str):
        units = value.encode("utf-16-be")
        return '"' + "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)) + '"'
    if isinstance(value, dict):
        return "{" + ",".join(f"{_escaped(name)}:{_escaped(member)}" for name, member in value.items()) + "}"
    return "[" + ",".join(map(_escaped, value)) + "]" if isinstance(value, list) else json.dumps(value)


def _json(operation: Operation, name: str, asks: str, told: str, body: str | Mapping[str, Any]) -> AnswerCase:
    given = evolve(valid_answer(operation), body={"text": body} if isinstance(body, str) else body)
    return AnswerCase(name, asks, f"The answer {told}.", (given,), _value(operation))


def http_cases(operation: Operation) -> Iterator[AnswerCase]:
    """Yield one and the same answer, as HTTP may carry it."""
    usual = valid_answer(operation)
    documented = {response.pattern for response in operation.successes}
    for status in _SUCCESSES:
        if str(status) not in documented:
            sentence = f"The answer has the status {status}, which the contract does not have."
            given = evolve(usual, status=status)
            yield AnswerCase(f"status-{status}", "client/answer/success-class", sentence, (given,), _value(operation))
    ways: Mapping[str, tuple[str, str, GivenAnswer]] = {
        "chunked": ("framing", "comes in chunks, and tells no length", evolve(usual, framing="chunked")),
        "closed": ("framing", "ends where the connection is closed", evolve(usual, framing="close")),
        "gzip": ("coding", "comes in the coding gzip, where the request accepts it", evolve(usual, coding="gzip")),
        "interim-102": ("interim", "comes behind an interim answer with 102", evolve(usual, interim=(102,))),
        "interim-103": ("interim", "comes behind two interim answers with 103", evolve(usual, interim=(103, 103))),
        "field-case": (
            "header-fields",
            "has the names of its header fields in upper case",
            evolve(usual, headers=tuple((name.upper(), said) for name, said in usual.headers)),
        ),
        "repeated-fields": (
            "header-fields",
            "has header fields that occur several times",
            evolve(usual, headers=(*usual.headers, ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/"),
                                   ("vary", "accept"), ("vary", "origin"))),
        ),
        "many-fields": (
            "header-fields",
            "has sixty header fields more, one of them long",
            evolve(usual, headers=(*((f"x-other-{index}", "a" * 40) for index in range(60)), ("x-long", "a" * 4000),
                                   *usual.headers)),
        ),
    }  # fmt: skip
    for name, (asks, told, given) in ways.items():
        yield AnswerCase(name, f"client/answer/{asks}", f"The answer {told}.", (given,), _value(operation))


def request_id_cases(operation: Operation) -> Iterator[AnswerCase]:
    """Yield a success and a refusal that name the request, where the contract has a header for it."""
    for response in (operation.success, *operation.refusals[:1]):
        name = response.header_by_role("request-id")
        if name is not None:
            yield from _named(operation, response, name)


def _named(operation: Operation, response: Response, name: str) -> Iterator[AnswerCase]:
    asks = "client/answer/request-id"
    for case, spelt in (("request-id", name), ("request-id-case", name.lower())):
        if response.is_success:
            given = valid_answer(operation, (spelt, _REQUEST_ID))
            expect = evolve(_value(operation), request_id=_REQUEST_ID)
        else:
            given = GivenAnswer(response.status, ((spelt, _REQUEST_ID),), {"text": ""})
            error = {"kind": "http", "status": response.status, "request_id": _REQUEST_ID}
            expect = Expectation(outcome=("error",), error=error)
        what = "success" if response.is_success else "refusal"
        sentence = f"A {what} names the request in the header `{spelt}`."
        yield AnswerCase(f"{what}/{case}", asks, sentence, (given,), expect)


def _value(operation: Operation) -> Expectation:
    return reported(operation.success, valid_value(operation))
