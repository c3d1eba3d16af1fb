"""Numbers, booleans, objects and lists that clients garble, made from what the contract allows of an input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.bodies.representations import Representation
from conformance.contract import Schema
from conformance.vectors.cases import RequestCase

__all__ = ["value_cases"]

_LARGEST = 2**53 - 1  # what every JSON implementation can hold (RFC 8259, section 6)
_LARGEST_OF: Mapping[str, int] = {"int32": 2**31 - 1, "int64": 2**63 - 1}
_NUMBER = "client/request/number"
_FRACTIONS: Mapping[str, tuple[str, float]] = {
    "tenth": ("is 0.1", 0.1),
    "negative-fraction": ("is a negative fraction", -2.5),
    "tiny": ("is tiny, with an exponent", 1e-7),
    "huge": ("is huge, with an exponent", 1e21),
}
_OBJECTS: Mapping[str, tuple[str, Any]] = {
    "empty": ("is an object without members, which is an object as well", {}),
    "nested": ("is an object of objects and lists", {"a": {"b": [1, [2, {"c": []}]], "d": {}}}),
    "literals": ("is an object with true, false and null in it", {"yes": True, "no": False, "none": None}),
    "numbers": ("is an object with numbers in it", {"zero": 0, "minus": -1, "tenth": 0.1, "most": _LARGEST}),
    "texts": (
        "is an object with texts in it that have to be escaped",
        {"quotes": '"\\/', "lines": "one\r\ntwo\t", "controls": "\u0001\u001f", "separators": "\u2028\u2029"},
    ),
    "unicode": ("is an object with names and texts beyond ASCII", {"\u732b": "caf\u00e9 cafe\u0301 \U0001f3ac"}),
    "odd-names": ("is an object whose names are odd", {"": 1, "a.b": 2, "c[0]": 3, "$ref": "#", "__proto__": 4}),
    "listlike": ("is an object whose names are numbers", {"0": "a", "1": "b"}),
}
_EVERY_OBJECT = ("empty", "nested", "unicode")
_ITEMS: Mapping[str, tuple[str, list[str]]] = {
    "commas": ("is a list whose items have commas", ["a,b", "c, d"]),
    "unicode": ("is a list whose items are beyond ASCII", ["caf\u00e9", "\u732b \U0001f3ac"]),
    "alike": ("is a list with the same item twice, which stays twice", ["same", "same"]),
    "jsonlike": ("is a list whose items look like JSON", ['["a"]', '{"b": 1}', "null"]),
}


def value_cases(way: Representation, *, is_first: bool) -> Iterator[RequestCase]:
    """Yield the values for one way to write an input, of those that the contract allows and advises.

    Args:
        way: to write it.
        is_first: whether it is the first of its type; the others get only what depends on the input.
    """
    schema = way.schema
    if way.kind in ("file", "null") or schema.enum:
        return
    for case in _of_type(way, is_first=is_first):
        if schema.is_valid(case.value) and way.field.schema.is_advisable(case.value):
            yield case


def _of_type(way: Representation, *, is_first: bool) -> Iterator[RequestCase]:
    schema = way.schema
    if schema.types <= {"integer", "number"} and schema.types:
        yield from _numbers(schema, is_first=is_first)
    elif schema.types == {"boolean"}:
        for value in (True, False):
            yield RequestCase(str(value).lower(), f"is {str(value).lower()}", value, "client/request/boolean")
    elif schema.types == {"object"}:
        for name, (says, value) in _OBJECTS.items():
            if is_first or name in _EVERY_OBJECT:
                yield RequestCase(name, says, value, "client/request/object")
    elif schema.types == {"array"} and schema.items is not None:
        yield from _lists(schema.items, is_first=is_first, may_be_empty=way.field.location != "path")


def _numbers(schema: Schema, *, is_first: bool) -> Iterator[RequestCase]:
    """Yield the ends of what is allowed, and what is printed in another way than usual."""
    stated = {bound.keyword: bound.value for bound in schema.bounds}
    most = _LARGEST_OF.get(str(schema.keywords.get("format")), _LARGEST)
    smallest, largest = stated.get("minimum", -most), stated.get("maximum", most)
    yield RequestCase("largest", f"is the largest number that it may be, {largest}", largest, _NUMBER)
    if is_first or smallest < 0:
        yield RequestCase("smallest", f"is the smallest number that it may be, {smallest}", smallest, _NUMBER)
    if smallest < 0:
        yield RequestCase("zero", "is 0, which is a number as well", 0, _NUMBER)
    if "number" in schema.types:
        yield from (RequestCase(name, says, value, _NUMBER) for name, (says, value) in _FRACTIONS.items())


def _lists(items: Schema, *, is_first: bool, may_be_empty: bool) -> Iterator[RequestCase]:
    asks = "client/request/list"
    if may_be_empty:
        yield RequestCase("no-items", "is a list without items", [], "client/request/empty-list")
    shown = next((value for value in (*items.examples, *items.enum)), None)
    if shown is not None:
        yield RequestCase("one-item", "is a list of one item", [shown], asks)
        yield RequestCase("three-items", "is a list of three items", [shown] * 3, asks)
    if items.is_text:
        yield RequestCase(
            "one-text", "is a list of one text, which stays a list", ["https://example.com/1.png?a=b&c=d"], asks
        )
    if items.is_text and is_first:
        yield from (RequestCase(name, says, value, asks) for name, (says, value) in _ITEMS.items())
    if items.types == {"object"}:
        yield RequestCase("objects", "is a list of objects", [{"a": 1, "b": [None]}, {"c": "caf\u00e9"}], asks)
