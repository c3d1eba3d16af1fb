"""Ways to break what the contract's own extensions (`x-…`) owe, one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.lint.elements import CONTAINERS, Element, Outline
from tests.lint.draft import Breaks, Draft, Tokens

EXTENSIONS = Breaks()


@EXTENSIONS.of("schema")
def has_a_wish_with_a_broken_pattern(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-should")
    draft.at(element)["x-should"] = {"pattern": "("}
    return (*element.tokens, "x-should", "pattern")


@EXTENSIONS.of("departure")
def explains_a_place_that_is_gone(draft: Draft) -> Tokens:
    draft.data["x-departures"] = [{"at": "#/components/nothing", "what": "type", "page": "string", "why": "Because."}]
    return ("x-departures", "0", "at")


@EXTENSIONS.of("departure")
def explains_one_of_several_places_that_is_no_pointer(draft: Draft) -> Tokens:
    draft.data["x-departures"] = [{"at": ["#/paths", "paths"], "what": "operation", "why": "Because."}]
    return ("x-departures", "0", "at", "1")


@EXTENSIONS.of("departure")
def differs_in_what_nothing_differs_in(draft: Draft) -> Tokens:
    draft.data["x-departures"] = [{"at": "#/paths", "what": "colour", "why": "Because."}]
    return ("x-departures", "0", "what")


@EXTENSIONS.of("departure")
def departs_without_a_reason(draft: Draft) -> Tokens:
    draft.data["x-departures"] = [{"at": "#/paths", "what": "operation", "why": " "}]
    return ("x-departures", "0", "why")


@EXTENSIONS.of("departure")
def departs_without_saying_where(draft: Draft) -> Tokens:
    draft.data["x-departures"] = [{"what": "operation", "why": "Because."}]
    return ("x-departures", "0")


@EXTENSIONS.of("departure")
def departs_in_a_mapping(draft: Draft) -> Tokens:
    draft.data["x-departures"] = {"at": "#/paths"}
    return ("x-departures",)


@EXTENSIONS.of("provenance")
def leaves_a_component_without_provenance(draft: Draft) -> Tokens:
    marked = draft.with_key("header", "x-provenance")
    for element in draft.before.elements:
        above = element.parent
        if above and above.kind in {"document", "paths", "components"} and element.kind not in CONTAINERS:
            draft.at(element).setdefault("x-provenance", "documented")
    del draft.data["x-provenance"]
    del draft.at(marked)["x-provenance"]
    return marked.tokens


@EXTENSIONS.of("provenance-value")
def invents_a_provenance(draft: Draft) -> Tokens:
    element = draft.with_key("response", "x-provenance")
    draft.at(element)["x-provenance"] = "heard"
    return (*element.tokens, "x-provenance")


@EXTENSIONS.of("required-unknown")
def wishes_for_a_field_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda e: "properties" in e.node and "x-should" not in e.node)
    draft.at(element)["x-should"] = {"anyOf": [{"required": ["nothing"]}]}
    return (*element.tokens, "x-should", "anyOf", "0", "required", "0")


@EXTENSIONS.of("example-should")
def shows_what_should_not_be(draft: Draft) -> Tokens:
    element = draft.one("schema", lambda e: "minimum" in e.node.get("x-should", {}) and "examples" in e.node)
    draft.at(element, "examples")[0] = element.node["x-should"]["minimum"] - 1
    return (*element.tokens, "examples", "0")


@EXTENSIONS.of("example-should")
def shows_a_status_that_is_no_constant(draft: Draft) -> Tokens:
    status = draft.with_key("schema", "x-lifecycle")
    odd = next(member for member in status.node["enum"] if member not in status.node["x-lifecycle"])
    draft.at(status)["examples"] = [odd]
    return (*status.tokens, "examples", "0")


@EXTENSIONS.of("extension")
def misspells_an_extension(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-role")
    draft.at(element)["x-rol"] = draft.at(element).pop("x-role")
    return (*element.tokens, "x-rol")


@EXTENSIONS.of("extension")
def puts_an_extension_where_it_means_nothing(draft: Draft) -> Tokens:
    draft.at(draft.operation)["x-role"] = "id"
    return (*draft.operation.tokens, "x-role")


@EXTENSIONS.of("billable")
def quotes_a_boolean(draft: Draft) -> Tokens:
    element = draft.with_key("operation", "x-billable")
    draft.at(element)["x-billable"] = "false"
    return (*element.tokens, "x-billable")


@EXTENSIONS.of("optional")
def quotes_whether_servers_may_do_without(draft: Draft) -> Tokens:
    element = draft.with_key("operation", "x-optional")
    draft.at(element)["x-optional"] = "true"
    return (*element.tokens, "x-optional")


@EXTENSIONS.of("optional")
def asks_for_nothing(draft: Draft) -> Tokens:
    for element in draft.before.of_kind("operation"):
        draft.at(element)["x-optional"] = True
    return (*draft.operation.tokens, "x-optional")


@EXTENSIONS.of("cost")
def quotes_whether_a_number_costs(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-cost")
    draft.at(element)["x-cost"] = "true"
    return (*element.tokens, "x-cost")


@EXTENSIONS.of("cost")
def sets_no_limit_to_what_costs(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-cost")
    del draft.at(element)["examples"]
    return (*element.tokens, "x-cost")


@EXTENSIONS.of("role")
def invents_a_role(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-role")
    draft.at(element)["x-role"] += "s"
    return (*element.tokens, "x-role")


@EXTENSIONS.of("role")
def gives_a_role_twice(draft: Draft) -> Tokens:
    first, second, *_ = _brothers(draft.before, "x-role")
    draft.at(second)["x-role"] = first.node["x-role"]
    return (*second.tokens, "x-role")


@EXTENSIONS.of("echo")
def echoes_a_field_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-echoes")
    draft.at(element, "x-echoes")[0] += "Gone"
    return (*element.tokens, "x-echoes", "0")


@EXTENSIONS.of("echo")
def echoes_by_an_expression_of_its_own(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-echoes")
    draft.at(element, "x-echoes")[0] = "request.model"
    return (*element.tokens, "x-echoes", "0")


@EXTENSIONS.of("echo")
def echoes_in_no_list(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-echoes")
    draft.at(element)["x-echoes"] = element.node["x-echoes"][0]
    return (*element.tokens, "x-echoes")


@EXTENSIONS.of("echo")
def echoes_where_nobody_answers(draft: Draft) -> Tokens:
    expressions = draft.with_key("schema", "x-echoes").node["x-echoes"]
    draft.data["components"]["schemas"]["Unused"] = {"type": "string", "x-echoes": list(expressions)}
    return ("components", "schemas", "Unused", "x-echoes")


@EXTENSIONS.of("nothing-made")
def promises_nothing_where_nobody_looks(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-nothing-made")
    del draft.at(element)["x-role"]
    return (*element.tokens, "x-nothing-made")


@EXTENSIONS.of("nothing-made")
def promises_nothing_in_no_list(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-nothing-made")
    draft.at(element)["x-nothing-made"] = "gone"
    return (*element.tokens, "x-nothing-made")


@EXTENSIONS.of("nothing-made")
def promises_nothing_by_no_code(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-nothing-made")
    draft.at(element)["x-nothing-made"] = [True]
    return (*element.tokens, "x-nothing-made", "0")


@EXTENSIONS.of("lifecycle")
def stages_a_status_that_is_not_there(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-lifecycle")
    draft.at(element, "x-lifecycle")["nothing"] = "running"
    return (*element.tokens, "x-lifecycle", "nothing")


@EXTENSIONS.of("lifecycle")
def invents_a_stage(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-lifecycle")
    stages = draft.at(element, "x-lifecycle")
    name = next(iter(stages))
    stages[name] = "paused"
    return (*element.tokens, "x-lifecycle", name)


@EXTENSIONS.of("lifecycle")
def never_ends(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "x-lifecycle")
    stages = draft.at(element, "x-lifecycle")
    stages.update(dict.fromkeys(stages, "running"))
    return (*element.tokens, "x-lifecycle")


@EXTENSIONS.of("counted")
def counts_what_is_not_there(draft: Draft) -> Tokens:
    draft.data["x-counts"] = {**draft.data["x-counts"], "things": "#/components/schemas/Nothing/enum"}
    return ("x-counts", "things")


@EXTENSIONS.of("counted")
def counts_in_no_mapping(draft: Draft) -> Tokens:
    draft.data["x-counts"] = list(draft.data["x-counts"].values())
    return ("x-counts",)


@EXTENSIONS.of("count")
def leaves_an_old_number_in_the_summary(draft: Draft) -> Tokens:
    draft.data["info"]["summary"] = f"A form in front of 7 well-known {_noun(draft)}."
    return ("info", "summary")


@EXTENSIONS.of("count")
def writes_a_wrong_number_as_a_word(draft: Draft) -> Tokens:
    draft.at(draft.operation)["description"] = f"Takes forty-two\n{_noun(draft)}."
    return (*draft.operation.tokens, "description")


@EXTENSIONS.of("count")
def counts_wrongly_what_is_counted_near_by(draft: Draft) -> Tokens:
    element = draft.with_key("schema", "required")
    place = "/".join(("#", *element.tokens, "required"))
    draft.at(element).update({"x-counts": {"duties": place}, "description": "It has ninety duties."})
    return (*element.tokens, "description")


def _noun(draft: Draft) -> str:
    return str(next(iter(draft.data["x-counts"])))


def _brothers(document: Outline, key: str) -> Iterator[Element]:
    """The properties of the first schema that has at least two with a key."""
    for owner in document.of_kind("schema"):
        found = [child for child in document.children(owner, "properties") if key in child.node]
        if len(found) > 1:
            yield from found
            return
