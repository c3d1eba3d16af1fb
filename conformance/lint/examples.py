"""Rules about examples: each validates against what it illustrates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from conformance.contract.document import pointer
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline

__all__ = ["RULES"]

_STRICT = "urn:strict"
_PLAIN = "urn:plain"


@rule("example", "every example and default validates against its schema")
def example(outline: Outline) -> Iterator[Found]:
    """Examples of schemas, media types, parameters and headers, wherever they are."""
    return _failures(outline, _PLAIN, outline.document.data)


@rule("example-should", "every example also keeps to what its schema says a value should be")
def example_should(outline: Outline) -> Iterator[Found]:
    """`x-should` and the constants of `x-lifecycle`, read as if they were demands, at any depth of the example."""
    said = {tokens for tokens, _ in example.judge(outline)}
    for tokens, message in _failures(outline, _STRICT, _strict(outline.document.data)):
        if tokens not in said:
            yield tokens, message


def _failures(outline: Outline, uri: str, data: Mapping[str, Any]) -> Iterator[Found]:
    registry = jsonschema_rs.Registry([(uri, dict(data))], draft=jsonschema_rs.Draft202012)
    for schema, tokens, value in _examples(outline):
        validator = jsonschema_rs.Draft202012Validator(
            {"$ref": uri + pointer(schema.tokens)}, registry=registry, validate_formats=True
        )
        for error in validator.iter_errors(value):
            place = "".join(f"/{key}" for key in error.instance_path)
            where = f" at {place}" if place else ""
            wish = "does not validate" if uri == _PLAIN else "is not what the contract says it should be"
            yield tokens, f"the example {wish}{where}: {error.message[:200]}; mend the example, or the schema"
            break


def _examples(outline: Outline) -> Iterator[tuple[Element, tuple[str, ...], Any]]:
    """Yield each example with its place and the schema that it illustrates."""
    for element in outline.of_kind("schema", "media type", "parameter", "header"):
        if element.kind == "schema":
            schema: Element | None = element
            for index, value in enumerate(element.node.get("examples", ())):
                yield element, (*element.tokens, "examples", str(index)), value
            if "default" in element.node:
                yield element, (*element.tokens, "default"), element.node["default"]
        else:
            schema = outline.body_schema(element)
        if schema is None:
            continue
        if "example" in element.node:
            yield schema, (*element.tokens, "example"), element.node["example"]
        if element.kind == "schema":
            continue
        for child in outline.children(element, "examples"):
            named = outline.target(child)
            if named is not None and "value" in named.node:
                yield schema, (*named.tokens, "value"), named.node["value"]


def _strict(node: Any) -> Any:
    """Copy a document with every wish turned into a demand."""
    if isinstance(node, list):
        return [_strict(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    copy = {key: _strict(value) for key, value in node.items()}
    wishes = []
    if isinstance(copy.get("x-should"), Mapping):
        wishes.append(copy["x-should"])
    if isinstance(copy.get("x-lifecycle"), Mapping):
        wishes.append({"enum": list(copy["x-lifecycle"])})
    if wishes:
        copy["allOf"] = [*copy.get("allOf", ()), *wishes]
    return copy


RULES = (example, example_should)
