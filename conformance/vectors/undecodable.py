"""Answers with a status of success that are not what the contract promises."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from conformance.contract import Operation
from conformance.contract.resources import identity
from conformance.vectors.cases import AnswerCase
from conformance.vectors.refused import flagged
from conformance.vectors.valid_answers import json_answer, valid_answer, valid_value
from conformance.vectors.vector import Expectation, GivenAnswer

__all__ = ["PAGE", "undecodable_cases"]

PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head>"
    "<body><h1>We will be back soon</h1><p>caf\u00e9</p></body></html>\n"
)
_HTML = (("content-type", "text/html; charset=utf-8"),)


def undecodable_cases(operation: Operation, *, is_create: bool) -> Iterator[AnswerCase]:
    """Yield what is no answer of an operation that answers with JSON, though its status says so."""
    value = valid_value(operation)
    text = json.dumps(value, ensure_ascii=False)
    usual = valid_answer(operation)
    bodies: Mapping[str, tuple[str, GivenAnswer]] = {
        "truncated": ("is JSON that breaks off", evolve(usual, body={"text": text[: len(text) * 2 // 3]})),
        "no-body": ("has no body", evolve(usual, body={"text": ""})),
        "page": ("is a page of HTML", evolve(usual, headers=_HTML, body={"text": PAGE})),
        "labelled-page": ("is a page of HTML that is called JSON", evolve(usual, body={"text": PAGE})),
        "plain-text": ("is plain text", evolve(usual, headers=(("content-type", "text/plain"),), body={"text": "OK"})),
        "cut": ("breaks off, and is shorter than it says", evolve(usual, cut="in-body")),
    }  # fmt: skip
    for name, (told, given) in bodies.items():
        asks = "client/answer/cut" if name == "cut" else "client/answer/undecodable"
        yield _refused(name, asks, f"The answer has a status of success and {told}.", given)
    yield from _of_another_kind(operation)
    yield from _without_members(operation, value, is_create=is_create)
    refusal = next((response for response in operation.refusals if response.schema is not None), None)
    hidden = flagged(refusal, success=False) if refusal is not None else None
    if hidden is not None:
        sentence = "The answer has a status of success, and its body says that the request was refused."
        given = json_answer(operation.success, hidden)
        yield _refused("hidden-refusal", "client/answer/hidden-refusal", sentence, given)


def _of_another_kind(operation: Operation) -> Iterator[AnswerCase]:
    """Yield JSON that is no value of the operation's: null, and one of another type."""
    schema = operation.success.schema
    offered: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
        ("null", "is null", (None,)), ("other-kind", "is JSON of another kind", ("OK", [], 1)),
    )  # fmt: skip
    for name, told, values in offered:
        wrong = [value for value in values if schema is not None and not schema.is_valid(value)]
        if not wrong:
            continue
        sentence = f"The answer has a status of success and {told}."
        yield _refused(name, "client/answer/undecodable", sentence, json_answer(operation.success, wrong[0]))


def _without_members(operation: Operation, value: Any, *, is_create: bool) -> Iterator[AnswerCase]:
    """Yield objects that lack what they must have: all of it, or that by which what was made is found."""
    found, schema = identity(operation.success), operation.success.schema
    offered: list[tuple[str, Any, str]] = []
    if is_create and found is not None and found.required and isinstance(value, dict):
        rest = {name: member for name, member in value.items() if name != found.name}
        offered.append(("no-identity", rest, f"lacks `{found.name}`, by which what was made is found"))
    if schema is not None and isinstance(value, dict) and not schema.is_valid({}):
        offered.append(("no-members", {}, "is an object without members"))
    for name, said, told in offered:
        given = json_answer(operation.success, said)
        sentence = f"The answer has a status of success and {told}."
        yield _refused(name, "client/answer/undecodable", sentence, given)


def _refused(name: str, asks: str, sentence: str, given: GivenAnswer) -> AnswerCase:
    kinds = ["invalid_answer", "connection"] if name == "cut" else ["invalid_answer", "http"]
    expect = Expectation(outcome=("error",), error={"kind": kinds})
    return AnswerCase(f"undecodable/{name}", asks, sentence, (given,), expect)
