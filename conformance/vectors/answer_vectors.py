"""Vectors of answers: what a server sends, and what a client must make of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.contract import Operation, Response
from conformance.contract.resources import Resources
from conformance.vectors.arguments import arguments_json, needed
from conformance.vectors.cases import AnswerCase
from conformance.vectors.obligations import Asked
from conformance.vectors.redirects import redirect_cases
from conformance.vectors.refused import documented_refusals, odd_refusals, shaped_refusals
from conformance.vectors.results import result_cases
from conformance.vectors.successes import success_cases
from conformance.vectors.undecodable import undecodable_cases
from conformance.vectors.valid_answers import is_text
from conformance.vectors.vector import Vector, VectorCall
from conformance.vectors.waits import wait_cases
from conformance.vectors.wordings import http_cases, json_cases, request_id_cases

__all__ = ["answer_vectors"]


def answer_vectors(asked: Asked) -> Iterator[Vector]:
    """Yield the vectors of every operation, in the contract's order.

    What the transport of a client does for all of its operations is tried with one of them: the first that makes
    something, or else the first of all.
    """
    operations = asked.contract.operations
    resources = Resources(asked.contract)
    makers = [operation for operation in operations if resources.action(operation) == "create"]
    model = next((each for each in (*makers, *operations) if each.success.schema is not None), operations[0])
    for operation in operations:
        cases = _cases(operation, is_model=operation is model, is_create=operation in makers)
        yield from _vectors(asked, operation, cases)
        yield from _vectors(asked, operation, wait_cases(asked.contract, operation), helper=True)


def _cases(operation: Operation, *, is_model: bool, is_create: bool) -> Iterator[AnswerCase]:
    is_json = operation.success.schema is not None
    is_bytes = bool(operation.success.media) and not is_json and not is_text(operation.success)
    if is_json:
        yield from success_cases(operation)
        yield from undecodable_cases(operation, is_create=is_create)
    elif is_bytes:
        yield from result_cases(operation)  # as HTTP may carry them, too
    if is_model and is_json:
        yield from json_cases(operation)
    if is_model and not is_bytes:
        yield from http_cases(operation)
    yield from request_id_cases(operation)
    yield from redirect_cases(operation, is_model=is_model)
    yield from documented_refusals(operation)
    refusal = _typical(operation)
    if is_model and refusal is not None:
        yield from shaped_refusals(refusal)
        yield from odd_refusals(operation, refusal)


def _typical(operation: Operation) -> Response | None:
    """Return the first documented refusal that has JSON."""
    return next((response for response in operation.refusals if response.schema is not None), None)


def _vectors(
    asked: Asked, operation: Operation, cases: Iterable[AnswerCase], *, helper: bool = False
) -> Iterator[Vector]:
    call = VectorCall(operation.id, arguments_json(needed(operation)), "wait" if helper else None)
    for case in cases:
        yield Vector(
            f"{operation.id}/{'wait' if helper else 'answer'}/{case.name}", "answer",
            asked.level(case.requirement, operation), case.requirement, case.sentence, call, case.expect, case.given,
        )  # fmt: skip
