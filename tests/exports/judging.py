"""What two versions of a schema make of the same values."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from conformance.contract import Contract, Document, Schema
from conformance.contract.instance import instance
from conformance.contract.node import Node
from conformance.errors import ContractError

__all__ = ["VALUES", "Older", "others", "properties_of", "valid_values"]

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 5, 7, 9, 12, -1, 0.5, 10**13, "", "a", "b", "thing", "abcde", "é", "AAAA"),
    *([], [1], ["a"], ["a", 1], ["a", 1, 2], ["a", "b"], [2], [1, 2], [None], [[1]]),
    *({}, {"a": 1}, {"a": "x"}, {"b": 1}, {"a": 1, "b": 2}, {"long_name": 1}, {"long_name": "x"}, {"z": None}),
)
"""One of each kind, and some that are on the edge of something.

Not 3.0, which was no integer when OpenAPI 3.0 was written, and is one now.
"""


class Older:
    """A document of version 3.0 that judges values."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self._registry: Any = Registry().with_resource("urn:older", DRAFT4.create_resource(data))

    def is_valid(self, pointer: str, value: Any) -> bool:
        judge: Any = OAS30Validator({"$ref": f"urn:older{pointer}"}, registry=self._registry)
        return bool(judge.is_valid(value))


def properties_of(document: Document) -> Iterator[Schema]:
    """Yield the components and their properties."""
    root = Node.root(document)
    for name, schema in (root.get("components", {}).get("schemas") or {}).items():
        place = root.raw("components", "schemas", name)
        yield Schema((place,))
        for inner in schema.get("properties") or ():
            yield Schema((place.raw("properties", inner),))


def valid_values(contract: Contract) -> dict[str, Any]:
    """Return a valid value of each component, by name, where one can be made."""
    found = {}
    for schema in properties_of(contract.document):
        try:
            found[schema.pointer] = instance(schema)
        except ContractError:
            continue
    return found


def others(value: Any) -> list[Any]:
    """Return values near one: members left out, or of another kind."""
    if not isinstance(value, dict):
        return [value]
    left_out = ({key: member for key, member in value.items() if key != name} for name in value)
    wrong: tuple[Any, ...] = (None, 1.5, [], "x")
    changed = ({**value, name: other} for name in value for other in wrong)
    return [value, *chain(left_out, changed)]
