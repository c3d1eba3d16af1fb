"""Refusals and failures: with every documented status, in every shape that errors may have, and as gateways answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from conformance.contract import Operation, Response, Schema
from conformance.contract.instance import instance
from conformance.contract.members import named_members
from conformance.vectors.cases import AnswerCase
from conformance.vectors.valid_answers import json_answer, json_type, shown
from conformance.vectors.vector import Expectation, GivenAnswer

__all__ = ["documented_refusals", "error_body", "flagged", "odd_refusals", "shaped_refusals"]

REASON = "the caf\u00e9 is closed \u2014 come back"
_CODE = "closed_for_now"
_UNLISTED = (400, 404, 408, 409, 410, 418, 425, 429, 451, 500, 501, 502, 503, 504, 520, 524, 529, 599)
_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    "<body><center><h1>502 Bad Gateway</h1></center></body>\r\n</html>\r\n"
)


def documented_refusals(operation: Operation) -> Iterator[AnswerCase]:
    """Yield every refusal that an operation documents, as the contract shows it."""
    for response in operation.refusals:
        for index, body in enumerate(shown(response) or (None,)):
            name = f"{response.status}/shown{f'-{index + 1}' if index else ''}"
            given = GivenAnswer(response.status) if body is None else json_answer(response, body)
            yield _error(name, "client/answer/error", f"A refusal with {response.status}.", given, response.status)


def shaped_refusals(response: Response) -> Iterator[AnswerCase]:
    """Yield a refusal in each shape that the contract's schema of errors admits."""
    for name, (told, body) in _shapes(response.schema).items():
        sentence = f"The reason of a refusal stands {told}."
        given = json_answer(response, body)
        case = _error(f"reason/{name}", "client/answer/reason", sentence, given, response.status, REASON)
        yield case
        if f'"{_CODE}"' in json.dumps(body):
            sentence = f"The code of a refusal stands {told.replace(_BESIDE['code'], 'beside its reason')}."
            expect = evolve(case.expect, error={"kind": "http", "status": response.status, "code": _CODE})
            yield AnswerCase(f"code/{name}", "client/answer/code", sentence, (given,), expect)


def odd_refusals(operation: Operation, response: Response) -> Iterator[AnswerCase]:
    """Yield refusals as gateways and frameworks give them: of any status, and in no form that the contract has."""
    documented = {each.status for each in operation.refusals}
    for status in _UNLISTED:
        if status not in documented and operation.response(status) is None:
            given = GivenAnswer(status, (("content-type", "text/plain"),), {"text": "no"})
            sentence = f"A refusal with {status}, which the contract does not have."
            yield _error(f"unlisted/{status}", "client/answer/error", sentence, given, status)
    status, label = _gateway(operation), json_type(response)
    bodies: Mapping[str, tuple[str, str | None, Mapping[str, Any]]] = {
        "page": ("a page of HTML", "text/html", {"text": _PAGE}),
        "labelled-page": ("a page of HTML that is called JSON", label, {"text": _PAGE}),
        "plain-text": ("plain text", "text/plain; charset=utf-8", {"text": "upstream connect error"}),
        "no-body": ("no body", None, {"text": ""}),
        "truncated": ("JSON that breaks off", label, {"text": '{"error": {"message": "upst'}),
        "no-object": ("JSON that is a text", label, {"json": "no"}),
        "list": ("JSON that is a list", label, {"json": [{"message": "no"}]}),
        "null": ("JSON that is null", label, {"json": None}),
        "empty-object": ("an object without members", label, {"json": {}}),
        "latin-1": ("text in Latin-1, which is no UTF-8", label, {"base64": "eyJtZXNzYWdlIjogImNhZukifQ=="}),
        "bytes": ("bytes that are no text", "application/octet-stream", {"base64": "AAH/gIH+"}),
        "huge": ("a page of two megabytes", "text/html", {"repeat": {"text": "<p>no</p>\n", "times": 200_000}}),
        "wrong-types": ("members of other types", label, {"json": _wrong_types(response.schema)}),
    }
    for name, (told, kind, body) in bodies.items():
        given = GivenAnswer(status, (("content-type", kind),) if kind else (), body)
        yield _error(f"odd/{name}", "client/answer/error", f"A failure with {status} has {told}.", given, status)
    yield from _odd_heads(response, status)


def _odd_heads(response: Response, status: int) -> Iterator[AnswerCase]:
    body = error_body(response)
    reason = REASON if REASON in json.dumps(body, ensure_ascii=False) else None
    coded = GivenAnswer(status, (("content-type", json_type(response)),), {"json": body}, coding="gzip")
    yield _error(
        "odd/gzip", "client/answer/coding", "A failure comes in the coding gzip, where the request accepts it.", coded,
        status, reason,
    )  # fmt: skip
    problem = GivenAnswer(status, (("content-type", "application/problem+json"),), {"json": body})
    sentence = "A failure is called `application/problem+json`."
    yield _error("odd/problem", "client/answer/media-type", sentence, problem, status, reason)


def error_body(response: Response, code: str = _CODE) -> Any:
    """Return an error as the contract has it, with a reason and a code where it has places for them."""
    shapes = _shapes(response.schema, code)
    best = next((shapes[name] for name in ("error-code", "top-code") if name in shapes), None)
    best = best or next(iter(shapes.values()), None)
    return best[1] if best is not None else next(iter(shown(response)), {})


def flagged(response: Response, *, success: bool) -> Mapping[str, Any] | None:
    """Return an error that says by its flag whether the request succeeded; None where the contract has no flag."""
    schema = response.schema
    names = {member.role: name for name, member in (schema.properties if schema is not None else {}).items()}
    if schema is None or "success-flag" not in names or "error-message" not in names:
        return None
    made = {names["success-flag"]: success, names["error-message"]: REASON}
    return made if schema.is_valid(made) else None


def _shapes(schema: Schema | None, said: str = _CODE) -> Mapping[str, tuple[str, Any]]:
    """Return errors by the place where they have their reason, with words for it."""
    if schema is None or schema.types != {"object"}:
        return {}
    names = {member.role: name for name, member in schema.properties.items()}
    found: dict[str, tuple[str, Any]] = {}
    if (whole := names.get("error")) is not None:
        inner = {member.role: name for name, member in named_members(schema.properties[whole]).items()}
        for name, value in _reasons(inner, said).items():
            complete = {**_needed(schema.properties[whole]), **value}
            found[f"error-{name}"] = (f"in the object `{whole}`, {_BESIDE[name]}", {whole: complete})
        found["error-text"] = (f"in `{whole}`, which is text", {whole: REASON})
    for name, value in _reasons(names, said).items():
        found[f"top-{name}"] = (f"at the top, {_BESIDE[name]}", value)
    if (detail := names.get("error-detail")) is not None:
        found["detail-text"] = (f"in `{detail}`, which is text", {detail: REASON})
        listed = [{"loc": ["body", "a"], "msg": REASON, "type": "value_error"}]
        found["detail-list"] = (f"in `{detail}`, which is a list of objects", {detail: listed})
    whole_ones = {name: (told, {**_needed(schema), **value}) for name, (told, value) in found.items()}
    return {name: (told, value) for name, (told, value) in whole_ones.items() if schema.is_valid(value)}


def _needed(schema: Schema) -> Mapping[str, Any]:
    """Return what an object must have, each as small as may be."""
    objects = [branch for branch in schema.branches if branch.types == {"object"}]
    return {
        name: instance(branch.properties[name])
        for branch in objects[:1]
        for name in branch.required
        if name in branch.properties
    }


_BESIDE: Mapping[str, str] = {
    "alone": "alone",
    "code": "beside a code",
    "number": "beside a code that is a number",
    "no-code": "beside a code that is null",
    "field": "beside the field that is at fault",
    "more": "beside members that the contract does not have",
}


def _reasons(names: Mapping[str | None, str], said: str) -> Mapping[str, Mapping[str, Any]]:
    """Return objects with a reason, by what stands beside it; `names` are those of members by their roles."""
    message, code, field = (names.get(role) for role in ("error-message", "error-code", "error-field"))
    if message is None:
        return {}
    found: dict[str, dict[str, Any]] = {"alone": {message: REASON}, "more": {message: REASON, "x_unknown": [{}, None]}}
    if code is not None:
        found |= {"code": {code: said, message: REASON}, "number": {code: 4001, message: REASON}}
        found["no-code"] = {code: None, message: REASON}
    if field is not None:
        found["field"] = {field: "a", message: REASON}
    return found


def _wrong_types(schema: Schema | None) -> Mapping[str, Any]:
    """Return an object with every member of errors, all of them of a type that they do not have."""
    return {name: [7] for name in schema.properties} if schema is not None and schema.properties else {"error": [7]}


def _gateway(operation: Operation) -> int:
    """Return the documented failure that gateways give most, or one that all know."""
    return next((each.status for each in operation.refusals if each.status in (502, 503, 504, 500)), 502)


def _error(
    name: str, asks: str, sentence: str, given: GivenAnswer, status: int, message: str | None = None
) -> AnswerCase:
    error = {"kind": "http", "status": status} | ({"message": message} if message is not None else {})
    return AnswerCase(name, asks, sentence, (given,), Expectation(outcome=("error",), error=error))
