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
from conformance.bodies.near_misses import LENIENT_JSON, lenient_numbers, near_misses
from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations, write
from conformance.bodies.requests import can_stand
from conformance.bodies.samples import samples
from conformance.bodies.strict_json import write_json
from conformance.bodies.validity import Validity, problems_of
from conformance.contract import BodyKind, Bound, Input, MediaType, Schema

__all__ = ["UNLISTED", "Violation", "leniencies", "rules", "unlisted_values", "violations"]

UNLISTED = "no-such-value-conformance"

# Of each kind, what different parsers get wrong, by name; then what fewer do, which is tried in turn where inputs are
# alike. `{0}` is an ordinary value and `{1}` one less, so that nobody who takes one of them makes more of it.
_NO_NUMBER = {"true": "true", "object": "{{}}", "list": "[{0}]", "word": "one", "spaced": "0 {0}", "two-signs": "--{0}",
              "not-a-number": "NaN", "nul": "{0}\0x"}  # fmt: skip
_OF_ANOTHER_TYPE: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "integer": ({"letters": "abc", "fraction": "{1}.9", "trailing-letters": "{0}abc"}, _NO_NUMBER),
    "number": ({"letters": "abc", "trailing-letters": "{0}abc"}, _NO_NUMBER),
    "boolean": ({"letters": "abc", "number": "2"}, {"object": "{{}}"}),
    "object": ({"list": "[]"}, {"number": "5", "text": '"text"', "true": "true"}),
    "array": ({"number": "5", "numbers": "[5]"}, {"text": '"text"', "texts": '["text"]', "lists": "[[]]"}),
}
_JSON_VALUES = (('"abc"', "5", "1.5", "true", "{}", "[]"), ("[5]", '["text"]', '{"a":1}'))
# Nothing that a lenient parser reads: RFC 8259, section 9, lets it take extensions such as NaN.
_NOT_JSON = (("{", "plain text"), ('{"a": 1} x', '{"a" 1}', "[object Object]"))
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


_NO_PICTURES: Mapping[str, tuple[str, str, bytes]] = {
    "text": ("sample.txt", "text/plain", b"no picture"),
    "page": ("sample.html", "text/html", b"<html><body>no picture</body></html>"),
    "moving": ("sample.mp4", "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    "document": ("sample.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n"),
}


@frozen
class Violation:
    """One way to break a rule of an input.

    Attributes:
        name: stable, part of probe ids.
        aspect: how the judgement of bytes calls the rule.
        is_rare: whether it is enough to try it with one of several inputs that are alike.
    """

    rule: str
    name: str
    parts: tuple[Part, ...]
    aspect: str = field(default=Factory(lambda self: self.rule, takes_self=True))
    is_rare: bool = False


@lru_cache(maxsize=4096)
def violations(declared: Input, media: MediaType | None) -> tuple[Violation, ...]:
    """Return what breaks the rules of an input, other than leaving it out."""
    found: dict[tuple[str, str], Violation] = {}
    for offered in _offered(declared, media):
        placed = evolve(offered, parts=tuple(evolve(part, location=declared.location) for part in offered.parts))
        if _breaks(declared, placed, media):
            found.setdefault((placed.rule, placed.name), placed)
    return tuple(found.values())


@lru_cache(maxsize=4096)
def leniencies(declared: Input, media: MediaType | None) -> tuple[Violation, ...]:
    """Return what only lenient parsers take for a value of an input: nothing that the contract calls valid."""
    kind = media.kind if media is not None and declared.location == "body" else None
    if kind in ("octets", "json"):
        return ()
    way = next(iter(representations(declared, kind)))
    offered = [*_repeated(declared, way), *(_of_another_media_type(declared, way) if kind == "multipart" else ())]
    if declared.schema.types and declared.schema.types <= {"integer", "number"}:
        sample = samples(way)[0]
        for name, text in lenient_numbers(int(sample)).items() if sample == int(sample) else ():
            offered.append(Violation("number-spelling", name, (Part(declared.name, text.encode()),)))
    if declared.schema.types == {"object"} and way.kind == "json":
        for name, text in LENIENT_JSON.items():
            part = Part(declared.name, text.encode(), content_type="application/json")
            offered.append(Violation("json-spelling", name, (part,)))
    placed = (evolve(v, parts=tuple(evolve(part, location=declared.location) for part in v.parts)) for v in offered)
    return tuple(v for v in placed if all(map(can_stand, v.parts)) and problems_of(declared, v.parts, media))


def _repeated(declared: Input, way: Representation) -> Iterator[Violation]:
    """Yield a single value that occurs twice: two parts of a service may then read two requests."""
    if declared.location != "body" or "array" in declared.schema.types or way.kind == "file":
        return
    found = samples(way)
    sort = "listed" if declared.schema.enum else way.kind if way.kind != "text" else "-".join(declared.schema.types)
    yield Violation("repeated", f"twice-{sort}", (*write(way, found[0]), *write(way, found[-1])))


def _of_another_media_type(declared: Input, way: Representation) -> Iterator[Violation]:
    """Yield parts of a type that the contract does not have for them."""
    name = declared.name
    if way.kind == "file":
        for title, (filename, media_type, value) in _NO_PICTURES.items():
            yield Violation("part-type", title, (Part(name, value, filename, media_type),))
        return
    if declared.schema.enum or "array" in declared.schema.types:
        return
    value = write(way, samples(way)[0])[0].value
    sort = "-".join(declared.schema.types)
    yield Violation("part-type", f"picture-for-{sort}", (Part(name, value, "sample.png", "image/png"),))
    if declared.schema.is_text:
        yield Violation("text-encoding", "latin-1", (Part(name, b"caf\xe9"),))


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
    for is_rare in (False, True):
        for title, text in _of_another_type(declared, is_rare=is_rare, is_json=kind == "json"):
            yield Violation("type", title, (Part(name, text.encode(), content_type=typed),), is_rare=is_rare)
        for text in _NOT_JSON[is_rare] if typed and "text" not in ways else ():
            yield Violation("json", text, (Part(name, text.encode(), content_type=typed),), is_rare=is_rare)
    if typed and "text" not in ways:
        yield Violation("json", "untyped", (Part(name, _NOT_JSON[0][0].encode()),), is_rare=True)
    yield from _unlisted(declared, is_json=kind == "json")
    for bound in declared.bounds:
        yield from _out_of_bounds(declared, bound, is_json=kind == "json")
        yield from _miscounted(declared, bound, kind)
    yield from _second_items(declared, kind)
    yield from _members(declared, typed, is_json=kind == "json")


def _of_another_type(declared: Input, *, is_rare: bool, is_json: bool) -> Iterator[tuple[str, str]]:
    """Yield texts that may be of another type than an input, each with a name."""
    if is_json:
        yield from ((text, text) for text in _JSON_VALUES[is_rare])
        return
    shown = [value for value in declared.schema.examples if isinstance(value, int) and value > 0]
    usual = shown[0] if shown else 1
    for kind in sorted(declared.schema.types & _OF_ANOTHER_TYPE.keys()):
        for title, template in _OF_ANOTHER_TYPE[kind][is_rare].items():
            yield title, template.format(usual, usual - 1)


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
        yield Violation(bound.keyword, repr(shown), (Part(declared.name, text),), is_rare=index > 1)


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
            yield Violation("type", f"first-of-{way.kind}", write(way, [5, *first]), is_rare=way.kind != "items")


def _members(declared: Input, typed: str | None, *, is_json: bool) -> Iterator[Violation]:
    """Yield objects that lack what they must have, or have what they may not."""
    for branch in declared.branches:
        if branch.types != {"object"} or not (is_json or typed):
            continue
        yield Violation("members", "none", (Part(declared.name, b"{}", content_type=typed),))
        unknown = write_json({UNLISTED: 1})
        yield Violation("additionalProperties", "unknown", (Part(declared.name, unknown, content_type=typed),))
