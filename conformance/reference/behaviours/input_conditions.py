"""When a behaviour shows: conditions on the values that were sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import NoneType
from typing import Any, Literal

from conformance.bodies.representations import Kind
from conformance.bodies.samples import ordinary
from conformance.contract import Input
from conformance.reference.binding import Choice
from conformance.reference.calls import Call
from conformance.reference.registry import condition

__all__: list[str] = []

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_TYPES: Mapping[Kind, tuple[type, ...]] = {
    "null": (NoneType,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}
_OPENING, _CLOSING = b"[{", b"]}"


@condition
def chosen(call: Call, *, values: Choice) -> bool:
    """The form has one of some values of a field."""
    return values.chosen(call)


@condition
def has_field(call: Call, *, field: Input) -> bool:
    """The form has a field."""
    return bool(call.texts(field))


@condition
def lacks_field(call: Call, *, field: Input) -> bool:
    """The form lacks a field."""
    return not call.texts(field)


@condition
def many_fields(call: Call, *, at_least: int) -> bool:
    """The form has many different fields."""
    return len({part.name for part in call.parts}) >= at_least


@condition
def unknown_field(call: Call) -> bool:
    """The form has a field that the contract does not name."""
    return any(call.routed.field(part.name or "") is None for part in call.parts)


@condition
def repeated_field(call: Call) -> bool:
    """A field that is no array occurs more than once."""
    single = [field for field in call.routed.fields if field.schema.types != {"array"}]
    return any(len(call.texts(field)) > 1 for field in single)


@condition
def sent_as(call: Call, *, field: Input, form: Literal["file", "json", "text", "items", "array"]) -> bool:
    """A field was sent in one of its forms: file, json, text, items (a part for each) or array (one part)."""
    parts = call.sent(field)
    if not parts:
        return False
    one_array = len(parts) == 1 and parts[0].value.lstrip()[:1] == b"["
    return {
        "file": any(part.filename is not None for part in parts),
        "json": any(part.content_type == "application/json" for part in parts),
        "text": all(part.filename is None and part.content_type != "application/json" for part in parts),
        "items": not one_array,
        "array": one_array,
    }[form]


@condition
def reads_as(call: Call, *, field: Input, kind: Kind) -> bool:
    """A field has a value of a JSON type; for stages after the request was judged."""
    if field.name not in call.values:
        return False
    value = call.values[field.name]
    return type(value) in _TYPES[kind] if kind in _TYPES else value is not None


@condition
def carries(call: Call, *, field: Input, value: Any) -> bool:
    """A field has a value, alone or in an array; for stages after the request was judged."""
    found = call.values.get(field.name)
    given = [found, *(found if isinstance(found, list) else [])]
    return any(one == value and type(one) is type(value) for one in given)


@condition
def unusual(call: Call, *, field: Input) -> bool:
    """A field has another value than an ordinary client sends."""
    kind = call.media.kind if call.media is not None and field.location == "body" else None
    usual = [part.value for part in ordinary(field, kind)]
    return bool(call.sent(field)) and call.texts(field) != usual


@condition
def text_matches(call: Call, *, fields: tuple[Input, ...], pattern: re.Pattern[str]) -> bool:
    """A field has a value in which a pattern occurs; bytes that are not UTF-8 read as surrogates."""
    return any(
        pattern.search(text.decode("utf-8", "surrogateescape")) for field in fields for text in call.texts(field)
    )


@condition
def number_reaches(call: Call, *, fields: tuple[Input, ...], bits: int) -> bool:
    """A field has an integer that some bits cannot hold."""
    texts = [text.decode("latin-1") for field in fields for text in call.texts(field)]
    return any(_INTEGER.fullmatch(text) and (len(text) > 40 or abs(int(text)) >= 1 << bits) for text in texts)


@condition
def nested_deeper(call: Call, *, fields: tuple[Input, ...], than: int) -> bool:
    """A field has JSON nested deeper than a number of levels."""
    return any(_depth(text) > than for field in fields for text in call.texts(field))


@condition
def out_of_order(call: Call, *, first: Input, then: Input) -> bool:
    """One field comes after another that it usually precedes."""
    names = [part.name for part in call.parts]
    return first.name in names and then.name in names and names.index(first.name) > names.index(then.name)


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for byte in text:
        depth += (byte in _OPENING) - (byte in _CLOSING)
        deepest = max(deepest, depth)
    return deepest
