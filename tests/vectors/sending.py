"""Which vectors are sent, and what the reader that judges servers finds wrong with what is sent."""

from __future__ import annotations

from conformance.bodies.requests import content_type_of, read_body, read_parameters
from conformance.bodies.validity import Validity, judge
from conformance.contract import Contract, Operation
from conformance.vectors import Vector, vectors
from tests.vectors.writing import SentBytes

__all__ = ["OPEN", "problems", "sendable"]

OPEN = ("client/request/open-enum", "client/request/no-segment", "client/request/header-injection")
"""What vectors ask for though the contract does not: values that it does not list, and calls that are refused."""


def sendable(contract: Contract) -> list[Vector]:
    """The vectors of requests that are sent."""
    return [vector for vector in vectors(contract) if vector.kind == "request" and vector.expect.request is not None]


def problems(operation: Operation, sent: SentBytes) -> list[str]:
    """What makes a request worse than one that the contract allows, though it may advise another."""
    parts = read_parameters(operation, sent.target, sent.headers)
    media = operation.media
    if sent.body:
        media, members = read_body(operation, content_type_of(sent.headers), sent.body)
        parts = (*parts, *members)
    found = judge(operation, parts, media).problems
    return [problem.message for problem in found if problem.validity > Validity.DISCOURAGED]
