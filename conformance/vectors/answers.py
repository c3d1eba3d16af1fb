"""Vectors of answers: what a server sends, and what a client must make of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance.contract import Contract, Operation, Response
from conformance.contract.instance import instance
from conformance.requirements import Level
from conformance.vectors.arguments import arguments_json, needed
from conformance.vectors.levels import level_of
from conformance.vectors.vector import Call, Expectation, GivenAnswer, Vector

__all__ = ["answer_vectors"]

UNLISTED = "no-such-value-conformance"


def answer_vectors(contract: Contract) -> Iterator[Vector]:
    """Yield the vectors of every operation, in the contract's order."""
    for operation in contract.operations:
        if operation.success.schema is not None:
            yield from _of_success(operation)
        for refusal in operation.refusals:
            yield _refusal(operation, refusal)


def _of_success(operation: Operation) -> Iterator[Vector]:
    response = operation.success
    shown = instance(response.schema) if response.schema is not None else {}
    yield _vector(
        operation, f"{response.status}/shown", "client/answer/value", "An answer as the contract shows it.",
        json_answer(response.status, shown), Expectation(outcome=("value",), value=shown),
    )  # fmt: skip
    for found in response.properties if isinstance(shown, dict) else ():
        if found.schema.enum and len(found.path) == 1:
            value = {**shown, found.name: UNLISTED}
            yield _vector(
                operation, f"{response.status}/{found.name}/unlisted", "client/answer/open-enum",
                f"`{found.name}` has a value that the contract does not list.",
                json_answer(response.status, value), Expectation(outcome=("value",), value=value),
            )  # fmt: skip


def _refusal(operation: Operation, response: Response) -> Vector:
    body = instance(response.schema) if response.schema is not None else {}
    return _vector(
        operation, f"{response.status}/shown", "client/answer/error", f"A refusal with {response.status}.",
        json_answer(response.status, body),
        Expectation(outcome=("error",), error={"kind": "http", "status": response.status}),
    )  # fmt: skip


def json_answer(status: int, value: Any, *headers: tuple[str, str]) -> GivenAnswer:
    """Return an answer with a value as JSON."""
    return GivenAnswer(
        status, (("content-type", "application/json"), *headers), {"json": json.loads(json.dumps(value))}
    )


def _vector(
    operation: Operation, name: str, requirement: str, sentence: str, given: GivenAnswer, expect: Expectation
) -> Vector:
    return Vector(
        f"{operation.id}/answer/{name}", "answer", level_of(requirement, operation, Level.MUST), requirement, sentence,
        Call(operation.id, arguments_json(needed(operation))), expect, (given,),
    )  # fmt: skip
