"""Rules about structure: the document is OpenAPI at all; the other rules only look at documents that are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from conformance.errors import UsageError
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import GRAMMAR, Element, Outline

if TYPE_CHECKING:
    from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

__all__ = ["RULES", "TEXT", "as_specified", "specification"]

# Rules of ours say the same with a place.
_SAID_ELSEWHERE = {"DuplicateOperationIDError", "UnresolvableParameterError"}

_META_SCHEMA = jsonschema_rs.Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"}, validate_formats=True
)

_WORDS = """
    $id $schema $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment
    type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern
    maxItems minItems uniqueItems maxContains minContains maxProperties minProperties required dependentRequired
    title description default deprecated readOnly writeOnly examples format contentEncoding contentMediaType
    discriminator xml example
"""
_KEYWORDS = frozenset(GRAMMAR["schema"]) | frozenset(_WORDS.split())


@rule("duplicate-key", "no key stands twice in one mapping")
def duplicate_key(outline: Outline) -> Iterator[Found]:
    """YAML readers silently keep one of the two."""
    return ((tokens, message) for tokens, kind, message in outline.document.oddities() if kind == "duplicate")


@rule("json-value", "every key is text and every value has a JSON form")
def json_value(outline: Outline) -> Iterator[Found]:
    """OpenAPI is JSON: an unquoted `200` or `yes`, a date or `.nan` has no place in it."""
    return ((tokens, message) for tokens, kind, message in outline.document.oddities() if kind != "duplicate")


@rule("structure", "the document is what the OpenAPI 3.1 specification demands")
def structure(outline: Outline) -> Iterator[Found]:
    """The official JSON Schema of OpenAPI documents."""
    return as_specified(outline, "3.1")


def as_specified(outline: Outline, version: str) -> Iterator[Found]:
    """Yield where a document is not what the specification of a version (`3.0`, `3.1`, `3.2`) demands."""
    data = outline.document.data
    for error in _validator(data, version).schema_validator.iter_errors(data):
        yield _found(error, version)


@rule("specification", "the document meets the specification's demands on parameters, defaults and operations")
def specification(outline: Outline) -> Iterator[Found]:
    """What the validator of the specification finds beyond its JSON Schema; asked where all else is in order."""
    for error in _validator(outline.document.data, "3.1").iter_errors():
        if type(error).__name__ not in _SAID_ELSEWHERE:
            yield _found(error, "3.1")


@rule("reference", "every reference names an element of the right kind in this document")
def reference(outline: Outline) -> Iterator[Found]:
    """Broken, circular, misdirected or outward references."""
    for element in outline.elements:
        ref = element.node.get("$ref")
        if ref is not None and (trouble := _trouble(outline, element, ref)):
            yield (*element.tokens, "$ref"), trouble


@rule("schema", "every schema is a valid JSON Schema of draft 2020-12")
def schema(outline: Outline) -> Iterator[Found]:
    """Judged from the outermost schema, so that each mistake is named once."""
    for element in outline.of_kind("schema"):
        if element.keyword == "x-should" or element.parent is None or element.parent.kind != "schema":
            for error in _META_SCHEMA.iter_errors(element.node):
                yield (*element.tokens, *map(str, error.instance_path)), f"{_short(error.message)}; mend the schema"


@rule("enum-unique", "no value stands twice in one enum")
def enum_unique(outline: Outline) -> Iterator[Found]:
    """Each listed value is a promise of its own, and must be told from the others."""
    for element in outline.of_kind("schema"):
        listed = element.node.get("enum")
        seen: dict[str, int] = {}
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            first = seen.setdefault(repr(value), index)
            if first != index:
                place = (*element.tokens, "enum", str(index))
                line = outline.document.line((*element.tokens, "enum", str(first)))
                yield place, f"`{value}` is listed twice, first in line {line}; remove one"


@rule("schema-keyword", "every keyword of a schema is one of JSON Schema's or OpenAPI's")
def schema_keyword(outline: Outline) -> Iterator[Found]:
    """A misspelt keyword constrains nothing, and validators keep silent about it."""
    for element in outline.of_kind("schema"):
        for key in element.node:
            if key not in _KEYWORDS and not str(key).startswith("x-"):
                yield (*element.tokens, str(key)), f"`{key}` is no keyword of a schema and has no effect; correct it"


def _validator(data: Any, version: str) -> Any:
    """Return the validator of the specification's version, which only those install who write contracts.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import openapi_spec_validator as validators  # noqa: PLC0415 - an extra brings it
    except ImportError:
        raise UsageError("linting a contract needs more libraries: install videos-conformance[lint]") from None
    return getattr(validators, f"OpenAPIV{version.replace('.', '')}SpecValidator")(data)


def _trouble(outline: Outline, element: Element, ref: Any) -> str | None:
    if not isinstance(ref, str):
        return "a reference is text, such as `#/components/schemas/Name`"
    if not ref.startswith("#"):
        return f"`{ref}` leaves the document; bring what it names into `components`"
    if (named := outline.at(ref)) is None:
        return f"`{ref}` names no {element.kind} of this document; correct it, or define it"
    if named.kind != element.kind:
        return f"`{ref}` names a {named.kind}, where a {element.kind} is wanted"
    if outline.target(element) is None:
        return f"`{ref}` leads round in a circle, or on to something that does not exist"
    return None


def _found(error: OpenAPIValidationError, version: str) -> Found:
    tokens = tuple(map(str, error.absolute_path))
    surplus = re.search(r"\('(.+)' (?:was|were) unexpected\)", error.message)
    if surplus:  # stand at the first key that is too much, not at the object that has it
        tokens = (*tokens, surplus[1].split("'")[0])
    return tokens, f"{_short(error.message)}; see the OpenAPI {version} specification"


def _short(message: str) -> str:
    first = message.partition("\n")[0]
    return first if len(first) <= 200 else f"{first[:120]} … {first[-75:]}"


TEXT = (duplicate_key, json_value)
"""Rules about how the document is written down; the others are asked where everybody reads the same in it."""

RULES = (structure, reference, schema, enum_unique, schema_keyword)
