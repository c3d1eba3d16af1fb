"""Texts that clients garble (`texts.yaml`), as cases for an input that takes any text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from conformance.bodies.part import Part
from conformance.bodies.requests import can_stand
from conformance.contract import BodyKind, Location
from conformance.data import read_data
from conformance.vectors.cases import RequestCase

__all__ = ["mixed_texts", "refused_texts", "text_cases"]

_ASKS: Mapping[Location, str] = {
    "body": "client/request/text",
    "path": "client/request/path",
    "query": "client/request/query",
    "header": "client/request/header",
}
_MIXED: Mapping[Location, str] = {
    "body": 'na\u00efve "\u732b" \U0001f3ac\n a+b=100% & {"c": null}; --d ',
    "query": "na\u00efve \u732b a+b=100% & c#d",
    "path": "na\u00efve \u732b a+b=100% & c#d?e",
    "header": 'a, b="c; d"',
}
_REFUSED: Mapping[Location, Sequence[tuple[str, str, str]]] = {
    "path": (
        ("no-text", "", "empty, so that its segment would be gone"),
        ("dots", "..", "two dots, which lead to the segment above however they are encoded"),
        ("dot", ".", "a dot, which is no segment however it is encoded"),
    ),
    "header": (("line-break", "a\r\nX-Other: 1", "text with a line break, which would end the header"),),
}


def text_cases(place: Location, kind: BodyKind | None) -> Iterator[RequestCase]:
    """Yield the texts for the inputs of a place; those about boundaries only where there are boundaries."""
    for entry in _entries():
        asks = entry.get("asks", "")
        is_about_forms = asks == "client/request/boundary"
        if place not in entry["in"] or (is_about_forms and kind != "multipart"):
            continue
        text = entry["text"] * entry.get("times", 1)
        if can_stand(Part("any", text.encode(), location=place)):
            yield RequestCase(entry["name"], f"is {entry['says']}", text, asks or _ASKS[place])


def mixed_texts(place: Location) -> Iterator[RequestCase]:
    """Yield one text with something of all, for inputs that are not the first of their place."""
    if place in _MIXED:
        yield RequestCase("mixed", "is text with something of all that is garbled", _MIXED[place], _ASKS[place])


def refused_texts(place: Location) -> Iterator[RequestCase]:
    """Yield the texts that cannot stand in a place: whoever sends them calls something else."""
    asks = "client/request/header-injection" if place == "header" else "client/request/no-segment"
    for name, text, says in _REFUSED.get(place, ()):
        yield RequestCase(name, f"is {says}", text, asks, is_refused=True)


@cache
def _entries() -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = read_data("vectors", "texts.yaml")
    return entries
