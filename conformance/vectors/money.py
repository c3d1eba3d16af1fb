"""Vectors of money: how many requests one call may cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from conformance.contract import Contract, Operation
from conformance.contract.resources import Resources
from conformance.requirements import Level
from conformance.vectors.answers import json_answer
from conformance.vectors.arguments import arguments_json, needed
from conformance.vectors.levels import level_of
from conformance.vectors.vector import Call, Count, Expectation, GivenAnswer, Vector

__all__ = ["money_vectors"]

_JSON = (("content-type", "application/json"),)


@frozen
class Mishap:
    """Something that happens to a call, and what it proves."""

    name: str
    sentence: str
    given: GivenAnswer
    error: Mapping[str, Any]
    is_refused: bool = False


def _mishaps() -> Iterator[Mishap]:
    for status in (500, 502, 503, 504, 520, 524):
        answer = json_answer(status, {"error": {"message": "failed", "code": "failed"}})
        yield Mishap(str(status), f"The answer is {status}.", answer, {"kind": "http", "status": status})
    for name, sentence in (
        ("before-reading", "The connection is closed before the request is read."),
        ("after-reading", "The connection is closed after the request was read."),
    ):
        answer = GivenAnswer(cut=name)  # type: ignore[arg-type]  # one of the two
        yield Mishap(f"cut-{name}", sentence, answer, {"kind": "connection"})
    yield Mishap("silent", "Nothing is answered.", GivenAnswer(silent=True), {"kind": "timeout"})
    refused = json_answer(429, {"error": {"message": "slow down", "code": "slow"}}, ("retry-after", "0"))
    yield Mishap("429", "The answer is 429.", refused, {"kind": "http", "status": 429}, is_refused=True)


def money_vectors(contract: Contract) -> Iterator[Vector]:
    """Yield the vectors of every operation that makes something."""
    resources = Resources(contract)
    for operation in contract.operations:
        if resources.action(operation) == "create":
            yield from (_vector(operation, mishap) for mishap in _mishaps())


def _vector(operation: Operation, mishap: Mishap) -> Vector:
    requirement = "client/money/refused" if mishap.is_refused else "client/money/one-create"
    return Vector(
        f"{operation.id}/money/{mishap.name}", "money", level_of(requirement, operation, Level.MUST), requirement,
        mishap.sentence, Call(operation.id, arguments_json(needed(operation))),
        Expectation(requests=Count(1, 10 if mishap.is_refused else 1), outcome=("error",), error=mishap.error),
        (mishap.given,),
    )  # fmt: skip
