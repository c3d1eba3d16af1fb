"""Values that break one rule of an input, each judged on its bytes before it is offered.

Which rules of an input can be tested at all is read off here, by requirements and by probes alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import Factory, evolve, field, frozen

from conformance.bodies.cost import exceeds
from conformance.bodies.near_misses import near_misses
from conformance.bodies.part import Part
from conformance.bodies.representations import representations, write
from conformance.bodies.requests import can_stand
from conformance.bodies.samples import samples
from conformance.bodies.strict_json import write_json
from conformance.bodies.validity import Validity, problems_of
from conformance.contract import BodyKind, Bound, Input, MediaType, Schema

__all__ = ["UNLISTED", "Violation", "rules", "unlisted_values", "violations"]

UNLISTED = "no-such-value-conformance"

_Texts = Mapping[str, tuple[str, int | None]]

# Of each kind, what different parsers get wrong: by name a text, and with how many of the inputs that are alike it is
# tried, None with each. `{0}` is an ordinary value and `{1}` one less, so that nobody who takes one of them makes more
# of it. Whoever takes anything at all takes each of them, so no text stands for that alone.
_NO_NUMBER: _Texts = {
    "trailing-letters": ("{0}abc", 3), "true": ("true", 2), "list": ("[{0}]", 2), "not-a-number": ("NaN", 3),
    "spaced": ("0 {0}", 2), "two-signs": ("--{0}", 1),
}  # fmt: skip
_OF_ANOTHER_TYPE: Mapping[str, _Texts] = {
    "integer": {"fraction": ("{1}.9", 3), **_NO_NUMBER},
    "number": _NO_NUMBER,
    "boolean": {"letters": ("abc", None), "number": ("2", None), "object": ("{{}}", 1)},
    "object": {"list": ("[]", None), "number": ("5", 1), "text": ('"text"', 1)},
    "array": {"number": ("5", None), "numbers": ("[5]", None)},
}
_JSON_VALUES = (*((text, None) for text in ('"abc"', "5", "1.5", "true", "{}", "[]")),
                *((text, 1) for text in ("[5]", '["text"]', '{"a":1}')))  # fmt: skip
# Nothing that a lenient parser reads: RFC 8259, section 9, lets it take extensions such as NaN.
_NOT_JSON: Sequence[tuple[str, int | None]] = (("{", None), ('{"a": 1} x', 2), ("a=b", 1))
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
    """One way to break a rule of an input.

    Attributes:
        name: stable, part of probe ids.
        aspect: how the judgement of bytes calls the rule.
        share: with how many of several inputs that are alike it is enough to try it; None with each.
    """

    rule: str
    name: str
    parts: tuple[Part, ...]
    aspect: str = field(default=Factory(lambda self: self.rule, takes_self=True))
    share: int | None = None


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
    return len(bad) == len(problems) and any(problem.aspect == violation.aspect for problem in bad)


def _offered(declared: Input, media: MediaType | None) -> Iterator[Violation]:
    """Yield candidates; those that turn out to be valid, or left open, are dropped."""
    name = declared.name
    kind = media.kind if media is not None and declared.location == "body" else None
    if kind == "octets":
        return
    ways = {way.kind for way in representations(declared, kind)}
    typed = "application/json" if kind == "multipart" and ways & {"json", "array"} else None
    for title, text, share in _of_another_type(declared, is_json=kind == "json"):
        yield Violation("type", title, (Part(name, text.encode(), content_type=typed),), share=share)
    if typed and "text" not in ways:
        for text, share in _NOT_JSON:
            yield Violation("json", text, (Part(name, text.encode(), content_type=typed),), share=share)
        yield Violation("json", "untyped", (Part(name, _NOT_JSON[0][0].encode()),), share=1)
    yield from _unlisted(declared, is_json=kind == "json")
    for bound in declared.bounds:
        yield from _out_of_bounds(declared, bound, is_json=kind == "json")
        yield from _miscounted(declared, bound, kind)
    yield from _second_items(declared, kind)
    yield from _members(declared, typed, is_json=kind == "json")


def _of_another_type(declared: Input, *, is_json: bool) -> Iterator[tuple[str, str, int | None]]:
    """Yield texts that may be of another type than an input, each with a name and its share."""
    if is_json:
        yield from ((text, text, share) for text, share in _JSON_VALUES)
        return
    shown = [value for value in declared.schema.examples if isinstance(value, int) and value > 0]
    usual = shown[0] if shown else 1
    for kind in sorted(declared.schema.types & _OF_ANOTHER_TYPE.keys()):
        for title, (template, share) in _OF_ANOTHER_TYPE[kind].items():
            yield title, template.format(usual, usual - 1), share


def _unlisted(declared: Input, *, is_json: bool) -> Iterator[Violation]:
    schema, name = declared.schema, declared.name

    def made(rule: str, title: str, value: Any) -> Violation:
        as_json = write_json([value] if "array" in schema.types else value)
        return Violation(rule, title, (Part(name, as_json if is_json else str(value).encode()),), aspect="enum")

    for value in unlisted_values(schema):
        yield made("enum", repr(value), value)
    for miss in near_misses([value for value in _listed(schema) if isinstance(value, str)]):
        yield made("enum-spelling" if miss.is_spelling else "enum", miss.rule, miss.text)


def unlisted_values(schema: Schema) -> tuple[Any, ...]:
    """Return values that are far from an enum, or from that of an array's items; none where nothing is listed."""
    listed = _listed(schema)
    numbers = [value for value in listed if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if any(isinstance(value, str) for value in listed):
        return (UNLISTED,)
    return (max(numbers) + 1, min(numbers) - 1, max(numbers) * 10 + 3) if numbers else ()


def _listed(schema: Schema) -> Sequence[Any]:
    return schema.enum or (schema.items.enum if schema.items is not None else ())


def _out_of_bounds(declared: Input, bound: Bound, *, is_json: bool) -> Iterator[Violation]:
    for index, value in enumerate(_BREAKS.get(bound.keyword, lambda _: ())(bound.value)):
        shown = int(value) if isinstance(value, float) and value.is_integer() else value
        text = write_json(shown) if is_json else str(shown).encode()
        yield Violation(bound.keyword, repr(shown), (Part(declared.name, text),), share=1 if index > 1 else None)


def _miscounted(declared: Input, bound: Bound, kind: BodyKind | None) -> Iterator[Violation]:
    """Yield arrays of one and the same valid item, too few, too many or more than once."""
    way = next((way for way in representations(declared, kind) if way.schema.types == {"array"}), None)
    item = samples(way)[0][:1] if way is not None else []
    for count in _WRONG_COUNTS.get(bound.keyword, lambda _: ())(bound.value):
        if way is not None and item:
            yield Violation(bound.keyword, f"{count}-items", write(way, item * count))


def _second_items(declared: Input, kind: BodyKind | None) -> Iterator[Violation]:
    """Yield arrays of which one item is right and the other of another type, in every way to write one."""
    for way in representations(declared, kind):
        items = way.schema.items if way.schema.types == {"array"} else None
        first = samples(way)[0][:1] if items is not None and items.types == {"object"} else []
        if first:
            yield Violation("type", f"second-of-{way.kind}", write(way, [*first, 5]))


def _members(declared: Input, typed: str | None, *, is_json: bool) -> Iterator[Violation]:
    """Yield objects that lack what they must have, or have what they may not."""
    for branch in declared.branches:
        if branch.types != {"object"} or not (is_json or typed):
            continue
        yield Violation("members", "none", (Part(declared.name, b"{}", content_type=typed),))
        unknown = write_json({UNLISTED: 1})
        yield Violation("additionalProperties", "unknown", (Part(declared.name, unknown, content_type=typed),))
