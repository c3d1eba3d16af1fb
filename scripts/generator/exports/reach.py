"""Which places of a document judge what is sent, and which what is answered: references are followed."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.contract.document import Tokens
from conformance.lint.elements import Element, Outline

__all__ = ["reached"]


def reached(outline: Outline, start: Iterable[Element]) -> frozenset[Tokens]:
    """Return the places of some elements and of all that stands below them or is referred to.

    Args:
        outline: of the document.
        start: where to begin.
    """
    found: set[Tokens] = set()
    waiting = list(start)
    while waiting:
        element = waiting.pop()
        if element.tokens in found:
            continue
        found.add(element.tokens)
        waiting.extend(outline.children(element))
        if element.ref is not None and (named := outline.at(element.ref)) is not None:
            waiting.append(named)
    return frozenset(found)
