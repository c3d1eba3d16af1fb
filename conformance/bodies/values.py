"""Reads the value of one input from what was sent for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from conformance.bodies.part import Part
from conformance.bodies.strict_json import StrictJsonError, depth, strict_json
from conformance.contract import BodyKind, Input, Schema

__all__ = ["UNREAD", "UnreadableValue", "read"]

UNREAD: Final = object()
"""Stands for the value of an input that could not be read."""

_CANONICAL_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_LOOSE_NUMBER = re.compile(r"\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_LARGEST_EXACT = 2**53 - 1  # what every JSON implementation can hold (RFC 8259, section 6)
_DEEPEST = 64
_LOOSE_BOOLEANS = ("true", "false", "1", "0", "on", "off", "yes", "no")
_KINDS = ("integer", "number", "boolean", "string", "array")
_UTF8 = ("utf-8", "utf8")


class UnreadableValue(ValueError):
    """What was sent is no value of the input; `tolerable` where the contract leaves that open."""

    def __init__(self, aspect: str, message: str, *, tolerable: bool = True) -> None:
        super().__init__(message)
        self.aspect = aspect
        self.tolerable = tolerable


def read(declared: Input, parts: Sequence[Part], body: BodyKind | None) -> Any:
    """Return the value of an input; a file's value is its bytes.

    Args:
        declared: the input.
        parts: at least one, all that was sent for it.
        body: the kind of body that it is a member of; None for a parameter.

    Raises:
        UnreadableValue: it is not written as the contract has it.
    """
    if body == "octets":
        return parts[0].value
    if body == "json":
        return _json(parts[0])
    if declared.location != "body" and any(_is_json(content_type) for content_type in declared.content_types):
        return _json(parts[0])
    array = _shape(declared.schema).array
    if array is not None:
        return _array(array, parts, explode=declared.explode)
    if len(parts) > 1:
        raise UnreadableValue("repeated", "occurs more than once")
    value = _single(declared.schema, parts[0])
    if isinstance(value, bytes) and not _is_of(parts[0].content_type, declared.content_types):
        raise UnreadableValue("part-type", f"is of the type {parts[0].content_type}")
    return value


def _is_of(given: str | None, allowed: Sequence[str]) -> bool:
    """Tell whether a file is of a type that it may have; one that says nothing may be of any."""
    if given is None or not allowed:
        return True
    return any(fnmatchcase(given.partition(";")[0].strip().lower(), pattern) for pattern in allowed)


def _is_json(content_type: str | None) -> bool:
    return content_type == "application/json"


def _array(schema: Schema, parts: Sequence[Part], *, explode: bool) -> list[Any]:
    items = schema.items
    if items is None:
        return [_text(part) for part in parts]
    if items.types and items.types <= {"object", "array"}:
        if len(parts) == 1 and isinstance(whole := _json(parts[0]), list) and items.types == {"object"}:
            return whole
        return [_json(part) for part in parts]
    if not explode:
        texts = [text for part in parts for text in part.value.split(b",")]
        return [_single(items, Part(parts[0].name, text)) for text in texts]
    return [_single(items, part) for part in parts]


def _single(schema: Schema, part: Part) -> Any:
    shape = _shape(schema)
    if part.filename is not None:
        if shape.has_file:
            return part.value
        raise UnreadableValue("type", "is a file where text is expected")
    if shape.has_object and (_is_json(part.content_type) or not shape.has_text):
        try:
            value = _json(part)
        except UnreadableValue as error:
            if not shape.has_text:
                raise
            raise UnreadableValue("json", str(error)) from None
        if shape.has_text and not schema.is_valid(value):
            # Many servers drop the media type of a part, and then its bytes are valid text.
            raise UnreadableValue("type", "is JSON of a type that is not documented, or text")
        return value
    if not shape.scalars:
        raise UnreadableValue("type", "is text where a file with a filename is expected")
    return _scalar(schema, shape.scalars, _text(part, is_listed=bool(schema.enum)))


@frozen
class _Shape:
    """What a value can be, as far as reading it is concerned; `scalars` are kinds of text, the strictest first."""

    array: Schema | None
    has_file: bool
    has_text: bool
    has_object: bool
    scalars: tuple[str, ...]


@lru_cache(maxsize=4096)
def _shape(schema: Schema) -> _Shape:
    branches = schema.branches
    texts = [branch for branch in branches if not branch.is_file and "object" not in branch.types]
    kinds = (kind for branch in texts for kind in sorted(branch.types or {"string"}, key=_KINDS.index))
    return _Shape(
        next((branch for branch in branches if branch.types == {"array"}), None),
        any(branch.is_file for branch in branches),
        any(not branch.is_file and ("string" in branch.types or not branch.types) for branch in branches),
        any("object" in branch.types for branch in branches),
        tuple(kind for kind in kinds if kind != "array"),
    )


def _scalar(schema: Schema, kinds: Sequence[str], text: str) -> Any:
    """Return the text as a value of the first kind that it can be, valid ones before others."""
    read_as: list[Any] = []
    trouble: UnreadableValue | None = None
    for kind in kinds:
        try:
            read_as.append(text if kind == "string" else _of_kind(kind, text))
        except UnreadableValue as error:
            trouble = error if trouble is None or error.tolerable else trouble
    valid = next((value for value in read_as if schema.is_valid(value)), UNREAD)
    if valid is not UNREAD:
        return valid
    if trouble is not None and (trouble.tolerable or not read_as):
        if schema.nullable and text in ("", "null"):
            raise UnreadableValue("null", "is how some write null") from None
        raise trouble
    return read_as[-1]


def _text(part: Part, *, is_listed: bool = False) -> str:
    """Return a part as text; with a NUL in it that may be any, but none that the contract lists."""
    if (part.content_type or "text/plain") != "text/plain" or (part.charset or "utf-8").lower() not in _UTF8:
        raise UnreadableValue("encoding", "is not plain UTF-8 text")
    try:
        text = part.value.decode()
    except UnicodeDecodeError as error:
        raise UnreadableValue("encoding", f"is not UTF-8: {error.reason}") from None
    if "\0" in text and not is_listed:
        raise UnreadableValue("encoding", "contains a NUL character")
    return text


def _json(part: Part) -> Any:
    if part.filename is not None:
        raise UnreadableValue("type", "is a file where JSON is expected")
    if part.content_type not in (None, "application/json", "text/plain"):
        raise UnreadableValue("encoding", "is neither JSON nor plain text")
    try:
        value = strict_json(part.value.decode())
    except UnicodeDecodeError as error:
        raise UnreadableValue("json", f"is not UTF-8: {error.reason}") from None
    except StrictJsonError as error:
        raise UnreadableValue("json", str(error), tolerable=error.tolerable) from None
    brackets = part.value.count(b"[") + part.value.count(b"{")
    if brackets > _DEEPEST and depth(value) > _DEEPEST:
        raise UnreadableValue("json", "is nested too deeply")
    return value


def _of_kind(kind: str, text: str) -> Any:
    if not text:
        raise UnreadableValue("empty", "is empty, as a browser sends a field that was left out")
    if kind == "boolean":
        if text in ("true", "false"):
            return text == "true"
        raise UnreadableValue("type", "is not a boolean", tolerable=text.lower() in _LOOSE_BOOLEANS)
    if _CANONICAL_INTEGER.fullmatch(text):
        if len(text) > 20 or abs(value := int(text)) > _LARGEST_EXACT:
            raise UnreadableValue("range", "is larger than every JSON parser can hold")
        return value
    match = _LOOSE_NUMBER.fullmatch(text)
    if kind == "number" and match and text.isascii():
        return float(text.replace("_", ""))
    if match and _whole(text):
        raise UnreadableValue("type", "is an integer in an unusual spelling")
    raise UnreadableValue("type", f"is not {'an integer' if kind == 'integer' else 'a number'}", tolerable=False)


def _whole(text: str) -> bool:
    try:
        return float(text).is_integer() or float(text) in (float("inf"), float("-inf"))
    except ValueError:
        return False
