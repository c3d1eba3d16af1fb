"""Reads a request back from its bytes: the parts that it has, and the requirements that an acceptance of it breaks."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.bodies.part import Part
from conformance.bodies.requests import content_type_of, read_body, read_parameters
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import Validity, judge
from conformance.bodies.violations import rules
from conformance.bodies.wholes import body_rules
from conformance.contract import Operation
from conformance.engine.probe import PreparedRequest
from conformance.requirements.ids import body_prefix, input_prefix

__all__ = ["breaches", "parts_of"]


def parts_of(operation: Operation, request: PreparedRequest) -> tuple[Part, ...] | None:
    """Return what a request says, in every place; None where its body cannot be read."""
    parts = read_parameters(operation, request.path, request.headers)
    if not request.body:
        return parts
    try:
        return (*parts, *read_body(operation, content_type_of(request.headers), request.body)[1])
    except MalformedBody:
        return None


def breaches(operation: Operation, parts: Sequence[Part]) -> frozenset[str]:
    """Return the ids of the requirements that forbid what some parts say; rules without one are held against nobody."""
    known: dict[tuple[str, str], str] = {}
    for declared in operation.inputs:
        for rule in (*rules(declared, operation.media), *(("required",) if declared.required else ())):
            known[declared.name, rule] = f"{input_prefix(operation, declared)}/{rule}"
    known |= {("", rule): f"{body_prefix(operation)}/{rule}" for rule in body_rules(operation)}
    broken = (problem for problem in judge(operation, parts).problems if problem.validity is Validity.INVALID)
    return frozenset(known[each.field, each.aspect] for each in broken if (each.field, each.aspect) in known)
