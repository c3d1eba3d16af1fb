"""Copies an OpenAPI document element by element, so that a rule changes one element and never looks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contract.document import Tokens
from conformance.lint.elements import GRAMMAR

__all__ = ["ElementChange", "below", "rewritten"]

ElementChange = Callable[[str, Any, Tokens], Any]
"""What becomes of an element: its kind, itself, where it stands."""


def rewritten(
    node: Any,
    *,
    before: ElementChange | None = None,
    after: ElementChange | None = None,
    kind: str = "document",
    place: Tokens = (),
) -> Any:
    """Return a copy of an element: changed before what is below it, or after; what is data is copied as it stands.

    Args:
        node: the element, which stays as it is.
        before: may put another element in the place of one; what is below that one is changed next.
        after: may do so when all that is below has been changed.
        kind: what the element is, in the words of the grammar.
        place: where it stands.
    """
    if before is not None:
        node = before(kind, node, place)
    if isinstance(node, Mapping):
        node = {key: _copied(kind, node, key, before, after, (*place, str(key))) for key in node}
    return node if after is None else after(kind, node, place)


def below(kind: str, key: str) -> tuple[str, str] | None:
    """Return the shape (one, list or map) and the kind of what stands under a key of an element, unless it is data."""
    grammar = GRAMMAR.get(kind, {})
    found = grammar.get(key) or (None if key.startswith("x-") else grammar.get("*"))
    # What a value should be is said in an extension, which stays as it is.
    return None if found is None or key.startswith("x-") else found


def _copied(
    kind: str,
    node: Mapping[str, Any],
    key: Any,
    before: ElementChange | None,
    after: ElementChange | None,
    place: Tokens,
) -> Any:
    value, found = node[key], below(kind, str(key))
    if found is None or (kind != "schema" and isinstance(node.get("$ref"), str)):
        return value
    shape, inner = found
    if shape == "one":
        is_element = isinstance(value, Mapping) or (inner == "schema" and isinstance(value, bool))
        return rewritten(value, before=before, after=after, kind=inner, place=place) if is_element else value
    if shape == "list" and isinstance(value, list):
        return [
            rewritten(item, before=before, after=after, kind=inner, place=(*place, str(index)))
            for index, item in enumerate(value)
        ]
    if shape == "map" and isinstance(value, Mapping):
        return {
            name: rewritten(item, before=before, after=after, kind=inner, place=(*place, str(name)))
            for name, item in value.items()
        }
    return value
