"""Vectors of answers and of money say what is right: valid where they say so, broken where they say so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Response
from conformance.vectors import GivenAnswer, Vector, vectors

VALID = {"client/answer/value", "client/answer/optional", "client/answer/open-enum", "client/answer/unknown-member"}
"""What is valid by the schema of a success, but for values of enumerations that are not listed."""


def of(contract: Contract, *requirements: str) -> Iterator[tuple[Vector, Response]]:
    """The vectors of answers that test some requirements, each with the documented answer that its first one is."""
    for vector in vectors(contract):
        operation = contract.operation(vector.call.operation)
        status = vector.given[0].status if vector.given else None
        response = operation.response(status) if status is not None else None
        if vector.requirement in requirements and response is not None:
            yield vector, response


def body_of(answer: GivenAnswer) -> Any:
    """The JSON of an answer."""
    return (answer.body or {}).get("json")


def test_successes_are_valid(contract: Contract) -> None:
    """What a client must understand is what the contract allows, and every documented answer that is shown is there."""
    for vector, response in of(contract, *VALID):
        schema = response.schema
        assert schema is not None, vector.id
        errors = [error for error in schema.errors(body_of(vector.given[0])) if str(error.schema_path[-1]) != "enum"]
        assert errors == [], vector.id


def test_shapes_of_errors_are_valid(contract: Contract) -> None:
    """A reason that a client must find stands where the contract lets it stand."""
    for vector, response in of(contract, "client/answer/reason"):
        assert response.schema is not None
        assert response.schema.is_valid(body_of(vector.given[0])), vector.id
        assert (vector.expect.error or {})["message"] in json.dumps(body_of(vector.given[0]), ensure_ascii=False)


def test_what_is_reported_was_answered(contract: Contract) -> None:
    """No vector asks a client for a member that no answer has."""
    for vector in vectors(contract):
        bodies = [body for answer in vector.given if isinstance(body := body_of(answer), Mapping)]
        if isinstance(vector.expect.value, Mapping) and bodies and "$file" not in vector.expect.value:
            assert any(_holds(body, vector.expect.value) for body in bodies), vector.id
        for name in vector.expect.absent:
            assert all(body.get(name) is None for body in bodies), vector.id


def _holds(body: Any, expected: Any) -> bool:
    """Whether an answer has what is expected of it; more may be there."""
    if isinstance(expected, Mapping) and isinstance(body, Mapping):
        return all(name in body and _holds(body[name], value) for name, value in expected.items())
    return bool(body == expected)


def test_undecodable_answers_are_not_valid(contract: Contract) -> None:
    """A success that a client must report as an error is none by the contract."""
    for vector, response in of(contract, "client/answer/undecodable"):
        (given,) = vector.given
        body = given.body or {}
        read = body.get("json", _parsed(body.get("text", "")))
        assert response.schema is None or read is UNREAD or not response.schema.is_valid(read), vector.id


UNREAD = object()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return UNREAD


def test_errors_of_a_status_name_that_status(contract: Contract) -> None:
    """What a client must say of a failure is what it was answered last."""
    for vector in vectors(contract):
        error = vector.expect.error or {}
        if error.get("kind") == "http" and vector.given and vector.expect.outcome == ("error",):
            assert error["status"] == vector.given[-1].status, vector.id
        if "message" in error and vector.kind == "answer":
            given = [json.dumps(body_of(answer), ensure_ascii=False) for answer in vector.given]
            assert any(error["message"] in text for text in given), vector.id


def test_money_is_counted(contract: Contract) -> None:
    """Every vector of money says how many requests a call may cause, or what its error says of that."""
    for vector in vectors(contract):
        if vector.kind == "money":
            said = vector.expect.error or {}
            assert vector.expect.requests is not None or "ambiguous" in said, vector.id
