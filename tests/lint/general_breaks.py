"""Ways to break what any OpenAPI document owes its readers, one thing at a time."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.lint.draft import Breaks, Draft, Tokens

GENERAL = Breaks()


@GENERAL.of("identical-path")
def renames_a_variable(draft: Draft) -> Tokens:
    path, item = _with_variable(draft)
    other = path.replace("{", "{other_")
    draft.data["paths"][other] = _twin(draft, item, "other_")
    return ("paths", other)


@GENERAL.of("ambiguous-path")
def varies_two_parts_across(draft: Draft) -> Tokens:
    _, item = _with_variable(draft)
    draft.data["paths"]["/{a}/here"] = _twin(draft, item, name="a")
    draft.data["paths"]["/there/{b}"] = _twin(draft, item, name="b")
    return ("paths", "/there/{b}")


@GENERAL.of("path-form")
def ends_a_path_with_a_slash(draft: Draft) -> Tokens:
    return _added(draft, "/more/")


@GENERAL.of("path-form")
def leaves_a_part_of_a_path_empty(draft: Draft) -> Tokens:
    return _added(draft, "/more//still")


@GENERAL.of("path-form")
def writes_a_query_into_a_path(draft: Draft) -> Tokens:
    return _added(draft, "/more?all=true")


@GENERAL.of("server")
def names_no_server(draft: Draft) -> Tokens:
    draft.data["servers"] = []
    return ("servers",)


@GENERAL.of("server")
def names_an_example_for_a_server(draft: Draft) -> Tokens:
    draft.data["servers"].append({"url": "https://api.example.com/v1"})
    return ("servers", "1", "url")


@GENERAL.of("server")
def ends_a_server_with_a_slash(draft: Draft) -> Tokens:
    draft.data["servers"][0]["url"] += "/"
    return ("servers", "0", "url")


@GENERAL.of("server-variable")
def leaves_a_variable_of_a_server_open(draft: Draft) -> Tokens:
    draft.data["servers"][0]["url"] += "/{region}"
    return ("servers", "0", "url")


@GENERAL.of("server-variable")
def defaults_to_a_value_that_is_not_listed(draft: Draft) -> Tokens:
    draft.data["servers"][0]["variables"] = {"region": {"default": "eu", "enum": ["us"]}}
    return ("servers", "0", "variables", "region", "default")


@GENERAL.of("license")
def has_no_license(draft: Draft) -> Tokens:
    del draft.data["info"]["license"]
    return ("info",)


@GENERAL.of("license")
def names_a_license_and_no_text(draft: Draft) -> Tokens:
    draft.data["info"]["license"] = {"name": "Ours"}
    return ("info", "license")


@GENERAL.of("tag")
def uses_a_tag_that_is_not_declared(draft: Draft) -> Tokens:
    draft.at(draft.operation)["tags"] = ["nothing"]
    return (*draft.operation.tokens, "tags", "0")


@GENERAL.of("tag")
def declares_a_tag_twice(draft: Draft) -> Tokens:
    draft.data["tags"].append(copy.deepcopy(draft.data["tags"][0]))
    return ("tags", str(len(draft.data["tags"]) - 1), "name")


@GENERAL.of("tag")
def describes_no_tag(draft: Draft) -> Tokens:
    del draft.data["tags"][0]["description"]
    return ("tags", "0")


@GENERAL.of("operation-summary")
def has_no_summary(draft: Draft) -> Tokens:
    del draft.at(draft.operation)["summary"]
    return draft.operation.tokens


@GENERAL.of("operation-id-form")
def calls_an_operation_by_a_sentence(draft: Draft) -> Tokens:
    draft.at(draft.operation)["operationId"] = "make it so"
    return (*draft.operation.tokens, "operationId")


@GENERAL.of("security-scope")
def asks_for_a_scope_that_is_not_there(draft: Draft) -> Tokens:
    flow = {"tokenUrl": "https://localhost/token", "scopes": {"read": "To read."}}
    scheme = {"type": "oauth2", "flows": {"clientCredentials": flow}}
    draft.data["components"]["securitySchemes"]["granted"] = scheme
    draft.at(draft.operation, "security").append({"granted": ["read", "write"]})
    place = str(len(draft.at(draft.operation, "security")) - 1)
    return (*draft.operation.tokens, "security", place, "granted", "1")


@GENERAL.of("active-markup")
def describes_with_a_script(draft: Draft) -> Tokens:
    draft.at(draft.operation)["description"] = "It <img src=x onerror=alert(1)> works."
    return (*draft.operation.tokens, "description")


@GENERAL.of("unused-component")
def has_a_schema_that_uses_itself_alone(draft: Draft) -> Tokens:
    ring = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Ring"}}}
    draft.data["components"]["schemas"]["Ring"] = ring
    return ("components", "schemas", "Ring")


@GENERAL.of("unused-component")
def has_a_scheme_that_nobody_asks_for(draft: Draft) -> Tokens:
    draft.data["components"]["securitySchemes"]["spare"] = {"type": "http", "scheme": "basic"}
    return ("components", "securitySchemes", "spare")


@GENERAL.of("enum-type")
def lists_a_value_of_another_type(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.node.get("type") == "string" and "enum" in element.node)
    draft.at(element, "enum").append(1.5)
    return (*element.tokens, "enum", str(len(element.node["enum"])))


@GENERAL.of("type-keyword")
def limits_the_length_of_a_number(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.node.get("type") == "integer")
    draft.at(element)["maxLength"] = 5
    return (*element.tokens, "maxLength")


@GENERAL.of("type-keyword")
def gives_items_to_a_number(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: element.node.get("type") == "integer")
    draft.at(element)["items"] = {"type": "string"}
    return (*element.tokens, "items")


@GENERAL.of("composition")
def gives_a_choice_of_the_same(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda element: "oneOf" in element.node or "anyOf" in element.node)
    key = "oneOf" if "oneOf" in element.node else "anyOf"
    draft.at(element)[key] = [{"type": "string"}, *draft.at(element, key), {"type": "string"}]
    return (*element.tokens, key, str(len(element.node[key]) + 1))


@GENERAL.of("limits")
def leaves_no_room_for_a_value(draft: Draft) -> Tokens:
    shown = {name for name, schema in draft.data["components"]["schemas"].items() if "examples" in json.dumps(schema)}
    element = draft.one("schema", lambda each: each.node.get("type") == "boolean" and not shown & {*each.tokens})
    draft.at(element)["not"] = {"minItems": 3, "maxItems": 2}
    return (*element.tokens, "not", "minItems")


@GENERAL.of("limits")
def limits_one_end_twice(draft: Draft) -> Tokens:
    shown = {name for name, schema in draft.data["components"]["schemas"].items() if "examples" in json.dumps(schema)}
    element = draft.one("schema", lambda each: each.node.get("type") == "boolean" and not shown & {*each.tokens})
    draft.at(element)["not"] = {"minimum": 3, "exclusiveMinimum": 2}
    return (*element.tokens, "not", "exclusiveMinimum")


def _with_variable(draft: Draft) -> tuple[str, dict[str, Any]]:
    """Return the first path that has one variable, and what stands there."""
    return next((path, item) for path, item in draft.data["paths"].items() if path.count("{") == 1)


def _twin(draft: Draft, item: dict[str, Any], prefix: str = "", name: str = "") -> dict[str, Any]:
    """Return an operation like the first of an item, whose variable is called otherwise."""
    method = next(method for method in item if isinstance(item[method], dict))
    twin = copy.deepcopy(item[method])
    twin["operationId"] += f"{prefix}{name}Twin"
    written = next(one for one in (*item.get("parameters", ()), *twin.pop("parameters", ())))
    named = draft.before.at(written.get("$ref", ""))
    parameter = written if named is None else copy.deepcopy(draft.at(named))
    twin["parameters"] = [{**parameter, "name": name or prefix + parameter["name"]}]
    return {method: twin}


def _added(draft: Draft, path: str) -> Tokens:
    twin = copy.deepcopy(draft.at(draft.operation))
    twin["operationId"] += "Twin"
    draft.data["paths"][path] = {draft.operation.name: twin}
    return ("paths", path)
