"""What is sent as wrong is wrong by its bytes, for exactly the rule that it is said to break; each rule is tried."""

from __future__ import annotations

import json
import operator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.bodies.codecs import codec
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.requests import read_body, read_parameters, write_headers, write_target
from conformance.bodies.samples import ordinary
from conformance.bodies.validity import Validity, judge
from conformance.bodies.violations import rules, violations
from conformance.contract import FORM, Contract, Input, Operation, load
from tests.suite.contracts import Json, answers, loaded

_JSON, _URLENCODED = "application/json", "application/x-www-form-urlencoded"
_BODIES = {"form": FORM, "json": _JSON, "urlencoded": _URLENCODED}
_WRONG = (Validity.DISCOURAGED, Validity.INVALID)

_LIST: Json = {"type": "array", "items": {"type": "integer"}}
_OBJECT: Json = {"type": "object", "properties": {"a": {"type": "integer"}}}

# A schema, and the rules of it that something can break: in a JSON body, and where all is text.
_RULES: dict[str, tuple[Json, set[str], set[str]]] = {
    "anything": ({}, set(), set()),
    "text": ({"type": "string"}, {"type"}, set()),
    "integer": ({"type": "integer"}, {"type"}, {"type"}),
    "number": ({"type": "number"}, {"type"}, {"type"}),
    "boolean": ({"type": "boolean"}, {"type"}, {"type"}),
    "minimum": ({"type": "integer", "minimum": 5}, {"type", "minimum"}, {"type", "minimum"}),
    "maximum": ({"type": "number", "maximum": 1.5}, {"type", "maximum"}, {"type", "maximum"}),
    "above": ({"type": "integer", "exclusiveMinimum": 0}, {"type", "exclusiveMinimum"}, {"type", "exclusiveMinimum"}),
    "below": ({"type": "integer", "exclusiveMaximum": 0}, {"type", "exclusiveMaximum"}, {"type", "exclusiveMaximum"}),
    "steps": ({"type": "integer", "multipleOf": 4}, {"type", "multipleOf"}, {"type", "multipleOf"}),
    "short": ({"type": "string", "maxLength": 3}, {"type", "maxLength"}, {"maxLength"}),
    "long": ({"type": "string", "minLength": 3}, {"type", "minLength"}, {"minLength"}),
    "pattern": ({"type": "string", "pattern": "^[a-z]{2}$", "examples": ["ab"]}, {"type", "pattern"}, {"pattern"}),
    "enum": (
        {"type": "string", "enum": ["red", "green"]}, {"type", "enum", "enum-spelling"}, {"enum", "enum-spelling"},
    ),
    "number-enum": ({"type": "integer", "enum": [1, 2]}, {"type", "enum"}, {"type", "enum"}),
    "wish": ({"type": "integer", "x-should": {"minimum": 1}}, {"type", "minimum"}, {"type", "minimum"}),
    "union": ({"oneOf": [{"type": "integer"}, {"enum": ["all"]}]}, {"type"}, {"type"}),
    "null": ({"type": ["integer", "null"]}, {"type"}, {"type"}),
    "few": (_LIST | {"minItems": 2}, {"type", "minItems"}, {"type", "minItems"}),
    "many": (_LIST | {"maxItems": 2}, {"type", "maxItems"}, {"type", "maxItems"}),
    "unique": (_LIST | {"uniqueItems": True}, {"type", "uniqueItems"}, {"type", "uniqueItems"}),
    "half": ({"type": "integer", "minimum": 0.5}, {"type", "minimum"}, {"type", "minimum"}),
    "tenths": ({"type": "number", "multipleOf": 0.1}, {"type", "multipleOf"}, {"type", "multipleOf"}),
    "object": (_OBJECT | {"required": ["a"]}, {"type", "members"}, set()),
    "closed": (_OBJECT | {"additionalProperties": False}, {"type", "additionalProperties"}, set()),
}  # fmt: skip
_TEXTUAL = [name for name in _RULES if name not in ("object", "closed")]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract with an operation for each schema: as a member of each kind of body, and as a query parameter."""
    paths: Json = {}
    for name, (schema, _, _) in _RULES.items():
        members = {"type": "object", "required": ["it"], "properties": {"it": schema, "other": {"type": "string"}}}
        for kind, media_type in _BODIES.items():
            body = {"required": True, "content": {media_type: {"schema": members}}}
            post = {"operationId": f"{name}-{kind}", "requestBody": body, "responses": answers()}
            paths[f"/{name}/{kind}"] = {"post": post}
        query = [{"name": "it", "in": "query", "required": True, "schema": schema}]
        paths[f"/{name}/query"] = {"get": {"operationId": f"{name}-query", "parameters": query, "responses": answers()}}
    return loaded(tmp_path_factory.mktemp("service"), paths)


def _input(operation: Operation) -> Input:
    return next(declared for declared in operation.inputs if declared.name == "it")


def _sent(operation: Operation, parts: tuple[Part, ...]) -> Any:
    """Write a request, read it back from its bytes, and judge that."""
    target, headers = write_target(operation, parts), write_headers(parts)
    received = read_parameters(operation, target, headers)
    media = operation.media
    if media is None:
        return judge(operation, received)
    inside = [part for part in parts if part.location == "body"]
    body = codec(media).encode(media, inside, Framing())
    read_as, found = read_body(operation, codec(media).content_type(media, Framing()), body)
    return judge(operation, (*received, *found), read_as)


@pytest.mark.parametrize("kind", [*_BODIES, "query"])
@pytest.mark.parametrize("name", _RULES)
def test_each_violation_breaks_its_rule_and_no_other_input(service: Contract, name: str, kind: str) -> None:
    """Read back from the bytes of a whole request, a violation is wrong for its rule, and nothing is left open."""
    operation = service.operation(f"{name}-{kind}")
    for violation in violations(_input(operation), operation.media):
        reading = _sent(operation, violation.parts)
        assert reading.validity in _WRONG, (violation, reading)
        assert {problem.field for problem in reading.problems} == {"it"}
        assert all(problem.validity in _WRONG for problem in reading.problems)
        assert violation.aspect in {problem.aspect for problem in reading.problems}


@pytest.mark.parametrize("name", _RULES)
def test_violations_in_json_are_invalid_by_json_schema(service: Contract, name: str) -> None:
    """A validator that we did not write, given the schema as it stands, refuses what breaks a demand, and no wish."""
    schema, operation = _RULES[name][0], service.operation(f"{name}-json")
    for violation in violations(_input(operation), operation.media):
        value = json.loads(violation.parts[0].value)
        is_wish = violation.rule in schema.get("x-should", {})
        assert jsonschema_rs.Draft202012Validator(schema).is_valid(value) is is_wish, violation


@pytest.mark.parametrize("name", _RULES)
def test_every_rule_of_a_json_member_is_tried(service: Contract, name: str) -> None:
    """A rule that nothing breaks would be a requirement that nothing can fail."""
    operation = service.operation(f"{name}-json")
    assert set(rules(_input(operation), operation.media)) == _RULES[name][1]


@pytest.mark.parametrize("kind", ["form", "urlencoded", "query"])
@pytest.mark.parametrize("name", _TEXTUAL)
def test_every_rule_of_a_text_is_tried(service: Contract, name: str, kind: str) -> None:
    """Where all is text, every text is a string: what is tried is what can be wrong there."""
    operation = service.operation(f"{name}-{kind}")
    assert set(rules(_input(operation), operation.media)) == _RULES[name][2]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("object", {"type", "json", "members"}), ("closed", {"type", "json", "additionalProperties"})],
)
def test_every_rule_of_a_json_part_is_tried(service: Contract, name: str, expected: set[str]) -> None:
    """A part of a form that is announced as JSON can also fail to be any."""
    operation = service.operation(f"{name}-form")
    assert set(rules(_input(operation), operation.media)) == expected


@pytest.mark.parametrize("kind", [*_BODIES, "query"])
@pytest.mark.parametrize("name", _RULES)
def test_names_of_violations_are_unique(service: Contract, name: str, kind: str) -> None:
    """A violation is named in probe ids: no two of one rule have one name, and no two send the same."""
    operation = service.operation(f"{name}-{kind}")
    found = violations(_input(operation), operation.media)
    assert len({(violation.rule, violation.name) for violation in found}) == len(found)
    assert len({(violation.rule, violation.parts) for violation in found}) == len(found)


@pytest.mark.parametrize("kind", [*_BODIES, "query"])
@pytest.mark.parametrize("name", _TEXTUAL)
def test_the_ordinary_value_is_no_violation(service: Contract, name: str, kind: str) -> None:
    """What an ordinary client sends is valid, so that it is among no violations."""
    operation = service.operation(f"{name}-{kind}")
    media = operation.media
    parts = ordinary(_input(operation), media.kind if media is not None else None)
    assert _sent(operation, parts).validity is Validity.VALID
    sent = [part.value for part in parts]
    assert sent not in [[part.value for part in found.parts] for found in violations(_input(operation), media)]


def test_violations_of_our_own_contract_are_wrong_in_the_whole_form() -> None:
    """In an otherwise whole form of our contract each violation is what makes it wrong."""
    with_forms = [operation for operation in load().operations if operation.body is not None]
    assert with_forms
    for operation in with_forms:
        assert operation.media is not None
        whole = {declared.name: ordinary(declared, operation.media.kind) for declared in operation.fields}
        for declared in operation.fields:
            for violation in violations(declared, operation.media):
                parts = [part for name, given_ in whole.items() if name != declared.name for part in given_]
                reading = _sent(operation, (*parts, *violation.parts))
                assert reading.validity in _WRONG, violation
                assert {problem.field for problem in reading.problems} == {declared.name}


_BREAKS = {
    "minimum": operator.lt,
    "maximum": operator.gt,
    "exclusiveMinimum": operator.le,
    "multipleOf": operator.mod,  # a remainder
}


@given(
    bounds=st.fixed_dictionaries(
        {},
        optional={
            "minimum": st.integers(-20, 20),
            "maximum": st.integers(21, 60),
            "exclusiveMinimum": st.integers(-20, 20),
            "multipleOf": st.integers(1, 6),
        },
    )
)
@settings(max_examples=40, deadline=None, database=None)
def test_every_bound_can_be_broken(bounds: Json, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever bounds an integer has, each that is not said twice over is broken by something."""
    query = [{"name": "it", "in": "query", "required": True, "schema": {"type": "integer", **bounds}}]
    paths = {"/it": {"get": {"operationId": "getIt", "parameters": query, "responses": answers()}}}
    folder: Path = tmp_path_factory.mktemp("bounds")
    operation = loaded(folder, paths).operation("getIt")
    tried = {violation.rule: violation.parts[0].value for violation in violations(_input(operation), None)}
    stated = set(bounds) - ({"multipleOf"} if bounds.get("multipleOf") == 1 else set())
    assert stated <= set(tried)
    for rule in stated:
        assert _BREAKS[rule](int(tried[rule]), bounds[rule])
