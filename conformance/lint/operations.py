"""Rules about operations: each says what a caller has to know."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline, listed

__all__ = ["OF_ANY", "RULES"]

_VARIABLE = re.compile(r"{([^{}]*)}")


@rule("documented-4xx", "every operation documents at least one 4xx answer")
def documented_4xx(outline: Outline) -> Iterator[Found]:
    """A contract that documents no refusal can find no fault with one."""
    return _without_status(outline, "4", "refusal; document a 4xx response")


@rule("documented-2xx", "every operation documents at least one 2xx answer")
def documented_2xx(outline: Outline) -> Iterator[Found]:
    """Without one there is nothing that success is judged by."""
    return _without_status(outline, "2", "success; document a 2xx response")


@rule("default-response", "no operation documents a `default` answer")
def default_response(outline: Outline) -> Iterator[Found]:
    """It would make every undocumented status a documented one."""
    for responses in outline.of_kind("responses"):
        if "default" in responses.node:
            message = "a `default` response makes every status documented; name the statuses instead"
            yield (*responses.tokens, "default"), message


@rule("operation-id", "every operation has an `operationId` of its own")
def operation_id(outline: Outline) -> Iterator[Found]:
    """Ids of requirements and names of client functions are made of it."""
    first: dict[object, Element] = {}
    for operation in outline.of_kind("operation"):
        name = operation.node.get("operationId")
        if name is None:
            yield operation.tokens, "the operation has no `operationId`; give it one that will not change"
        elif name in first:
            earlier = outline.document.line((*first[name].tokens, "operationId"))
            place = (*operation.tokens, "operationId")
            yield place, f"`{name}` is also the operation in line {earlier}; give each its own"
        else:
            first[name] = operation


@rule("operation-security", "every operation states its own `security`")
def operation_security(outline: Outline) -> Iterator[Found]:
    """Generators ignore the `security` at the root."""
    for operation in outline.of_kind("operation"):
        if "security" not in operation.node:
            yield operation.tokens, "the operation has no `security`; repeat it here (`[]` where everyone may call)"


@rule("security-scheme", "every security scheme that is asked for exists")
def security_scheme(outline: Outline) -> Iterator[Found]:
    """By whatever else it is called, nobody can prove to be somebody."""
    schemes = {element.name for element in outline.of_kind("security scheme")}
    for element in outline.of_kind("document", "operation"):
        for index, requirement in enumerate(listed(element.node.get("security"))):
            for name in requirement:
                if name not in schemes:
                    place = (*element.tokens, "security", str(index), name)
                    yield place, f"`{name}` is no scheme under `components/securitySchemes`; correct or define it"


@rule("path-parameter", "every variable of a path is a declared parameter, and the other way round")
def path_parameter(outline: Outline) -> Iterator[Found]:
    """Counted over the path and its operation together, as the specification does."""
    for operation in outline.of_kind("operation"):
        item = operation.parent
        if item is None or item.parent is None or item.parent.kind != "paths":
            continue  # a webhook or callback has an expression where a path has a template
        variables = set(_VARIABLE.findall(item.name))
        declared: set[str] = set()
        for owner in (item, operation):
            for written in outline.children(owner, "parameters"):
                parameter = outline.target(written)
                if parameter is None or parameter.node.get("in") != "path":
                    continue
                name = str(parameter.node.get("name"))
                declared.add(name)
                if name not in variables:
                    yield written.tokens, f"the path has no `{{{name}}}`; correct the name, or remove the parameter"
        for name in sorted(variables - declared):
            yield operation.tokens, f"`{{{name}}}` of the path is no parameter; declare it with `in: path`"


def _without_status(outline: Outline, first_digit: str, what: str) -> Iterator[Found]:
    for operation in outline.of_kind("operation"):
        statuses = operation.node.get("responses", {})
        if not any(str(status).startswith(first_digit) for status in statuses):
            yield operation.tokens, f"the operation documents no {what}"


OF_ANY = (documented_2xx, operation_id, security_scheme, path_parameter)
"""Rules for anybody's document."""

RULES = (documented_4xx, *OF_ANY, default_response, operation_security)
