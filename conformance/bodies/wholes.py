"""Rules about a body as a whole, and the bodies that break them."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bodies.part import Part
from conformance.bodies.samples import ordinary
from conformance.bodies.validity import Validity, judge
from conformance.bodies.violations import UNLISTED, Violation
from conformance.contract import Operation

__all__ = ["body_rules", "body_violations", "smallest", "smallest_is_valid"]


def smallest(operation: Operation) -> tuple[Part, ...]:
    """Return the members of a body that must be there, each as an ordinary client sends it."""
    media = operation.media
    needed = [declared for declared in operation.fields if declared.required]
    return tuple(part for declared in needed for part in ordinary(declared, media.kind if media is not None else None))


def smallest_is_valid(operation: Operation) -> bool:
    """Tell whether a body with only its required members is valid; it may have to have some member or other."""
    return all(problem.field != "" for problem in judge(operation, smallest(operation)).problems)


def body_rules(operation: Operation) -> tuple[str, ...]:
    """Return the rules of a body as a whole that something is known to break."""
    return tuple(violation.rule for violation in body_violations(operation))


def body_violations(operation: Operation) -> Iterator[Violation]:
    """Yield bodies that break a rule about the whole, though each of their members is right."""
    if operation.media is None or any(declared.is_whole for declared in operation.fields):
        return
    needed = smallest(operation)
    for rule, parts in (
        ("additionalProperties", (*needed, Part(UNLISTED, b"1"))),
        ("minProperties", needed),
    ):
        broken = [problem for problem in judge(operation, parts).problems if problem.aspect == rule]
        if any(problem.validity is Validity.INVALID for problem in broken):
            yield Violation(rule, "whole", parts)
