"""Says a schema of JSON Schema 2020-12 in the words of OpenAPI 3.0, which demands the same or, at worst, less.

What those words cannot say stands beside them under an `x-` of its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["TELLING", "UNSAYABLE", "older_schema"]

Words = dict[str, Any]

TELLING = frozenset(
    {"$anchor", "$comment", "$defs", "$dynamicAnchor", "$id", "$schema", "$vocabulary", "contentEncoding"}
    | {"contentMediaType", "contentSchema"}
)
"""Keywords that OpenAPI 3.0 does not have, and that demand nothing of a value."""

UNSAYABLE = TELLING | {
    *("$dynamicRef", "contains", "dependentRequired", "dependentSchemas", "else", "if", "maxContains", "minContains"),
    *("patternProperties", "prefixItems", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
}
"""Keywords that OpenAPI 3.0 does not have, and that no other keyword of it says whole."""

_BY_TYPE: Mapping[str, frozenset[str]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "maxProperties"}),
}
_NOTHING: Words = {"type": "string", "nullable": True, "enum": [None]}


def older_schema(schema: Any) -> Any:
    """Return a schema in the words of 3.0; the schemas below it are in them already."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    made = dict(schema)
    for rule in _RULES:
        made = rule(made)
    return made


def _constant(schema: Words) -> Words:
    """One value is a list of one value."""
    if "const" not in schema:
        return schema
    values = [value for value in schema.get("enum", [schema["const"]]) if value == schema["const"]]
    return _replaced(schema, "const", {"enum": values})


def _examples(schema: Words) -> Words:
    """The first of several examples is the one, and all of them are kept."""
    shown = schema.get("examples")
    if not isinstance(shown, list):
        return schema
    made = {} if "example" in schema or not shown else {"example": shown[0]}
    return _replaced(schema, "examples", {**made, "x-examples": shown} if len(shown) > 1 else made)


def _limits(schema: Words) -> Words:
    """A strict limit is a limit and a mark beside it; of two at the same end the stricter one counts."""
    made = schema
    for strict, plain, stricter in (("exclusiveMinimum", "minimum", max), ("exclusiveMaximum", "maximum", min)):
        limit = made.get(strict)
        if limit is None or isinstance(limit, bool):
            continue
        other = made.get(plain, limit)
        is_strict = stricter(limit, other) == limit
        without = {key: value for key, value in made.items() if key != plain}
        made = _replaced(without, strict, {plain: limit, strict: True} if is_strict else {plain: other})
    return made


def _contents(schema: Words) -> Words:
    """Bytes have a format: as they are, or in base64."""
    if "format" in schema or not {"contentMediaType", "contentEncoding"} & schema.keys():
        return schema
    coding = str(schema.get("contentEncoding", "")).lower()
    name = {"": "binary", "base64": "byte"}.get(coding)
    if name is None or schema.get("type", "string") not in ("string", ["string"], ["string", "null"]):
        return schema
    return {"type": "string", "format": name} | schema


def _lists(schema: Words) -> Words:
    """A list says what its items are; where each place has its own kind, they are of any of those."""
    first = schema.get("prefixItems")
    if isinstance(first, list) and first:
        rest = schema.get("items", {})
        is_ended = rest == {"not": {}}
        kinds = first if is_ended else [*first, rest]
        items = {} if {} in kinds else {"anyOf": kinds}
        bound = {"maxItems": min(len(first), schema.get("maxItems", len(first)))} if is_ended else {}
        return {**schema, "items": items, **bound}
    if schema.get("type") == "array" and "items" not in schema:
        return {**schema, "items": {}}
    return schema


def _members(schema: Words) -> Words:
    """Members that are known by a pattern are allowed, as far as others are not; what nothing evaluates is refused."""
    made = dict(schema)
    patterns = made.get("patternProperties")
    if isinstance(patterns, Mapping) and isinstance(rest := made.get("additionalProperties"), Mapping) and rest:
        allowed = list(patterns.values())
        made["additionalProperties"] = {"anyOf": allowed if rest == {"not": {}} else [*allowed, rest]}
    if made.get("unevaluatedProperties") == {"not": {}} and not _composed(made):
        made = _replaced(made, "unevaluatedProperties", {"additionalProperties": False})
    if made.get("additionalProperties") in ({}, {"not": {}}):
        made["additionalProperties"] = made["additionalProperties"] == {}
    return made


def _composed(schema: Words) -> bool:
    return bool(
        schema.keys() & {"$ref", "allOf", "anyOf", "oneOf", "not", "if", "patternProperties", "additionalProperties"}
    )


def _types(schema: Words) -> Words:
    """Null is a mark beside a type, and several types are as many alternatives."""
    stated = schema.get("type")
    if stated is None and schema.get("enum") == [None]:
        return {**schema, **_NOTHING}
    names = [stated] if isinstance(stated, str) else list(stated or ())
    kinds = [name for name in names if name != "null"]
    null = {"nullable": True} if "null" in names else {}
    if names and not kinds:
        return _replaced(schema, "type", _NOTHING)
    if len(kinds) < 2:
        return _replaced(schema, "type", {"type": kinds[0], **null}) if kinds else schema
    about = {name: _of_type(schema, name) for name in kinds}
    moved = {key for words in about.values() for key in words}
    kept = {key: value for key, value in schema.items() if key not in moved}
    alternatives = [{"type": name, **null, **about[name]} for name in kinds]
    for words in alternatives:
        if words["type"] == "array":
            words.setdefault("items", {})
    if "anyOf" in kept:
        return _replaced(kept, "type", {"allOf": [*kept.get("allOf", ()), {"anyOf": alternatives}]})
    return _replaced(kept, "type", {"anyOf": alternatives})


def _of_type(schema: Words, name: str) -> Words:
    keywords = _BY_TYPE.get("number" if name == "integer" else name, frozenset())
    return {key: value for key, value in schema.items() if key in keywords}


def _nulls(schema: Words) -> Words:
    """An alternative that is null alone is a mark beside another one that states its type."""
    made = schema
    for keyword in ("anyOf", "oneOf"):
        branches = made.get(keyword)
        if not isinstance(branches, list):
            continue
        others = [branch for branch in branches if branch != _NOTHING]
        if len(others) == len(branches):
            continue
        if not any(branch.get("nullable") for branch in others):
            at = next((i for i, branch in enumerate(others) if _takes_mark(branch)), None)
            if at is None:
                continue
            others[at] = _replaced(others[at], "type", {"type": others[at]["type"], "nullable": True})
        if len(others) == 1 and not others[0].keys() & (made.keys() - {keyword}):
            made = _replaced(made, keyword, others[0])
        else:
            made = {**made, keyword: others}
    return made


def _takes_mark(branch: Words) -> bool:
    """Whether a mark lets null through: nothing but the type stands in its way."""
    return "type" in branch and not branch.keys() & {"$ref", "allOf", "anyOf", "oneOf", "not", "enum"}


def _reference(schema: Words) -> Words:
    """What stands beside a reference is not read, so the reference is one of several parts."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    return _replaced(
        {key: value for key, value in schema.items() if key != "allOf"},
        "$ref",
        {"allOf": [{"$ref": schema["$ref"]}, *schema.get("allOf", ())]},
    )


def _unsayable(schema: Words) -> Words:
    return {f"x-{key.lstrip('$')}" if key in UNSAYABLE else key: value for key, value in schema.items()}


def _replaced(schema: Words, key: str, words: Words) -> Words:
    """Put words in the place of a keyword, in the order of writing; a word that is given anew stands there alone."""
    made: Words = {}
    for name, value in schema.items():
        if name == key:
            made.update(words)
        elif name not in words:
            made[name] = value
    return made


_RULES: tuple[Callable[[Words], Words], ...] = (
    _constant,
    _examples,
    _limits,
    _contents,
    _lists,
    _members,
    _types,
    _nulls,
    _unsayable,
    _reference,
)
