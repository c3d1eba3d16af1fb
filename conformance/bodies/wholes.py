"""Rules about a body as a whole, and the bodies that break them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.bodies.part import Part
from conformance.bodies.samples import ordinary
from conformance.bodies.validity import Validity, judge
from conformance.bodies.violations import UNLISTED, Violation
from conformance.contract import Input, Operation

__all__ = ["body_rules", "body_violations", "smallest", "smallest_is_valid"]


def smallest(operation: Operation) -> tuple[Part, ...]:
    """Return the members of the smallest valid body: the required ones, and others where it has to have some."""
    parts = _needed(operation)
    for declared in operation.fields:
        if _is_whole_enough(operation, parts):
            break
        if not declared.required:
            parts = (*parts, *_ordinary(operation, declared))
    return parts


def smallest_is_valid(operation: Operation) -> bool:
    """Tell whether a body with only its required members is valid."""
    return _is_whole_enough(operation, _needed(operation))


def _needed(operation: Operation) -> tuple[Part, ...]:
    return tuple(part for d in operation.fields if d.required for part in _ordinary(operation, d))


def _ordinary(operation: Operation, declared: Input) -> tuple[Part, ...]:
    return ordinary(declared, operation.media.kind if operation.media is not None else None)


def _is_whole_enough(operation: Operation, parts: Sequence[Part]) -> bool:
    return all(problem.field != "" for problem in judge(operation, parts).problems)


def body_rules(operation: Operation) -> tuple[str, ...]:
    """Return the rules of a body as a whole that something is known to break."""
    return tuple(violation.rule for violation in body_violations(operation))


def body_violations(operation: Operation) -> Iterator[Violation]:
    """Yield bodies that break a rule about the whole, though each of their members is right."""
    if operation.media is None or any(declared.is_whole for declared in operation.fields):
        return
    needed, valid = _needed(operation), smallest(operation)
    for rule, parts in (
        ("additionalProperties", (*valid, Part(UNLISTED, b"1"))),
        ("minProperties", needed),
    ):
        broken = [problem for problem in judge(operation, parts).problems if problem.aspect == rule]
        if any(problem.validity is Validity.INVALID for problem in broken):
            yield Violation(rule, "whole", parts)
