"""Ways to break the contract's document, one thing at a time, each for the rule that it breaks.

They find their place by what an element is, never by its name, so that they outlive the contract's fields.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from conformance.lint.elements import CONTAINERS, Element, Outline

Tokens = tuple[str, ...]


@frozen
class Draft:
    """A copy of the contract to break; `before` is the document as it was."""

    before: Outline
    data: dict[str, Any]

    def at(self, element: Element, *keys: str) -> Any:
        """The copy's node at an element, or further down."""
        node: Any = self.data
        for token in (*element.tokens, *keys):
            node = node[int(token)] if isinstance(node, list) else node[token]
        return node

    def one(self, kind: str, test: Callable[[Element], object] = lambda _: True) -> Element:
        """The first element of a kind that passes a test."""
        return next(element for element in self.before.of_kind(kind) if test(element))

    def with_key(self, kind: str, key: str) -> Element:
        """The first element of a kind that has a key."""
        return self.one(kind, lambda element: key in element.node)

    @property
    def form(self) -> Element:
        """The multipart media type."""
        return self.one("media type", lambda element: element.name.startswith("multipart/"))

    @property
    def operation(self) -> Element:
        """The first operation."""
        return self.one("operation")


Break = Callable[[Draft], Tokens]
BREAKS: list[tuple[str, Break]] = []


def breaks(rule: str) -> Callable[[Break], Break]:
    """Register a way to break a rule; it returns where the finding must stand."""

    def decorate(edit: Break) -> Break:
        BREAKS.append((rule, edit))
        return edit

    return decorate


@breaks("structure")
def lacks_its_info(draft: Draft) -> Tokens:
    del draft.data["info"]
    return ()


@breaks("structure")
def misspells_responses(draft: Draft) -> Tokens:
    operation = draft.at(draft.operation)
    operation["respones"] = {}
    return (*draft.operation.tokens, "respones")


@breaks("structure")
def is_of_another_version(draft: Draft) -> Tokens:
    draft.data["openapi"] = "3.0.3"
    return ("openapi",)


@breaks("structure")
def has_paths_that_are_no_mapping(draft: Draft) -> Tokens:
    draft.data["paths"] = 3
    return ("paths",)


@breaks("reference")
def refers_to_nothing(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.ref)
    draft.at(element)["$ref"] += "Gone"
    return (*element.tokens, "$ref")


@breaks("reference")
def refers_to_another_kind(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.ref)
    header = draft.one("header", lambda header: not header.ref)
    draft.at(element)["$ref"] = "#/" + "/".join(header.tokens)
    return (*element.tokens, "$ref")


@breaks("reference")
def refers_out_of_the_document(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.ref)
    draft.at(element)["$ref"] = "other.yaml#/Thing"
    return (*element.tokens, "$ref")


@breaks("reference")
def refers_to_itself(draft: Draft) -> Tokens:
    draft.data["components"]["schemas"]["Ring"] = {"$ref": "#/components/schemas/Ring"}
    return ("components", "schemas", "Ring", "$ref")


@breaks("structure")
def says_more_beside_a_reference(draft: Draft) -> Tokens:
    element = draft.one("response", lambda element: element.ref)
    draft.at(element)["x-provenance"] = "documented"
    return (*element.tokens, "x-provenance")


@breaks("schema")
def has_a_schema_of_no_type(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "type")
    draft.at(element)["type"] = "strng"
    return (*element.tokens, "type")


@breaks("schema")
def has_a_wish_with_a_broken_pattern(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-should")
    draft.at(element)["x-should"] = {"pattern": "("}
    return (*element.tokens, "x-should", "pattern")


@breaks("schema-keyword")
def misspells_a_keyword(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "type")
    draft.at(element)["minLenght"] = 1
    return (*element.tokens, "minLenght")


@breaks("enum-unique")
def lists_a_value_twice(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "enum")
    draft.at(element, "enum").append(element.node["enum"][0])
    return (*element.tokens, "enum", str(len(element.node["enum"])))


@breaks("specification")
def declares_one_parameter_twice(draft: Draft) -> Tokens:
    same = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    draft.at(draft.operation)["parameters"] = [same, copy.deepcopy(same)]
    return ()


@breaks("provenance")
def leaves_a_component_without_provenance(draft: Draft) -> Tokens:
    marked = draft.with_key("header", "x-provenance")
    for element in draft.before.elements:
        above = element.parent
        if above and above.kind in {"document", "paths", "components"} and element.kind not in CONTAINERS:
            draft.at(element).setdefault("x-provenance", "documented")
    del draft.data["x-provenance"]
    del draft.at(marked)["x-provenance"]
    return marked.tokens


@breaks("provenance-value")
def invents_a_provenance(draft: Draft) -> Tokens:
    element = draft.with_key("response", "x-provenance")
    draft.at(element)["x-provenance"] = "heard"
    return (*element.tokens, "x-provenance")


@breaks("documented-4xx")
def documents_no_refusal(draft: Draft) -> Tokens:
    responses = draft.at(draft.operation, "responses")
    for status in [status for status in responses if status.startswith("4")]:
        del responses[status]
    return draft.operation.tokens


@breaks("documented-2xx")
def documents_no_success(draft: Draft) -> Tokens:
    responses = draft.at(draft.operation, "responses")
    for status in [status for status in responses if status.startswith("2")]:
        responses["3" + status[1:]] = responses.pop(status)
    return draft.operation.tokens


@breaks("default-response")
def documents_everything(draft: Draft) -> Tokens:
    draft.at(draft.operation, "responses")["default"] = {"description": "Anything."}
    return (*draft.operation.tokens, "responses", "default")


@breaks("operation-id")
def has_a_nameless_operation(draft: Draft) -> Tokens:
    del draft.at(draft.operation)["operationId"]
    return draft.operation.tokens


@breaks("operation-id")
def uses_an_operation_id_twice(draft: Draft) -> Tokens:
    twin = copy.deepcopy(draft.at(draft.operation))
    draft.data["paths"]["/twin"] = {"post": twin}
    return ("paths", "/twin", "post", "operationId")


@breaks("operation-security")
def relies_on_security_at_the_root(draft: Draft) -> Tokens:
    del draft.at(draft.operation)["security"]
    return draft.operation.tokens


@breaks("operation-security")
def asks_for_a_scheme_that_is_not_there(draft: Draft) -> Tokens:
    draft.at(draft.operation)["security"] = [{"nobody": []}]
    return (*draft.operation.tokens, "security", "0", "nobody")


@breaks("path-parameter")
def leaves_a_path_variable_undeclared(draft: Draft) -> Tokens:
    draft.data["paths"]["/of/{one}"] = {"post": _renamed(draft)}
    return ("paths", "/of/{one}", "post")


@breaks("multipart-encoding")
def leaves_a_part_to_chance(draft: Draft) -> Tokens:
    encoding = draft.at(draft.form, "encoding")
    encoding.pop(next(iter(encoding)))
    return (*draft.form.tokens, "encoding")


@breaks("multipart-encoding")
def has_a_part_of_no_media_type(draft: Draft) -> Tokens:
    name = next(iter(draft.at(draft.form, "encoding")))
    draft.at(draft.form, "encoding")[name]["contentType"] = "picture"
    return (*draft.form.tokens, "encoding", name)


@breaks("encoding-unknown")
def encodes_a_field_that_is_not_there(draft: Draft) -> Tokens:
    draft.at(draft.form, "encoding")["nothing"] = {"contentType": "text/plain"}
    return (*draft.form.tokens, "encoding", "nothing")


@breaks("required-unknown")
def requires_a_field_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "required")
    required = draft.at(element, "required")
    required.append("nothing")
    return (*element.tokens, "required", str(len(required) - 1))


@breaks("required-unknown")
def wishes_for_a_field_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda e: "properties" in e.node and "x-should" not in e.node)
    draft.at(element)["x-should"] = {"anyOf": [{"required": ["nothing"]}]}
    return (*element.tokens, "x-should", "anyOf", "0", "required", "0")


@breaks("example")
def shows_an_answer_that_lacks_a_field(draft: Draft) -> Tokens:
    element = draft.with_key("example", "value")
    value = draft.at(element, "value")
    value.pop(next(iter(value)))
    return (*element.tokens, "value")


@breaks("example")
def shows_a_value_of_another_type(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "examples")
    draft.at(element, "examples").append(["no", "such", "type"])
    return (*element.tokens, "examples", str(len(element.node["examples"])))


@breaks("example")
def defaults_to_a_value_of_another_type(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.node.get("type") == "object")
    draft.at(element)["default"] = 3
    return (*element.tokens, "default")


@breaks("example-should")
def shows_what_should_not_be(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda e: "minimum" in e.node.get("x-should", {}) and "examples" in e.node)
    draft.at(element, "examples")[0] = element.node["x-should"]["minimum"] - 1
    return (*element.tokens, "examples", "0")


@breaks("example-should")
def shows_a_status_that_is_no_constant(draft: Draft) -> Tokens:
    status = draft.with_key("schema", "x-lifecycle")
    odd = next(member for member in status.node["enum"] if member not in status.node["x-lifecycle"])
    draft.at(status)["examples"] = [odd]
    return (*status.tokens, "examples", "0")


@breaks("extension")
def misspells_an_extension(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-role")
    draft.at(element)["x-rol"] = draft.at(element).pop("x-role")
    return (*element.tokens, "x-rol")


@breaks("extension")
def puts_an_extension_where_it_means_nothing(draft: Draft) -> Tokens:
    draft.at(draft.operation)["x-role"] = "id"
    return (*draft.operation.tokens, "x-role")


@breaks("billable")
def quotes_a_boolean(draft: Draft) -> Tokens:
    element = draft.with_key("operation", "x-billable")
    draft.at(element)["x-billable"] = "false"
    return (*element.tokens, "x-billable")


@breaks("role")
def invents_a_role(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-role")
    draft.at(element)["x-role"] += "s"
    return (*element.tokens, "x-role")


@breaks("role")
def gives_a_role_twice(draft: Draft) -> Tokens:
    first, second, *_ = _brothers(draft.before, "x-role")
    draft.at(second)["x-role"] = first.node["x-role"]
    return (*second.tokens, "x-role")


@breaks("echo")
def echoes_a_field_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-echoes")
    draft.at(element, "x-echoes")[0] += "Gone"
    return (*element.tokens, "x-echoes", "0")


@breaks("echo")
def echoes_by_an_expression_of_its_own(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-echoes")
    draft.at(element, "x-echoes")[0] = "request.model"
    return (*element.tokens, "x-echoes", "0")


@breaks("echo")
def echoes_in_no_list(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-echoes")
    draft.at(element)["x-echoes"] = element.node["x-echoes"][0]
    return (*element.tokens, "x-echoes")


@breaks("echo")
def echoes_where_nobody_answers(draft: Draft) -> Tokens:
    expressions = draft.with_key("schema", "x-echoes").node["x-echoes"]
    draft.data["components"]["schemas"]["Unused"] = {"type": "string", "x-echoes": list(expressions)}
    return ("components", "schemas", "Unused", "x-echoes")


@breaks("lifecycle")
def stages_a_status_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-lifecycle")
    draft.at(element, "x-lifecycle")["nothing"] = "running"
    return (*element.tokens, "x-lifecycle", "nothing")


@breaks("lifecycle")
def invents_a_stage(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-lifecycle")
    stages = draft.at(element, "x-lifecycle")
    name = next(iter(stages))
    stages[name] = "paused"
    return (*element.tokens, "x-lifecycle", name)


@breaks("lifecycle")
def never_ends(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-lifecycle")
    stages = draft.at(element, "x-lifecycle")
    stages.update(dict.fromkeys(stages, "running"))
    return (*element.tokens, "x-lifecycle")


def _brothers(document: Outline, key: str) -> Iterator[Element]:
    """The properties of the first schema that has at least two with a key."""
    for owner in document.of_kind("schema"):
        found = [child for child in document.children(owner, "properties") if key in child.node]
        if len(found) > 1:
            yield from found
            return


def _renamed(draft: Draft) -> dict[str, Any]:
    twin: dict[str, Any] = copy.deepcopy(draft.at(draft.operation))
    twin["operationId"] += "Twin"
    return twin
