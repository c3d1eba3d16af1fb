"""Rules about provenance: every element says where it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import CONTAINERS, Element, Outline
from conformance.lint.vocabulary import PROVENANCES

__all__ = ["RULES"]

_KEY = "x-provenance"


@rule("provenance", "every element says where it comes from, itself or by inheritance")
def provenance(outline: Outline) -> Iterator[Found]:
    """Inheritance goes down the document; what a reference names has its own, not that of who refers to it."""
    for element in outline.elements:
        if _lacks(element) and (element.parent is None or not _lacks(element.parent)):
            yield (
                element.tokens,
                f"the {element.kind} has no provenance; set `{_KEY}` here or above: {', '.join(PROVENANCES)}",
            )


@rule("provenance-value", "a provenance is `documented`, `observed` or `convention`")
def provenance_value(outline: Outline) -> Iterator[Found]:
    """Any other word would be read as neither."""
    for element in outline.elements:
        value = element.node.get(_KEY, PROVENANCES[0])
        if value not in PROVENANCES:
            yield (*element.tokens, _KEY), f"`{value}` is no provenance; use `documented`, `observed` or `convention`"


def _lacks(element: Element) -> bool:
    return element.kind not in CONTAINERS and element.inherited(_KEY) is None


RULES = (provenance, provenance_value)
