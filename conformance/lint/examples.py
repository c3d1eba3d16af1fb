"""Rules about examples: each validates against what it illustrates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema_rs
from attrs import field, frozen

from conformance.contract.document import Tokens, pointer
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline

__all__ = ["RULES", "ExampleVerdicts", "ShownExample", "judged", "owner", "shown"]

_LEFT_OUT = {"body": "readOnly", "answer": "writeOnly"}
_LONGEST = 200
_DOCUMENT = "urn:document"


@frozen
class ShownExample:
    """An example: what it is of, where it stands, the schema that it has to be valid by, and its value.

    Attributes:
        kind: `body`, `answer`, `parameter`, `header`, `schema` or `default`.
        media: the media type that it is written in, where it has one.
    """

    kind: str
    tokens: Tokens
    schema: Element = field(repr=False)
    value: Any = field(repr=False)
    media: str = ""

    @property
    def is_json(self) -> bool:
        """Whether the value stands for what its schema is about, and not for text in another form."""
        media = self.media.lower()
        return not media or "json" in media or media.startswith(("multipart/", "application/x-www-form"))


@frozen
class ExampleVerdicts:
    """What is wrong with examples, by their number; `unjudged` are of schemas that cannot be used."""

    troubles: Mapping[int, str]
    unjudged: frozenset[int]


def judged(data: Mapping[str, Any], examples: Sequence[ShownExample]) -> ExampleVerdicts:
    """Validate examples by the schemas of a document.

    All at once, since schemas refer to each other, and each would be prepared anew for every example. A request need
    not have what is read only, nor an answer what is write only.
    """
    troubles: dict[int, str] = {}
    unjudged: set[int] = set()
    for mark in ("", *_LEFT_OUT.values()):
        numbers = [i for i, one in enumerate(examples) if one.is_json and _LEFT_OUT.get(one.kind, "") == mark]
        if numbers:
            whole = _unrequired(data, mark) if mark else dict(data)
            registry = jsonschema_rs.Registry([(_DOCUMENT, whole)], draft=jsonschema_rs.Draft202012)
            _judge({number: examples[number] for number in numbers}, registry, troubles, unjudged)
    return ExampleVerdicts(troubles, frozenset(unjudged))


def _judge(examples: Mapping[int, ShownExample], registry: Any, troubles: dict[int, str], unjudged: set[int]) -> None:
    """Judge as many as can be judged together: where a schema cannot be used, halves are tried."""
    schemas = {str(number): {"$ref": f"{_DOCUMENT}{pointer(one.schema.tokens)}"} for number, one in examples.items()}
    try:
        validator = jsonschema_rs.Draft202012Validator(
            {"properties": schemas}, registry=registry, validate_formats=True
        )
        errors = list(validator.iter_errors({str(number): one.value for number, one in examples.items()}))
    except (ValueError, jsonschema_rs.ReferencingError):
        numbers = list(examples)
        if len(numbers) == 1:
            unjudged.update(numbers)
            return
        for half in (numbers[: len(numbers) // 2], numbers[len(numbers) // 2 :]):
            _judge({number: examples[number] for number in half}, registry, troubles, unjudged)
        return
    for error in errors:
        number, *steps = error.instance_path
        said = error.message if len(error.message) <= _LONGEST else f"{error.message[:120]} … {error.message[-75:]}"
        place = "".join(f"/{step}" for step in steps)
        troubles.setdefault(int(number), f"{f' at {place}' if place else ''}: {said}")


def shown(outline: Outline) -> Iterator[ShownExample]:
    """Yield each example and default of a document."""
    for element in outline.of_kind("schema"):
        listed = element.node.get("examples")
        for index, value in enumerate(listed if isinstance(listed, list) else ()):
            yield ShownExample("schema", (*element.tokens, "examples", str(index)), element, value)
        for key, kind in (("example", "schema"), ("default", "default")):
            if key in element.node:
                yield ShownExample(kind, (*element.tokens, key), element, element.node[key])
    for element in outline.of_kind("media type", "parameter", "header"):
        schema = outline.body_schema(element)
        if schema is None:
            continue
        kind, media = owner(element), element.name if element.kind == "media type" else ""
        if "example" in element.node:
            yield ShownExample(kind, (*element.tokens, "example"), schema, element.node["example"], media)
        for child in outline.children(element, "examples"):
            named = outline.target(child)
            if named is not None and "value" in named.node:
                yield ShownExample(kind, (*named.tokens, "value"), schema, named.node["value"], media)


def owner(element: Element) -> str:
    """Return what the nearest thing is that an example can be of."""
    above: Element | None = element
    while above is not None:
        if above.kind in ("parameter", "header"):
            return above.kind
        if above.kind in ("request body", "response"):
            return "body" if above.kind == "request body" else "answer"
        above = above.parent
    return "schema"


@rule("example", "every example and default validates against its schema")
def example(outline: Outline) -> Iterator[Found]:
    """Examples of schemas, media types, parameters and headers, wherever they are."""
    examples = tuple(shown(outline))
    for number, trouble in judged(outline.document.data, examples).troubles.items():
        yield examples[number].tokens, f"the example does not validate{trouble}; mend the example, or the schema"


@rule("example-should", "every example also keeps to what its schema says a value should be")
def example_should(outline: Outline) -> Iterator[Found]:
    """`x-should` and the constants of `x-lifecycle`, read as if they were demands, at any depth of the example."""
    examples = tuple(shown(outline))
    said = judged(outline.document.data, examples).troubles
    for number, trouble in judged(_strict(outline.document.data), examples).troubles.items():
        if number not in said:
            message = (
                f"the example is not what the contract says it should be{trouble}; mend the example, or the schema"
            )
            yield examples[number].tokens, message


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


def _unrequired(node: Any, mark: str) -> Any:
    """Copy a document whose schemas require nothing that has a mark (`readOnly`, `writeOnly`)."""
    if isinstance(node, list):
        return [_unrequired(item, mark) for item in node]
    if not isinstance(node, Mapping):
        return node
    copy = {key: _unrequired(value, mark) for key, value in node.items()}
    required, properties = copy.get("required"), copy.get("properties")
    if isinstance(required, list) and isinstance(properties, Mapping):
        marked = {name for name, one in properties.items() if isinstance(one, Mapping) and one.get(mark) is True}
        copy["required"] = [name for name in required if not isinstance(name, str) or name not in marked]
    return copy


RULES = (example, example_should)
