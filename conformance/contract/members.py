"""The members of objects, with those that only some alternatives have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.contract.schema import Schema

__all__ = ["members", "named_members"]

_DEEPEST = 5


def members(schema: Schema) -> Iterator[tuple[tuple[str, ...], Schema]]:
    """Yield every member of an object at any depth, with its path; alternatives count together."""
    yield from _below(schema, ())


def named_members(schema: Schema) -> Mapping[str, Schema]:
    """Return the members of an object by their names; alternatives count together."""
    found: dict[str, Schema] = {}
    for branch in (schema, *schema.branches):
        for name, member in branch.properties.items():
            found.setdefault(name, member)
    return found


def _below(schema: Schema, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Schema]]:
    if len(path) >= _DEEPEST:
        return
    for name, member in named_members(schema).items():
        yield (*path, name), member
        yield from _below(member, (*path, name))
