"""How a refusal reads: its status, and the contract's error schema filled in by roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, Operation, Response
from conformance.contract.instance import instance
from conformance.contract.members import members
from conformance.reference.calls import Refusal
from conformance.reference.showing import copied, place

__all__ = ["PROBLEM", "ErrorShape", "documented_status", "error_shape", "header_named", "phrase"]

PROBLEM = "application/problem+json"
_Path = tuple[str, ...]
_ROLES = ("error-message", "error-code", "error-field")


@frozen
class ErrorShape:
    """What a documented refusal says, and where: the place of each role in its body.

    Attributes:
        numbers: its code is a number, for which the status stands.
    """

    media_type: str | None
    base: Any = field(repr=False)
    places: Mapping[str, _Path]
    numbers: bool = False

    def body(self, refusal: Refusal) -> Any:
        """Return the body of a refusal."""
        told = {
            "error-message": refusal.message,
            "error-code": self._code(refusal.status),
            "error-field": refusal.field,
        }
        return self._with(told)

    def _code(self, status: int) -> str | int:
        return status if self.numbers else phrase(status).lower().replace(" ", "_")

    def _with(self, told: Mapping[str, str | int | None]) -> Any:
        body = copied(self.base)
        if isinstance(body, dict):
            for role, path in self.places.items():
                if told[role] is not None:
                    place(body, path, told[role])
        return body

    def examples(self) -> Iterator[Any]:
        """Yield the bodies that it gives: with a field at fault, and without."""
        for name in (None, "field"):
            yield self._with({"error-message": "refused", "error-code": self._code(400), "error-field": name})


def documented_status(operation: Operation | None, *candidates: int) -> int:
    """Return the first status that the operation documents, or else the first candidate."""
    return next((status for status in candidates if operation and operation.response(status)), candidates[0])


def header_named(contract: Contract, role: str) -> str | None:
    """Return the name of the first response header in the contract that has a role."""
    names = (response.header_by_role(role) for operation in contract.operations for response in operation.responses)
    return next((name for name in names if name), None)


@lru_cache(maxsize=1024)
def error_shape(response: Response) -> ErrorShape | None:
    """Return how a documented refusal reads, each value by its role; None where it has no JSON body.

    Where the schema admits several shapes, the one that can say most is taken.

    Raises:
        ContractError: no valid body can be made.
    """
    media = next((found for found in response.media if found.kind == "json"), None)
    if media is None:
        return None
    if media.schema is None:
        return ErrorShape(media.name, {}, {})
    shapes: dict[_Path, dict[str, _Path]] = {}
    numeric: set[_Path] = set()
    for path, member in members(media.schema):
        if member.role in _ROLES:
            shapes.setdefault(path[:-1], {}).setdefault(member.role, path)
        if member.types and member.types <= {"integer", "number"}:
            numeric.add(path)
    able = [roles for roles in shapes.values() if "error-message" in roles]
    places = max(able, key=len, default={})
    bases: tuple[Any, ...] = ({}, instance(media.schema))
    for base in bases:
        shape = ErrorShape(media.name, base, places, places.get("error-code") in numeric)
        if all(media.schema.is_valid(body) and not any(media.schema.advice(body)) for body in shape.examples()):
            return shape
    return ErrorShape(media.name, instance(media.schema), {})


def phrase(status: int) -> str:
    """Return the standard name of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
