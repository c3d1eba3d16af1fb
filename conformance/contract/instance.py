"""Makes a valid value of any schema: the smallest one that the contract shows or allows, always the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from conformance.contract.schema import Schema
from conformance.errors import ContractError

__all__ = ["instance"]

_DEEPEST = 16
_WORD = "sample"
_FORMATS: Mapping[str, str] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "duration": "PT8S",
    "email": "user@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/a",
    "regex": "a",
    "time": "12:00:00Z",
    "uri": "https://example.com/sample",
    "uri-reference": "/sample",
    "url": "https://example.com/sample",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}


class _Impossible(Exception):
    """No value could be made of a schema."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema.pointer)
        self.schema = schema


def instance(schema: Schema) -> Any:
    """Return a value that is valid, and that is what values should be where that can be had.

    Raises:
        ContractError: none could be made; the message names the place that needs an example.
    """
    try:
        return _instance(schema, 0)
    except _Impossible as error:
        place = error.schema
        message = "no valid value could be made of this schema; give it an example, or correct it"
        raise ContractError(
            f"{place.pointer}: {message}", path=place.document.path, line=place.document.line(place.pointer)
        ) from None


def _instance(schema: Schema, depth: int) -> Any:
    if depth > _DEEPEST:
        raise _Impossible(schema)
    valid: list[Any] = []
    innermost = _Impossible(schema)
    candidates = _candidates(schema, depth)
    while True:
        try:
            value = next(candidates)
        except StopIteration:
            break
        except _Impossible as error:
            innermost = error
            break
        if schema.is_valid(value):
            if not any(schema.advice(value)):
                return value
            valid.append(value)
    if valid:
        return valid[0]
    raise innermost


def _candidates(schema: Schema, depth: int) -> Iterator[Any]:
    """Yield what is shown before what has to be made up."""
    keywords = schema.keywords
    for keyword in ("const", "default"):
        if keyword in keywords:
            yield keywords[keyword]
    yield from schema.examples
    yield from schema.enum
    failures: list[_Impossible] = []
    alternatives = schema.branches if schema.branches != (schema,) else ()
    for branch in alternatives:
        try:
            value = _instance(branch, depth + 1)
        except _Impossible as error:
            failures.append(error)
        else:
            yield value
    if not alternatives:
        try:
            yield from _made(schema, depth)
        except _Impossible as error:
            failures.append(error)
    if schema.nullable:
        yield None
    if failures:
        raise failures[0]


def _made(schema: Schema, depth: int) -> Iterator[Any]:
    kind = next(iter(schema.types), None)
    if kind is None:
        yield from (_WORD, {}, [], 1)
    elif kind == "string":
        yield from _texts(schema)
    elif kind in ("integer", "number"):
        yield from _numbers(schema, whole=kind == "integer")
    elif kind == "boolean":
        yield from (True, False)
    elif kind == "array":
        yield from _arrays(schema, depth)
    else:
        yield from _objects(schema, depth)


def _texts(schema: Schema) -> Iterator[str]:
    wanted = {**schema.keywords, **(schema.should or {})}
    if (shown := _FORMATS.get(str(wanted.get("format")))) is not None:
        yield shown
    if "const" in wanted:
        yield str(wanted["const"])
    shortest, longest = int(wanted.get("minLength", 0)), wanted.get("maxLength")
    yield _WORD.ljust(shortest, "x")[: longest if longest is None else int(longest)]
    # The shapes that patterns most often ask for.
    yield from ("a", "A", "1", "1234", "a1", "0" * max(shortest, 1), "a" * max(shortest, 1), "A" * max(shortest, 1))


def _numbers(schema: Schema, *, whole: bool) -> Iterator[float]:
    for wanted in ({**schema.keywords, **(schema.should or {})}, schema.keywords):
        step = Fraction(str(wanted.get("multipleOf", 1)))
        below = [Fraction(str(wanted[key])) for key in ("minimum", "exclusiveMinimum") if key in wanted]
        above = [Fraction(str(wanted[key])) for key in ("maximum", "exclusiveMaximum") if key in wanted]
        start = max(below, default=min([*above, Fraction(0)]))
        first = math.ceil(start / step)
        for count in (first, first + 1, first - 1):
            yield _plain(count * step)
        if not whole and below and above:
            yield float((max(below) + min(above)) / 2)


def _plain(number: Fraction) -> float:
    return int(number) if number.denominator == 1 else float(number)


def _arrays(schema: Schema, depth: int) -> Iterator[list[Any]]:
    fewest = int(schema.keywords.get("minItems", 0))
    if not fewest:
        yield []
        return
    item = _instance(schema.items, depth + 1) if schema.items is not None else _WORD
    yield [item] * fewest
    if schema.items is not None:
        listed = [*schema.items.examples, *schema.items.enum]
        yield listed[:fewest]
    if isinstance(item, str):
        yield [item, *(f"{item}{index}" for index in range(2, fewest + 1))]
    elif isinstance(item, int):
        yield [item + index for index in range(fewest)]


def _objects(schema: Schema, depth: int) -> Iterator[dict[str, Any]]:
    members = schema.properties
    made = {name: _instance(members[name], depth + 1) if name in members else _WORD for name in schema.required}
    yield dict(made)
    # `minProperties`, or a wish for members: the optional ones join one after the other.
    for name, member in members.items():
        if name not in made:
            try:
                made[name] = _instance(member, depth + 1)
            except _Impossible:
                continue
            yield dict(made)
    yield {**made, "a": _WORD}
