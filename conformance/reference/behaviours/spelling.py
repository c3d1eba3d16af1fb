"""Values and names that are taken in another spelling, by looser comparisons and looser parsers."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import unquote

from attrs import evolve

from conformance.bodies.part import Part
from conformance.contract import Input
from conformance.reference.calls import Call
from conformance.reference.registry import after, before

__all__: list[str] = []

Resemblance = Literal[
    "regular-expression", "beginning", "begun", "until-nul", "one-of-a-list", "trimmed", "wide", "separators",
    "percent", "quotes", "array",
]  # fmt: skip
NumberReader = Literal[
    "hexadecimal", "exponent", "underscore", "comma", "width", "python", "leading", "whole", "spaced"
]
JsonReader = Literal["python-literal", "python-json", "comments", "bare-names"]


def _items(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


# Whether a text is taken for a listed value.
_RESEMBLANCES: Mapping[Resemblance, Callable[[str, str], bool]] = {
    "regular-expression": lambda given, value: re.fullmatch(value, given) is not None,
    "beginning": lambda given, value: bool(given) and value.startswith(given),
    "begun": lambda given, value: given.startswith(value),
    "until-nul": lambda given, value: given.partition("\0")[0] == value,
    "one-of-a-list": lambda given, value: value in given.split(","),
    "trimmed": lambda given, value: given.strip() == value,
    "wide": lambda given, value: unicodedata.normalize("NFKC", given) == value,
    "separators": lambda given, value: given.replace("_", "-") == value,
    "percent": lambda given, value: unquote(given) == value,
    "quotes": lambda given, value: given.strip('"') == value,
    "array": lambda given, value: _items(given) == [value],
}
# The digits that a text is read as.
_NUMBERS: Mapping[NumberReader, Callable[[str], int]] = {
    "hexadecimal": lambda text: int(text, 16) if text.startswith("0x") else int(text),
    "exponent": lambda text: int(float(text)) if "e" in text else int(text),
    "underscore": lambda text: int(text.replace("_", "")),
    "comma": lambda text: int(text.replace(",", "")),
    "width": int,
    "python": int,
    "leading": lambda text: int(re.match(r"\d+|.*", text)[0]),  # type: ignore[index]  # `.*` always matches
    "whole": lambda text: int(float(text)),
    "spaced": lambda text: int(text.replace(" ", "")),
}
_JSON: Mapping[JsonReader, Callable[[str], Any]] = {
    "python-literal": ast.literal_eval,
    "python-json": json.loads,
    "comments": lambda text: json.loads(re.sub(r"/\*.*?\*/", "", text)),
    "bare-names": lambda text: json.loads(re.sub(r"(?<=[{,])\s*(\w+)\s*:", r'"\1":', text)),
}


@after("decode")
def takes_the_nearest(call: Call, *, field: Input, by: Resemblance) -> Call:
    """Take a text for the listed value that it resembles."""

    def meant(part: Part) -> Part:
        given = part.value.decode("utf-8", "replace")
        known = [str(value) for value in field.schema.enum]
        found = next((value for value in known if part.name == field.name and _RESEMBLANCES[by](given, value)), None)
        return part if found is None or given in known else evolve(part, value=found.encode())

    return call.but(parts=tuple(map(meant, call.parts)))


@after("decode")
def reads_numbers_as(call: Call, *, fields: tuple[Input, ...], by: NumberReader) -> Call:
    """Read numbers as some parser does."""
    names = {field.name for field in fields}

    def respelt(part: Part) -> Part:
        if part.name not in names:
            return part
        try:
            return evolve(part, value=str(_NUMBERS[by](part.value.decode())).encode())
        except (ValueError, OverflowError):
            return part

    return call.but(parts=tuple(map(respelt, call.parts)))


@after("decode")
def reads_json_as(call: Call, *, fields: tuple[Input, ...], by: JsonReader) -> Call:
    """Read JSON as some parser does that takes more than JSON; what only it can write is lost."""
    names = {field.name for field in fields}

    def rewritten(part: Part) -> Part:
        if part.name not in names:
            return part
        try:
            value = _JSON[by](part.value.decode())
            return evolve(part, value=re.sub(r"\bNaN\b", "null", json.dumps(value)).encode())
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            return part

    return call.but(parts=tuple(map(rewritten, call.parts)))


@after("decode")
def takes_other_names(call: Call, *, by: Literal["case", "brackets"]) -> Call:
    """Take a field under another name for the one that the contract has."""
    fold: Callable[[str], str] = str.lower if by == "case" else lambda name: re.sub(r"\[\d*\]$", "", name)
    known = {declared.name for declared in call.routed.fields}
    own = {fold(name): name for name in known}

    def renamed(part: Part) -> Part:
        name = part.name or ""
        return part if name in known else evolve(part, name=own.get(fold(name), name))

    return call.but(parts=tuple(map(renamed, call.parts)))


@after("decode")
def looks_at_first_items(call: Call, *, field: Input) -> Call:
    """Look at the first item of an array, and at no other."""
    first = next((part for part in call.parts if part.name == field.name), None)
    kept = tuple(part for part in call.parts if part.name != field.name or part is first)
    items = _items(first.value.decode("utf-8", "replace")) if first is not None else []
    shorter = json.dumps(items[:1]).encode() if items else b""
    return call.but(parts=tuple(evolve(part, value=shorter) if part is first and items else part for part in kept))


@before("route")
def believes_the_override(call: Call, *, header: str) -> Call:
    """Take the method from a header field."""
    claimed = call.request.headers.get(header)
    if claimed is not None:
        call.request.scope["method"] = claimed.upper()
    return call
