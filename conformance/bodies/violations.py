"""Values that break one rule of an input, each judged on its bytes before it is offered.

Which rules of an input can be tested at all is read off here, by requirements and by probes alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

from conformance.bodies.cost import exceeds
from conformance.bodies.part import Part
from conformance.bodies.representations import representations, write
from conformance.bodies.requests import can_stand
from conformance.bodies.samples import samples
from conformance.bodies.strict_json import write_json
from conformance.bodies.validity import Validity, problems_of
from conformance.contract import BodyKind, Bound, Input, MediaType, Schema

__all__ = ["UNLISTED", "Violation", "rules", "unlisted_values", "violations"]

UNLISTED = "no-such-value-conformance"

_OF_ANOTHER_TYPE: Mapping[str, Sequence[str]] = {
    "integer": ("abc", "1.5", "12abc", "true", "{}", "[1]", "one", "1 2", "--1"),
    "number": ("abc", "12abc", "true", "{}", "[1]", "one", "1 2", "--1"),
    "boolean": ("abc", "2", "{}"),
    "object": ("[]", "5", '"text"', "true"),
    "array": ("5", '"text"', "[5]", '["text"]', "[[]]"),
}
_JSON_VALUES = ('"abc"', "5", "1.5", "true", "[]", "{}", "[5]", '["text"]', '{"a":1}')
# Nothing that a lenient parser reads: RFC 8259, section 9, lets it take extensions such as NaN.
_NOT_JSON = ("{", "plain text", '{"a": 1} x', '{"a" 1}', "[object Object]")
_BREAKS: Mapping[str, Callable[[Any], Sequence[Any]]] = {
    "minimum": lambda bound: (bound - 1, bound - 2, bound - 1000, math.floor(bound) - 1),
    "exclusiveMinimum": lambda bound: (bound, bound - 1, math.floor(bound) - 1),
    "maximum": lambda bound: (bound + 1, bound * 10 + 1, math.ceil(bound) + 1),
    "exclusiveMaximum": lambda bound: (bound, bound + 1, math.ceil(bound) + 1),
    "multipleOf": lambda bound: (bound + 1, bound * 1.5, bound * 2.25),
    "minLength": lambda bound: tuple("x" * length for length in range(min(bound, 3))),
    "maxLength": lambda bound: ("x" * (bound + 1),),
    "pattern": lambda _: (UNLISTED + " \u2603", "\u2603", ""),
    "const": lambda _: (UNLISTED, 987654321),
    "enum": lambda _: (UNLISTED,),
}
_WRONG_COUNTS: Mapping[str, Callable[[Any], Sequence[int]]] = {
    "minItems": lambda bound: range(1, bound),
    "maxItems": lambda bound: (bound + 1,),
    "uniqueItems": lambda _: (2,),
}


@frozen
class Violation:
    """One way to break a rule of an input; `name` is stable, part of probe ids."""

    rule: str
    name: str
    parts: tuple[Part, ...]


@lru_cache(maxsize=4096)
def violations(declared: Input, media: MediaType | None) -> tuple[Violation, ...]:
    """Return what breaks the rules of an input, other than leaving it out."""
    found: dict[tuple[str, str], Violation] = {}
    for offered in _offered(declared, media):
        placed = evolve(offered, parts=tuple(evolve(part, location=declared.location) for part in offered.parts))
        if _breaks(declared, placed, media):
            found.setdefault((placed.rule, placed.name), placed)
    return tuple(found.values())


def rules(declared: Input, media: MediaType | None) -> tuple[str, ...]:
    """Return the rules of an input that something is known to break."""
    return tuple(dict.fromkeys(violation.rule for violation in violations(declared, media)))


def _breaks(declared: Input, violation: Violation, media: MediaType | None) -> bool:
    if not all(can_stand(part) for part in violation.parts) or exceeds(declared, violation.parts):
        return False  # what a lenient server would bill dearly is not worth the answer
    problems = problems_of(declared, violation.parts, media)
    bad = [problem for problem in problems if problem.validity in (Validity.DISCOURAGED, Validity.INVALID)]
    return len(bad) == len(problems) and any(problem.aspect == violation.rule for problem in bad)


def _offered(declared: Input, media: MediaType | None) -> Iterator[Violation]:
    """Yield candidates; those that turn out to be valid, or left open, are dropped."""
    name = declared.name
    kind = media.kind if media is not None and declared.location == "body" else None
    if kind == "octets":
        return
    ways = {way.kind for way in representations(declared, kind)}
    typed = "application/json" if kind == "multipart" and ways & {"json", "array"} else None
    texts = [text for type_name in sorted(declared.schema.types) for text in _OF_ANOTHER_TYPE.get(type_name, ())]
    for text in _JSON_VALUES if kind == "json" else texts:
        yield Violation("type", text, (Part(name, text.encode(), content_type=typed),))
    if typed and "text" not in ways:
        for text in _NOT_JSON:
            yield Violation("json", text, (Part(name, text.encode(), content_type=typed),))
        yield Violation("json", "untyped", (Part(name, _NOT_JSON[0].encode()),))
    for value in unlisted_values(declared.schema):
        as_json = write_json([value] if "array" in declared.schema.types else value)
        yield Violation("enum", repr(value), (Part(name, as_json if kind == "json" else str(value).encode()),))
    for bound in declared.bounds:
        yield from _out_of_bounds(declared, bound, kind == "json")
        yield from _miscounted(declared, bound, kind)
    yield from _members(declared, kind == "json", typed)


def unlisted_values(schema: Schema) -> tuple[Any, ...]:
    """Return values that are not in an enum, or not in that of an array's items; none where nothing is listed."""
    items = schema.items
    listed = list(schema.enum or (items.enum if items is not None else ()))
    numbers = [value for value in listed if isinstance(value, (int, float)) and not isinstance(value, bool)]
    texts = [value for value in listed if isinstance(value, str)]
    near: tuple[Any, ...] = ()
    if texts:
        first = texts[0]
        last = texts[-1]
        near = (UNLISTED, first.upper(), first.title(), f"{first},{last}", first[:-1], f"{first}x", "", "null")
    elif numbers:
        near = (max(numbers) + 1, min(numbers) - 1, max(numbers) * 10 + 3)
    return tuple(value for value in near if value not in listed)


def _out_of_bounds(declared: Input, bound: Bound, is_json: bool) -> Iterator[Violation]:  # noqa: FBT001 - private
    for value in _BREAKS.get(bound.keyword, lambda _: ())(bound.value):
        shown = int(value) if isinstance(value, float) and value.is_integer() else value
        text = write_json(shown) if is_json else str(shown).encode()
        yield Violation(bound.keyword, repr(shown), (Part(declared.name, text),))


def _miscounted(declared: Input, bound: Bound, kind: BodyKind | None) -> Iterator[Violation]:
    """Yield arrays of one and the same valid item, too few, too many or more than once."""
    way = next((way for way in representations(declared, kind) if way.schema.types == {"array"}), None)
    item = samples(way)[0][:1] if way is not None else []
    for count in _WRONG_COUNTS.get(bound.keyword, lambda _: ())(bound.value):
        if way is not None and item:
            yield Violation(bound.keyword, f"{count}-items", write(way, item * count))


def _members(declared: Input, is_json: bool, typed: str | None) -> Iterator[Violation]:  # noqa: FBT001 - private
    """Yield objects that lack what they must have, or have what they may not."""
    for branch in declared.branches:
        if branch.types != {"object"} or not (is_json or typed):
            continue
        yield Violation("members", "none", (Part(declared.name, b"{}", content_type=typed),))
        unknown = write_json({UNLISTED: 1})
        yield Violation("additionalProperties", "unknown", (Part(declared.name, unknown, content_type=typed),))
