"""Ways to break what any OpenAPI document of this project owes, one thing at a time."""

from __future__ import annotations

import copy
from typing import Any

from tests.lint.draft import Breaks, Draft, Tokens

DOCUMENT = Breaks()


@DOCUMENT.of("structure")
def lacks_its_info(draft: Draft) -> Tokens:
    del draft.data["info"]
    return ()


@DOCUMENT.of("structure")
def misspells_responses(draft: Draft) -> Tokens:
    operation = draft.at(draft.operation)
    operation["respones"] = {}
    return (*draft.operation.tokens, "respones")


@DOCUMENT.of("structure")
def is_of_another_version(draft: Draft) -> Tokens:
    draft.data["openapi"] = "3.0.3"
    return ("openapi",)


@DOCUMENT.of("structure")
def has_paths_that_are_no_mapping(draft: Draft) -> Tokens:
    draft.data["paths"] = 3
    return ("paths",)


@DOCUMENT.of("reference")
def refers_to_nothing(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.ref)
    draft.at(element)["$ref"] += "Gone"
    return (*element.tokens, "$ref")


@DOCUMENT.of("reference")
def refers_to_another_kind(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.ref)
    header = draft.one("header", lambda header: not header.ref)
    draft.at(element)["$ref"] = "#/" + "/".join(header.tokens)
    return (*element.tokens, "$ref")


@DOCUMENT.of("reference")
def refers_out_of_the_document(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.ref)
    draft.at(element)["$ref"] = "other.yaml#/Thing"
    return (*element.tokens, "$ref")


@DOCUMENT.of("reference")
def refers_to_itself(draft: Draft) -> Tokens:
    draft.data["components"]["schemas"]["Ring"] = {"$ref": "#/components/schemas/Ring"}
    return ("components", "schemas", "Ring", "$ref")


@DOCUMENT.of("structure")
def says_more_beside_a_reference(draft: Draft) -> Tokens:
    element = draft.one("response", lambda element: element.ref)
    draft.at(element)["x-provenance"] = "documented"
    return (*element.tokens, "x-provenance")


@DOCUMENT.of("schema")
def has_a_schema_of_no_type(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "type")
    draft.at(element)["type"] = "strng"
    return (*element.tokens, "type")


@DOCUMENT.of("schema-keyword")
def misspells_a_keyword(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "type")
    draft.at(element)["minLenght"] = 1
    return (*element.tokens, "minLenght")


@DOCUMENT.of("enum-unique")
def lists_a_value_twice(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "enum")
    draft.at(element, "enum").append(element.node["enum"][0])
    return (*element.tokens, "enum", str(len(element.node["enum"])))


@DOCUMENT.of("specification")
def declares_one_parameter_twice(draft: Draft) -> Tokens:
    same = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    draft.at(draft.operation)["parameters"] = [same, copy.deepcopy(same)]
    return ()


@DOCUMENT.of("documented-4xx")
def documents_no_refusal(draft: Draft) -> Tokens:
    responses = draft.at(draft.operation, "responses")
    for status in [status for status in responses if status.startswith("4")]:
        del responses[status]
    return draft.operation.tokens


@DOCUMENT.of("documented-2xx")
def documents_no_success(draft: Draft) -> Tokens:
    responses = draft.at(draft.operation, "responses")
    for status in [status for status in responses if status.startswith("2")]:
        responses["3" + status[1:]] = responses.pop(status)
    return draft.operation.tokens


@DOCUMENT.of("default-response")
def documents_everything(draft: Draft) -> Tokens:
    draft.at(draft.operation, "responses")["default"] = {"description": "Anything."}
    return (*draft.operation.tokens, "responses", "default")


@DOCUMENT.of("operation-id")
def has_a_nameless_operation(draft: Draft) -> Tokens:
    del draft.at(draft.operation)["operationId"]
    return draft.operation.tokens


@DOCUMENT.of("operation-id")
def uses_an_operation_id_twice(draft: Draft) -> Tokens:
    twin = copy.deepcopy(draft.at(draft.operation))
    draft.data["paths"]["/twin"] = {"post": twin}
    return ("paths", "/twin", "post", "operationId")


@DOCUMENT.of("operation-security")
def relies_on_security_at_the_root(draft: Draft) -> Tokens:
    del draft.at(draft.operation)["security"]
    return draft.operation.tokens


@DOCUMENT.of("security-scheme")
def asks_for_a_scheme_that_is_not_there(draft: Draft) -> Tokens:
    draft.at(draft.operation)["security"] = [{"nobody": []}]
    return (*draft.operation.tokens, "security", "0", "nobody")


@DOCUMENT.of("path-parameter")
def leaves_a_path_variable_undeclared(draft: Draft) -> Tokens:
    draft.data["paths"]["/of/{one}"] = {"post": _renamed(draft)}
    return ("paths", "/of/{one}", "post")


@DOCUMENT.of("multipart-encoding")
def leaves_a_part_to_chance(draft: Draft) -> Tokens:
    encoding = draft.at(draft.form, "encoding")
    encoding.pop(next(iter(encoding)))
    return (*draft.form.tokens, "encoding")


@DOCUMENT.of("multipart-encoding")
def has_a_part_of_no_media_type(draft: Draft) -> Tokens:
    name = next(iter(draft.at(draft.form, "encoding")))
    draft.at(draft.form, "encoding")[name]["contentType"] = "picture"
    return (*draft.form.tokens, "encoding", name)


@DOCUMENT.of("encoding-unknown")
def encodes_a_field_that_is_not_there(draft: Draft) -> Tokens:
    draft.at(draft.form, "encoding")["nothing"] = {"contentType": "text/plain"}
    return (*draft.form.tokens, "encoding", "nothing")


@DOCUMENT.of("required-unknown")
def requires_a_field_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "required")
    required = draft.at(element, "required")
    required.append("nothing")
    return (*element.tokens, "required", str(len(required) - 1))


@DOCUMENT.of("example")
def shows_an_answer_that_lacks_a_field(draft: Draft) -> Tokens:
    element = draft.with_key("example", "value")
    value = draft.at(element, "value")
    value.pop(next(iter(value)))
    return (*element.tokens, "value")


@DOCUMENT.of("example")
def shows_a_value_of_another_type(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "examples")
    draft.at(element, "examples").append(["no", "such", "type"])
    return (*element.tokens, "examples", str(len(element.node["examples"])))


@DOCUMENT.of("example")
def defaults_to_a_value_of_another_type(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.node.get("type") == "object")
    draft.at(element)["default"] = 3
    return (*element.tokens, "default")


def _renamed(draft: Draft) -> dict[str, Any]:
    twin: dict[str, Any] = copy.deepcopy(draft.at(draft.operation))
    twin["operationId"] += "Twin"
    return twin
