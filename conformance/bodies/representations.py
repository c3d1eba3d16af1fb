"""The documented ways to write each field of a form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import frozen

from conformance.bodies.parts import Part
from conformance.contract import Field

__all__ = ["Form", "Kind", "forms", "is_file", "write"]

Kind = Literal["text", "file", "json", "json-untyped", "items", "array"]


@frozen
class Form:
    """One way to write one field."""

    field: Field
    kind: Kind
    schema: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The form's stable name, part of requirement ids."""
        return self.kind


def is_file(schema: Mapping[str, Any]) -> bool:
    """Tell whether values of a schema are files."""
    return schema.get("type") == "string" and schema.get("format") == "binary"


def forms(field: Field) -> tuple[Form, ...]:
    """Return the documented forms of a field, the contract's own `encoding` first.

    Objects may come without a content type, as the page's own example sends them; an array of objects
    may come as one part an item, as OpenAPI has it, or as one JSON array. Where text is allowed too, an
    object without a content type is that text.
    """
    found = [Form(field, kind, branch) for branch in field.branches for kind in _kinds(branch)]
    has_text = any(form.kind == "text" for form in found)
    return tuple(form for form in found if not (has_text and form.kind == "json-untyped"))


def _kinds(schema: Mapping[str, Any]) -> Iterator[Kind]:
    if is_file(schema):
        yield "file"
    elif schema.get("type") == "object":
        yield from ("json", "json-untyped")
    elif schema.get("type") == "array" and schema.get("items", {}).get("type", "object") != "object":
        yield "items"
    elif schema.get("type") == "array":
        yield from ("items", "array")
    else:
        yield "text"


def write(form: Form, value: Any, *, filename: str = "sample.png", media_type: str = "image/png") -> tuple[Part, ...]:
    """Write a value in a form; a file's value is its bytes."""
    name = form.field.name
    match form.kind:
        case "file":
            return (Part(name, value, filename, media_type),)
        case "json" | "array":
            return (Part(name, _json(value), content_type="application/json"),)
        case "json-untyped":
            return (Part(name, _json(value)),)
        case "items":
            return tuple(_item(name, item) for item in value)
        case "text":
            return (Part(name, _text(value)),)


def _item(name: str, item: Any) -> Part:
    if isinstance(item, Mapping):
        return Part(name, _json(item), content_type="application/json")
    return Part(name, _text(item))


def _text(value: Any) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
