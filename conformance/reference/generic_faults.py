"""Derived faults: for every requirement that a contract gives rise to, a server that does not keep it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract, Operation
from conformance.reference.generic_answers import answer_faults, effect_faults, status_faults
from conformance.reference.generic_lives import content_faults, life_faults
from conformance.reference.generic_requests import (
    access_faults,
    body_faults,
    input_faults,
    leniency_faults,
    recognition_faults,
)
from conformance.reference.named_behaviours import Entry
from conformance.requirements.derived import derive

__all__ = ["generic_faults"]


def generic_faults(contract: Contract) -> tuple[Entry, ...]:
    """Return one fault for each requirement that is derived from the contract, as far as one is known."""
    known = {requirement.id for requirement in derive(contract)}
    found: dict[str, Entry] = {}
    for entry in (entry for operation in contract.operations for entry in _faults(contract, operation)):
        if entry.fails[0] in known:
            found.setdefault(entry.fails[0], entry)
    return tuple(found.values())


def _faults(contract: Contract, operation: Operation) -> Iterator[Entry]:
    yield from access_faults(operation)
    yield from recognition_faults(operation)
    yield from body_faults(operation)
    yield from leniency_faults(operation)
    for declared in operation.inputs:
        yield from input_faults(operation, declared)
    yield from status_faults(operation)
    yield from effect_faults(operation)
    yield from life_faults(contract, operation)
    yield from content_faults(contract, operation)
    yield from answer_faults(operation, operation.success, operation.success.pattern)
    refusal = next((response for response in operation.refusals if response.schema is not None), None)
    if refusal is not None:
        yield from answer_faults(operation, refusal, "error")
