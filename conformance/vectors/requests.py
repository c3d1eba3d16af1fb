"""Vectors of requests: what is given for the inputs of an operation, and what must then be on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.bodies.representations import Representation
from conformance.contract import Contract, Input, Operation
from conformance.requirements import Level
from conformance.requirements.derived import WAYS
from conformance.requirements.ids import input_prefix
from conformance.vectors.arguments import Argument, arguments_json, needed, ordinary_argument, ways
from conformance.vectors.expected import expected_request
from conformance.vectors.levels import level_of
from conformance.vectors.vector import Call, Expectation, Vector

__all__ = ["request_vectors"]


def request_vectors(contract: Contract) -> Iterator[Vector]:
    """Yield the vectors of every operation, in the contract's order."""
    for operation in contract.operations:
        base = needed(operation)
        yield _vector(operation, "smallest", "client/request/only-given", "The smallest call that is valid.", base)
        for declared in operation.inputs:
            yield from _of_input(operation, declared, base)


def _of_input(operation: Operation, declared: Input, base: Sequence[Argument]) -> Iterator[Vector]:
    name = f"`{declared.name}`"
    for way in ways(operation, declared):
        requirement = f"{input_prefix(operation, declared)}/accepted"
        sentence = f"{name} as the contract shows it, written as {WAYS[way.kind]}."
        yield _of(operation, way, way.kind, requirement, sentence, base)
    for value in declared.schema.enum:
        requirement = f"{input_prefix(operation, declared)}/value/{value}"
        yield _vector(
            operation, f"{declared.name}/value/{value}", requirement, f"{name} is `{value}`.",
            _with(base, Argument(declared, value)),
        )  # fmt: skip


def _of(
    operation: Operation, way: Representation, name: str, requirement: str, sentence: str, base: Sequence[Argument]
) -> Vector:
    arguments = _with(base, ordinary_argument(way))
    return _vector(operation, f"{way.field.name}/{name}", requirement, sentence, arguments)


def _with(base: Sequence[Argument], argument: Argument) -> tuple[Argument, ...]:
    """Return a call with an argument in the place of what it has for the same input, or behind the others."""
    if all(each.declared is not argument.declared for each in base):
        return (*base, argument)
    return tuple(argument if each.declared is argument.declared else each for each in base)


def _vector(operation: Operation, name: str, requirement: str, sentence: str, arguments: Sequence[Argument]) -> Vector:
    return Vector(
        f"{operation.id}/request/{name}",
        "request",
        level_of(requirement, operation, Level.MUST),
        requirement,
        sentence,
        Call(operation.id, arguments_json(arguments)),
        Expectation(expected_request(operation, arguments), outcome=("value",)),
    )
