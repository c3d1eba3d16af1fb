"""Lists every enumeration of a contract: its values, where they come from, who sends them, and what stage they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract
from conformance.contract.document import Tokens, pointer
from conformance.lint.elements import Element, Outline
from scripts.generator.exports.reach import reached

__all__ = ["listed_values"]

_ADVICE = "x-should"


def listed_values(contract: Contract) -> dict[str, Any]:
    """Return the enumerations and constants in the contract's order."""
    listing = _Listing(contract, Outline.of(contract.document))
    return {
        "contract": contract.title,
        "version": contract.version,
        "enums": [listing.row(element) for element in listing.outline.of_kind("schema") if _values(element)],
    }


@frozen(slots=False)
class _Listing:
    """A contract, and what each of its operations sends and answers."""

    contract: Contract = field(repr=False)
    outline: Outline = field(repr=False)
    sent: Mapping[str, frozenset[Tokens]] = field(init=False, repr=False)
    answered: Mapping[str, frozenset[Tokens]] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "sent", self._reached("parameters", "requestBody"))
        object.__setattr__(self, "answered", self._reached("responses"))

    def _reached(self, *keywords: str) -> Mapping[str, frozenset[Tokens]]:
        found = {}
        for operation in self.contract.operations:
            element = self.outline.at(operation.pointer)
            if element is not None:
                start = [*self.outline.children(element, *keywords)]
                if element.parent is not None and "parameters" in keywords:
                    start += self.outline.children(element.parent, "parameters")
                found[operation.id] = reached(self.outline, start)
        return found

    def row(self, element: Element) -> dict[str, Any]:
        """Return what is known about one enumeration."""
        stages = element.node.get("x-lifecycle")
        values = [
            {"value": value, **({"stage": stages[value]} if isinstance(stages, Mapping) and value in stages else {})}
            for value in _values(element)
        ]
        return {
            "name": _name(element),
            "at": pointer(element.tokens),
            "provenance": "convention" if _is_advice(element) else element.inherited("x-provenance") or "convention",
            "demanded": not _is_advice(element),
            "sent_by": [name for name, places in self.sent.items() if element.tokens in places],
            "answered_by": [name for name, places in self.answered.items() if element.tokens in places],
            "values": values,
        }


def _values(element: Element) -> list[Any]:
    listed = element.node.get("enum")
    if isinstance(listed, list):
        return listed
    return [element.node["const"]] if "const" in element.node else []


def _is_advice(element: Element) -> bool:
    return any(above.keyword == _ADVICE for above in _upwards(element))


def _name(element: Element) -> str:
    """Return the path of a value below its component, as people write it: `Video.object`."""
    names = [
        above.name
        for above in _upwards(element)
        if above.keyword in ("schemas", "properties") or above.kind in ("parameter", "header")
    ]
    return ".".join(reversed(names)) or element.name


def _upwards(element: Element | None) -> Iterator[Element]:
    while element is not None:
        yield element
        element = element.parent
