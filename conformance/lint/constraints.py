"""Rules about schemas that say two things at once: values and keywords that their own type or limits rule out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Outline

__all__ = ["RULES"]

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_OF_STRINGS = ("minLength", "maxLength", "pattern")
_OF_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_OF_ARRAYS = ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems")
_OF_OBJECTS = ("properties", "additionalProperties", "patternProperties", "required", "minProperties", "maxProperties")
_TYPE_OF = {
    **dict.fromkeys(_OF_STRINGS, frozenset({"string"})),
    **dict.fromkeys(_OF_NUMBERS, frozenset({"number", "integer"})),
    **dict.fromkeys(_OF_ARRAYS, frozenset({"array"})),
    **dict.fromkeys(_OF_OBJECTS, frozenset({"object"})),
}
_LIMITS = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_TWICE = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


@rule("enum-type", "every value of an enum is of the type that stands beside it")
def enum_type(outline: Outline) -> Iterator[Found]:
    """No value can be both, so that it is listed for nothing."""
    for element in outline.of_kind("schema"):
        types = _types(element.node.get("type"))
        listed = element.node.get("enum")
        for index, value in enumerate(listed if types and isinstance(listed, list) else ()):
            if not types & _types_of(value):
                place = (*element.tokens, "enum", str(index))
                yield place, f"`{value}` is no {' or '.join(sorted(types))}; correct it, or the `type` beside it"


@rule("type-keyword", "no keyword is about another type than the one that stands beside it")
def type_keyword(outline: Outline) -> Iterator[Found]:
    """It constrains nothing; the type is wrong, or the keyword."""
    for element in outline.of_kind("schema"):
        types = _types(element.node.get("type"))
        for key in element.node if types else ():
            about = _TYPE_OF.get(key)
            if about and not about & types:
                said = f"`{key}` is about {'numbers' if 'number' in about else f'the type {min(about)}'}"
                yield (*element.tokens, key), f"{said}, and this is {' or '.join(sorted(types))}; correct one of them"


@rule("composition", "no schema stands twice in one `oneOf`, `anyOf` or `allOf`")
def composition(outline: Outline) -> Iterator[Found]:
    """Of two that are the same, `oneOf` lets no value through."""
    for element in outline.of_kind("schema"):
        for keyword in ("oneOf", "anyOf", "allOf"):
            first: dict[str, int] = {}
            for child in outline.children(element, keyword):
                index = int(child.name)
                if first.setdefault(repr(child.node), index) != index:
                    yield child.tokens, f"the same schema stands in this `{keyword}` already; remove one"


@rule("limits", "the limits of a schema leave room for a value, and each is stated once")
def limits(outline: Outline) -> Iterator[Found]:
    """A minimum above the maximum lets nothing through."""
    for element in outline.of_kind("schema"):
        for least, most in _LIMITS:
            low, high = _number(element.node.get(least)), _number(element.node.get(most))
            if low is not None and high is not None and low > high:
                yield (*element.tokens, least), f"`{least}` {low} is above `{most}` {high}, so that no value is valid"
        for plain, strict in _TWICE:
            if _number(element.node.get(plain)) is not None and _number(element.node.get(strict)) is not None:
                yield (*element.tokens, strict), f"`{plain}` limits the same end; keep one of the two"


def _types(declared: Any) -> set[str]:
    named = declared if isinstance(declared, list) else [declared]
    return {one for one in named if isinstance(one, str) and one in _TYPES}


def _types_of(value: Any) -> set[str]:
    """Return the types that a value is of."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int | float):
        return {"number", "integer"} if float(value).is_integer() else {"number"}
    if value is None:
        return {"null"}
    return {"string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"}


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


RULES = (enum_type, type_keyword, composition, limits)
