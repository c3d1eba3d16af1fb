"""Derived faults of what an operation answers: statuses, media types, headers and properties."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conformance.bodies.violations import UNLISTED, violations
from conformance.contract import Input, MediaType, Operation, Property, Response
from conformance.contract.instance import instance
from conformance.reference.generic_entry import fault, step
from conformance.reference.named_behaviours import BehaviourStep, Entry

__all__ = ["answer_faults", "effect_faults", "status_faults"]

_SUCCESSES = (200, 201, 202, 203, 206)
_REFUSALS = (418, 451, 423, 409, 410, 400)
_JUDGED = (400, 413, 415, 422)
_MANY = 3
_OF_TYPE = {"array": ["value"], "object": {"value": 1}, "boolean": True, "string": "value", "number": 0.5}


def status_faults(operation: Operation) -> Iterator[Entry]:
    """Yield faults about which status an answer has."""
    prefix = f"{operation.id}/response"
    for status in (status for status in _SUCCESSES if operation.response(status) is None):
        yield fault(f"{prefix}/success-status", operation, step("answers_status", status=status), free=False)
        break
    for status in (status for status in _REFUSALS if operation.response(status) is None):
        undocumented = step("refuses_with", status=status)
        yield fault(f"{prefix}/error-status", operation, undocumented, when=(step("refused"),), free=True)
        break
    yield fault(f"{operation.id}/valid/no-server-error", operation, step("breaks_down_late"), free=False)
    failing, judged = step("refuses_with", status=500), step("refused_with", statuses=_JUDGED)
    yield fault(f"{operation.id}/invalid/no-server-error", operation, failing, when=(judged,), free=True)
    yield fault(f"{operation.id}/fuzz/refused", operation, step("overlooks_all"), when=_drawn(operation), free=True)
    if len(operation.fields) < _MANY:
        yield fault(f"{operation.id}/fuzz/no-server-error", operation, failing, when=(judged,), free=True)
    else:
        many = step("many_fields", at_least=_MANY)
        yield fault(f"{operation.id}/fuzz/no-server-error", operation, step("breaks_down"), when=(many,), free=True)


def _drawn(operation: Operation) -> tuple[BehaviourStep, ...]:
    """Return what holds of many a generated body, and of hardly any that was made to have one flaw."""
    needed = [declared for declared in operation.fields if declared.required]
    whole = (step("has_field", field=declared) for declared in needed)
    return (*whole, step("unknown_field"), step("many_fields", at_least=len(needed) + 2))


def effect_faults(operation: Operation) -> Iterator[Entry]:
    """Yield faults about what an operation leaves behind."""
    yield fault(f"{operation.id}/effect/removed", operation, step("removes_nothing"), free=False)


def answer_faults(operation: Operation, response: Response, name: str) -> Iterator[Entry]:
    """Yield faults about one answer; `name` stands for it in ids, `error` for all refusals."""
    prefix, is_error = f"{operation.id}/response/{name}", name == "error"
    outcome = (step("refused" if is_error else "accepted"),)
    typed = step("sets_header", name="Content-Type", value="text/html")
    yield fault(f"{prefix}/content-type", operation, typed, when=outcome, free=is_error)
    yield fault(f"{prefix}/body", operation, _other_body(response), when=outcome, free=is_error)
    if is_error:
        unreasoned = step("answers_error", body={"status": "fail"})
        yield fault(f"{prefix}/reason", operation, unreasoned, when=outcome, free=True)
    for header in response.headers:
        gone = step("drops_header", name=header)
        yield fault(f"{prefix}/header/{header.lower()}", operation, gone, when=outcome, free=is_error)
    for shown in response.properties:
        for rule, wrong in _property_steps(response, shown):
            yield fault(f"{prefix}/{shown.name}/{rule}", operation, wrong, when=outcome, free=is_error)


def _other_body(response: Response) -> BehaviourStep:
    """Return what gives a body of another type: no object where one is documented, nothing where bytes are."""
    if response.schema is None:
        return step("writes_nothing")
    other: Any = {"value": 1} if "object" not in response.schema.types else ["value"]
    return step("answers_error" if response.status >= 400 else "answers_body", body=other)


def _property_steps(response: Response, shown: Property) -> Iterator[tuple[str, BehaviourStep]]:
    """Yield what breaks each rule of a property."""
    yield "required", _without(response, shown)
    yield "nullable", step("sets", what=shown, value=None)
    for rule, value in _wrong_values(shown).items():
        yield rule, step("sets", what=shown, value=value)
    if shown.lifecycle is not None:
        others = [value for value in shown.schema.enum if value not in shown.lifecycle.stages]
        yield "lifecycle", step("sets", what=shown, value=next(iter(others), UNLISTED))
    if shown.echoes:
        yield "echo", step("echoes_another", what=shown)


def _without(response: Response, shown: Property) -> BehaviourStep:
    """Return what leaves a property out of an object that is there."""
    parent = next((other for other in response.properties if other.path == shown.path[:-1]), None)
    if parent is None:
        return step("omits", what=shown)
    made = instance(parent.schema)
    rest = {key: value for key, value in made.items() if key != shown.path[-1]} if isinstance(made, dict) else {}
    return step("sets", what=parent, value=rest)


def _wrong_values(shown: Property) -> dict[str, Any]:
    """Return for each rule of a property a value that breaks it: as for a member of a JSON body."""
    member = Input(shown.path[-1], "body", shown.pointer, shown.schema, shown.required, shown.provenance)
    media = MediaType("application/json", shown.pointer, None, (member,))
    foreign = [value for name, value in _OF_TYPE.items() if name not in shown.schema.types]
    found: dict[str, Any] = {"type": foreign[0]} if foreign else {}
    for violation in reversed(violations(member, media)):
        found[violation.rule] = json.loads(violation.parts[0].value)
    return found
