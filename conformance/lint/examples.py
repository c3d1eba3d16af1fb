"""Rules about examples: each validates against what it illustrates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from attrs import field, frozen

from conformance.contract.document import Tokens, pointer
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline

__all__ = ["RULES", "ExampleJudge", "ShownExample", "owner", "shown"]

_LEFT_OUT = {"body": "readOnly", "answer": "writeOnly"}
_LONGEST = 200


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
class ExampleJudge:
    """Validates by the schemas of a document; a request need not have what is read only, nor an answer what is not."""

    data: Mapping[str, Any]
    _registries: dict[str, Any] = field(factory=dict, init=False, repr=False)
    _validators: dict[tuple[str, Tokens], Any] = field(factory=dict, init=False, repr=False)

    def trouble(self, example: ShownExample) -> str | None:
        """Return where an example is not valid and why, if it is not.

        Raises:
            ValueError: its schema cannot be used.
            ReferencingError: a reference in it leads nowhere.
        """
        for error in self._validator(example).iter_errors(example.value):
            place = "".join(f"/{key}" for key in error.instance_path)
            said = error.message
            short = said if len(said) <= _LONGEST else f"{said[:120]} … {said[-75:]}"
            return f"{f' at {place}' if place else ''}: {short}"
        return None

    def _validator(self, example: ShownExample) -> Any:
        mark = _LEFT_OUT.get(example.kind, "")
        key = mark, example.schema.tokens
        if key not in self._validators:
            if mark not in self._registries:
                data = _unrequired(self.data, mark) if mark else dict(self.data)
                resources = [(f"urn:{mark}", data)]
                self._registries[mark] = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft202012)
            schema = {"$ref": f"urn:{mark}{pointer(example.schema.tokens)}"}
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                schema, registry=self._registries[mark], validate_formats=True
            )
        return self._validators[key]


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
    judge = ExampleJudge(outline.document.data)
    for one in shown(outline):
        if one.is_json and (trouble := judge.trouble(one)):
            yield one.tokens, f"the example does not validate{trouble}; mend the example, or the schema"


@rule("example-should", "every example also keeps to what its schema says a value should be")
def example_should(outline: Outline) -> Iterator[Found]:
    """`x-should` and the constants of `x-lifecycle`, read as if they were demands, at any depth of the example."""
    said = {tokens for tokens, _ in example.judge(outline)}
    judge = ExampleJudge(_strict(outline.document.data))
    for one in shown(outline):
        if one.tokens not in said and one.is_json and (trouble := judge.trouble(one)):
            message = (
                f"the example is not what the contract says it should be{trouble}; mend the example, or the schema"
            )
            yield one.tokens, message


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
