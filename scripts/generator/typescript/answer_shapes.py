"""What the values of answers are, as far as the client reads them leniently: a table of objects, and shapes in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import Factory, define

from conformance.contract import Contract, Schema
from conformance.contract.document import tokens
from scripts.generator.shapes import enumerated, identity, is_object, members, options, settled

__all__ = ["AnswerShapes", "names_with_role", "nothing_made", "texts"]

_SCALARS = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}


@define
class AnswerShapes:
    """The objects of the answers that were asked for, by names of their own."""

    models: dict[str, dict[str, Any]] = Factory(dict)
    _names: dict[tuple[str, ...], str] = Factory(dict)

    def of(self, schema: Schema | None, name: str) -> Any:
        """Return the shape of a schema; the name is for an object in it that has none."""
        if schema is None:
            return "any"
        found = [settled(option) for option in options(settled(schema))]
        holding = [option for option in found if is_object(option) or option.types == {"array"}]
        # Between several kinds of objects, or of scalars, nothing is unambiguous.
        one = holding or found
        return self._one(one[0], name) if len(one) == 1 else "any"

    def _one(self, schema: Schema, name: str) -> Any:
        if is_object(schema):
            return {"object": self._object(schema, name)}
        if schema.types == {"array"}:
            return {"list": self.of(schema.items, f"{name} item")}
        kinds = {"string"} if isinstance(next(iter(enumerated(schema)), None), str) else schema.types
        return "any" if schema.is_file or len(kinds) != 1 else _SCALARS.get(next(iter(kinds)), "any")

    def _object(self, schema: Schema, name: str) -> str:
        key = identity(schema)
        if key not in self._names:
            component = tokens(schema.pointer)[-1] if schema.pointer.startswith("#/components/schemas/") else name
            taken = set(self._names.values())
            chosen = next(
                each for each in (component, *(f"{name} {number}" for number in range(2, 1000))) if each not in taken
            )
            self._names[key] = chosen
            self.models[chosen] = {}
            self.models[chosen] = {
                inner: self._member(member, f"{chosen} {inner}") for inner, member in members(schema)[0].items()
            }
        return self._names[key]

    def _member(self, schema: Schema, name: str) -> dict[str, Any]:
        shape = self.of(schema, name)
        says_nothing = not schema.types and not schema.nullable
        return {"shape": shape, **({"isNullable": True} if schema.nullable or says_nothing else {})}


def names_with_role(contract: Contract, role: str) -> list[str]:
    """Return the names of all members of refusals, at any depth, that have a role."""
    found = [name for schema in _refusals(contract) for name, member in _within(schema, set()) if member.role == role]
    return list(dict.fromkeys(found))


def nothing_made(contract: Contract) -> list[str]:
    """Return the reasons of refusals that prove that nothing was made, whatever their status (`x-nothing-made`)."""
    members_ = (member for schema in _refusals(contract) for _, member in _within(schema, set()))
    return list(dict.fromkeys(str(code) for member in members_ for code in member.keywords.get("x-nothing-made", ())))


def texts(contract: Contract) -> list[str]:
    """Return the names of members of refusals that can hold the reason as a text."""
    found = [
        name
        for schema in _refusals(contract)
        for name, member in members(schema)[0].items()
        if member.role in (None, "error", "error-detail") and (not member.types or "string" in member.types)
    ]
    return list(dict.fromkeys(found))


def _refusals(contract: Contract) -> Iterator[Schema]:
    for operation in contract.operations:
        for response in operation.refusals:
            if response.schema is not None:
                yield settled(response.schema)


def _within(schema: Schema, seen: set[tuple[str, ...]]) -> Iterator[tuple[str, Schema]]:
    if identity(schema) in seen:
        return
    seen.add(identity(schema))
    own: Mapping[str, Schema] = members(schema)[0]
    yield from own.items()
    inner: Sequence[Schema] = [branch for member in own.values() for branch in options(settled(member))]
    for each in inner:
        yield from _within(settled(each), seen)
