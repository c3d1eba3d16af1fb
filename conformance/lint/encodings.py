"""Rules about forms: each part says how it is written, and only fields that exist are named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import IN_PLACE, Element, Outline

__all__ = ["OF_ANY", "RULES", "forms", "is_plain"]

_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_QUOTED = r'"[^"]*"'
_MEDIA_RANGE = re.compile(rf"\s*{_NAME}/{_NAME}(\s*;\s*{_NAME}=({_NAME}|{_QUOTED}))*\s*")

_PLAIN_TYPES = frozenset({"string", "integer", "number", "boolean"})


@rule("multipart-encoding", "every multipart part that is not plain text has an `encoding` with a `contentType`")
def multipart_encoding(outline: Outline) -> Iterator[Found]:
    """Without one, generators and servers each choose a form of their own."""
    for media_type, schema in forms(outline):
        if not media_type.name.startswith("multipart/"):
            continue
        encodings = {child.name: child for child in outline.children(media_type, "encoding")}
        for name, declared in outline.properties(schema).items():
            encoding = encodings.get(name)
            if encoding is None:
                if not is_plain(outline, declared):
                    place = (*media_type.tokens, "encoding")
                    yield place, f"the part `{name}` is not plain text; say its `contentType` under `encoding/{name}`"
            elif not _is_media_types(encoding.node.get("contentType")):
                message = f"the encoding of `{name}` needs a `contentType`: media types separated by commas"
                yield encoding.tokens, message


@rule("encoding-unknown", "every key of `encoding` is a property of the form")
def encoding_unknown(outline: Outline) -> Iterator[Found]:
    """A misspelt key leaves the part that was meant to chance."""
    for media_type, schema in forms(outline):
        known = outline.properties(schema)
        for encoding in outline.children(media_type, "encoding"):
            if encoding.name not in known:
                yield encoding.tokens, f"the form has no property `{encoding.name}`; correct the name, or remove it"


@rule("required-unknown", "every name under `required` is a declared property")
def required_unknown(outline: Outline) -> Iterator[Found]:
    """A misspelt name can never be sent by somebody who reads the properties."""
    for schema in outline.of_kind("schema"):
        names = schema.node.get("required", ())
        if not names:
            continue
        known = set(outline.properties(_whole(schema)))
        patterns = [p for part in outline.same_value(_whole(schema)) for p in part.node.get("patternProperties", ())]
        for index, name in enumerate(names):
            if name not in known and not any(re.search(pattern, name) for pattern in patterns):
                place = (*schema.tokens, "required", str(index))
                yield place, f"`{name}` is required and no property of that name is declared; correct or declare it"


def forms(outline: Outline) -> Iterator[tuple[Element, Element]]:
    """Yield each media type that has properties to encode, with its schema."""
    for media_type in outline.of_kind("media type"):
        if (schema := outline.body_schema(media_type)) is not None:
            yield media_type, schema


def is_plain(outline: Outline, schema: Element) -> bool:
    """Tell whether a part is sent as plain text, by what its schema says."""
    parts = list(outline.same_value(schema))
    types = {str(part.node["type"]) for part in parts if "type" in part.node}
    nodes = [part.node for part in parts]
    has_choice = any(node.keys() & {"anyOf", "oneOf"} for node in nodes)
    is_file = any(node.get("format") == "binary" or "contentMediaType" in node for node in nodes)
    return len(types) == 1 and types <= _PLAIN_TYPES and not has_choice and not is_file


def _is_media_types(value: object) -> bool:
    return isinstance(value, str) and all(_MEDIA_RANGE.fullmatch(part) for part in value.split(","))


def _whole(schema: Element) -> Element:
    """The outermost schema that judges the same value."""
    while schema.keyword in IN_PLACE and schema.parent is not None:
        schema = schema.parent
    return schema


OF_ANY = (encoding_unknown, required_unknown)
"""Rules for anybody's document."""

RULES = (multipart_encoding, *OF_ANY)
