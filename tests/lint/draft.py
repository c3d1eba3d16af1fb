"""A copy of the contract's document in which one thing can be broken, and lists of ways to break it.

They find their place by what an element is, never by its name, so that they outlive the contract's fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from conformance.lint.elements import Element, Outline

Tokens = tuple[str, ...]


@frozen
class Draft:
    """A copy of the contract to break; `before` is the document as it was."""

    before: Outline
    data: dict[str, Any]

    def at(self, element: Element, *keys: str) -> Any:
        """The copy's node at an element, or further down."""
        node: Any = self.data
        for token in (*element.tokens, *keys):
            node = node[int(token)] if isinstance(node, list) else node[token]
        return node

    def one(self, kind: str, test: Callable[[Element], object] = lambda _: True) -> Element:
        """The first element of a kind that passes a test."""
        return next(element for element in self.before.of_kind(kind) if test(element))

    def with_key(self, kind: str, key: str) -> Element:
        """The first element of a kind that has a key."""
        return self.one(kind, lambda element: key in element.node)

    @property
    def form(self) -> Element:
        """The multipart media type."""
        return self.one("media type", lambda element: element.name.startswith("multipart/"))

    @property
    def operation(self) -> Element:
        """The first operation."""
        return self.one("operation")


Break = Callable[[Draft], Tokens]
"""A way to break the contract; it returns where the finding must stand."""


@frozen
class Breaks:
    """Ways to break the contract, each with the rule that it breaks."""

    listed: list[tuple[str, Break]] = field(factory=list)

    def of(self, rule: str) -> Callable[[Break], Break]:
        """List a function as a way to break a rule."""

        def decorate(edit: Break) -> Break:
            self.listed.append((rule, edit))
            return edit

        return decorate
