"""Where something stands in a document: pointers of keywords, and names of components."""

from __future__ import annotations

from attrs import frozen

from conformance.contract import Contract, Schema
from conformance.contract.document import pointer, tokens

__all__ = ["PlacePair", "below", "both", "component", "extension", "step"]


@frozen
class PlacePair:
    """The JSON pointers of one place in the old document and in the new one; None where it is not there."""

    old: str | None
    new: str | None


def both(old: Schema, new: Schema, *keywords: str) -> PlacePair:
    """Return the places of the first of some keywords in two schemas."""
    return PlacePair(_place(old, keywords), _place(new, keywords))


def below(old: str, new: str, *keys: object) -> PlacePair:
    """Return the places of what stands below two places."""
    return PlacePair(step(old, *keys), step(new, *keys))


def _place(schema: Schema, keywords: tuple[str, ...]) -> str:
    """Return the pointer of the first of some keywords that a schema has, or where the first one would stand."""
    for keyword in keywords:
        for part in schema.parts:
            if part.get(keyword) is not None:
                return step(part.written_at, keyword)
    # Where nothing says it, the schema itself stands for it, and not what refers to it.
    return step(next((part for part in schema.parts if part.target() is None), schema.parts[0]).written_at, keywords[0])


def step(above: str, *keys: object) -> str:
    """Return the pointer of what stands below a place."""
    return above + pointer(keys)[1:]


def component(schema: Schema) -> str | None:
    """Return the name under which a schema stands among the components, if it is a reference to one."""
    named = schema.roots[0].target()
    steps = tokens(named.pointer) if named is not None else ()
    return steps[2] if len(steps) == 3 and steps[:2] == ("components", "schemas") else None


def extension(contract: Contract, where: str, key: str) -> object:
    """Return the value of a key that stands right at a place of a contract."""
    found = contract.document.lookup(where)
    return found.get(key) if isinstance(found, dict) else None
