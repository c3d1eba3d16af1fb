"""One maker of valid values: what it makes is valid and always the same, or the place is named."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract import load
from conformance.contract.instance import instance
from conformance.errors import ContractError, ExitCode
from tests.suite.contracts import Json, schema_of

_SETTINGS = settings(max_examples=150, deadline=None, database=None)


def _is_valid(schema: Json, value: Any, **others: Json) -> bool:
    """What JSON Schema itself says, asked of the schema as it is written."""
    whole = {**schema, "components": {"schemas": others}}
    return jsonschema_rs.Draft202012Validator(whole).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7, "default": 8, "examples": [9]}, 7),
        ({"type": "integer", "default": 8, "examples": [9]}, 8),
        ({"type": "integer", "examples": [9, 10], "minimum": 1}, 9),
        ({"type": "integer", "example": 11}, 11),
        ({"type": "string", "enum": ["b", "a"]}, "b"),
        ({"type": "string", "enum": ["b", "a"], "examples": ["a"]}, "a"),
        ({"type": "integer", "default": 0, "minimum": 5}, 5),
        ({"type": "string", "examples": [1, "b"]}, "b"),
        ({"type": "integer", "examples": [3, 12], "minimum": 10}, 12),
        ({"type": "integer", "examples": [3, 12], "x-should": {"minimum": 10}}, 12),
        ({"type": ["string", "null"], "enum": [None, "a"]}, "a"),
        ({"type": "null"}, None),
        ({"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string"}]}, 3),
        ({"anyOf": [{"type": "integer", "minimum": 3}, {"type": "string"}], "examples": ["x"]}, "x"),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 1}, [True]),
        ({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"const": 1}}, "required": ["b"]}, {"b": 1}),
    ],
    ids=str,
)
def test_what_is_shown_comes_before_what_is_made_up(schema: Json, value: Any) -> None:
    """A constant, then a default, an example, a listed value, and only then the smallest that the bounds allow."""
    made = instance(schema_of(schema))
    assert made == value
    assert type(made) is type(value)


_HARD: Sequence[Json] = [
    {"type": "number", "minimum": 0.5, "maximum": 0.6},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    {"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 0.5},
    {"type": "number", "maximum": -0.5},
    {"type": "integer", "minimum": 0.5},
    {"type": "integer", "maximum": -0.5},
    {"type": "integer", "exclusiveMinimum": 1.5, "exclusiveMaximum": 2.5},
    {"type": "integer", "minimum": 10**20},
    {"type": "string", "minLength": 12, "maxLength": 12},
    {"type": "string", "maxLength": 0},
    {"type": "string", "maxLength": 2},
    {"type": "string", "pattern": "^[0-9]+$"},
    {"type": "string", "pattern": "^[A-Z]$"},
    {"type": "string", "pattern": "^[0-9]{4}$"},
    {"type": "string", "pattern": "^a{3}$", "minLength": 3},
    {"type": "string", "pattern": "^sk-[a-z]+-[0-9]{3}$", "examples": ["sk-ab-123"]},
    {"type": "string", "pattern": "^sk-[a-z]+-[0-9]{3}$", "default": "sk-ab-123"},
    {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "items": {"type": "integer", "minimum": 4}, "minItems": 2, "maxItems": 2, "uniqueItems": True},
    {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True},
    {"type": "array", "minItems": 2},
    {"type": "object", "required": ["a"]},
    {"type": "object", "minProperties": 1},
    {"type": "object", "minProperties": 2, "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}},
    {"type": "object", "properties": {"a": {"type": "integer"}}, "x-should": {"minProperties": 1}},
    {"type": "object", "additionalProperties": False, "properties": {"a": {"const": None}}, "required": ["a"]},
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "object", "required": ["b"], "properties": {
        "b": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["c"], "properties": {
            "c": {"type": "integer", "minimum": 2}}}}}}}},
    {"allOf": [{"type": "integer", "minimum": 3}, {"maximum": 8, "multipleOf": 5}]},
    {"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]},
    {"allOf": [{"type": "object", "required": ["a"]}, {"properties": {"a": {"type": "integer", "minimum": 9}}}]},
    {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 5}]},
    {"oneOf": [{"type": "integer"}, {"enum": ["a"]}]},
    {"anyOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object", "properties": {"b": {"type": "integer"}}},
    {"type": "object", "oneOf": [
        {"required": ["kind"], "properties": {"kind": {"const": "one"}}},
        {"required": ["kind", "n"], "properties": {"kind": {"const": "two"}, "n": {"type": "integer"}}}]},
    {"anyOf": [{"type": "string", "minLength": 4, "maxLength": 2}, {"type": "integer"}]},
    {"anyOf": [{"required": ["b"]}, {"required": ["a"]}], "type": "object", "properties": {"a": {"const": 7}}},
    {"allOf": [
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 4}}},
        {"oneOf": [{"properties": {"b": {"type": "string"}}, "required": ["b"]}, {"maxProperties": 1}]}]},
    {"allOf": [{"$ref": "#/components/schemas/Tree"}, {"anyOf": [{"required": ["below"]}, {"minProperties": 3}]}]},
    {"type": ["integer", "string"], "minimum": 4},
    {"type": ["object", "null"], "required": ["a"]},
    {"type": ["object", "null"], "required": ["a"], "properties": {"a": {"not": {}}}},
    {"not": {"type": "string"}, "type": ["string", "integer"]},
    {"$ref": "#/components/schemas/Tree"},
    {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Tree"}},
    {},
    *({"type": "string", "format": name} for name in ("date-time", "date", "time", "uuid", "uri", "email", "ipv4")),
]  # fmt: skip
_TREE: Json = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "below": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    },
}


@pytest.mark.parametrize("schema", _HARD, ids=json.dumps)
def test_a_value_is_made_of_every_ordinary_schema(schema: Json) -> None:
    """Bounds, lengths, usual patterns, unique items, nested members and every combination of schemas give a value."""
    made = instance(schema_of(schema, Tree=_TREE))
    assert _is_valid(schema, made, Tree=_TREE)
    assert json.loads(json.dumps(made)) == made


def test_a_member_beside_alternatives_keeps_the_place_where_it_is_written() -> None:
    """What every branch has as well is judged, and told, where it stands: in whichever part of the schema."""
    whole = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer", "minimum": 4}}},
            {"anyOf": [{"required": ["a"]}, {"properties": {"b": {"const": 1}}}]},
        ]
    }
    for branch in schema_of(whole).branches:
        assert branch.properties["a"].pointer == "#/components/schemas/Subject/allOf/0/properties/a"
        assert branch.properties["a"].is_valid(4)
        assert not branch.properties["a"].is_valid(3)


_IMPOSSIBLE: Sequence[tuple[Json, str]] = [
    ({"type": "integer", "minimum": 3, "maximum": 2}, ""),
    ({"type": "string", "pattern": "^sk-[a-z]{9}$"}, ""),
    ({"type": "string", "pattern": "^sk-[a-z]{9}$", "examples": ["sk-1"]}, ""),
    ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^q$"}}}, "/properties/a"),
    ({"type": "array", "minItems": 2, "items": {"type": "string", "minLength": 2, "maxLength": 1}}, "/items"),
    ({"type": "array", "minItems": 3, "items": {"type": "boolean"}, "uniqueItems": True}, ""),
    ({"allOf": [{"type": "string"}, {"type": "integer"}]}, ""),
    ({"enum": []}, ""),
    ({"not": {}}, ""),
]


@pytest.mark.parametrize(("schema", "place"), _IMPOSSIBLE, ids=str)
def test_where_none_can_be_made_the_place_is_named(schema: Json, place: str) -> None:
    """A schema that nothing satisfies, or that only an example could, is named by its pointer, not by the whole."""
    with pytest.raises(ContractError) as raised:
        instance(schema_of(schema))
    pointer = re.escape(f"#/components/schemas/Subject{place}")
    assert re.match(rf"contract\.yaml:1: {pointer}: no valid value could be made", str(raised.value))
    assert "example" in str(raised.value)
    assert raised.value.exit_code is ExitCode.USAGE


def test_a_tree_without_end_is_an_error() -> None:
    """A schema that demands itself without end has no value, and looking for one ends."""
    endless = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Subject"}}}
    with pytest.raises(ContractError, match="#/components/schemas/Subject"):
        instance(schema_of(endless))


def _bounded(kind: str) -> st.SearchStrategy[Json]:
    number = st.integers(-50, 50) if kind == "integer" else st.integers(-500, 500).map(lambda n: n / 10)
    keywords = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=dict.fromkeys(keywords, number))


_lengths = st.fixed_dictionaries(
    {"type": st.just("string")}, optional={"minLength": st.integers(0, 9), "maxLength": st.integers(0, 9)}
)
_leaves = st.one_of(
    _bounded("integer"),
    _bounded("number"),
    _lengths,
    st.just({"type": "boolean"}),
    st.just({"type": ["string", "null"]}),
    st.lists(st.integers(0, 3) | st.sampled_from("abc") | st.none(), min_size=1, unique=True).map(
        lambda values: {"enum": values}
    ),
    st.integers(0, 3).map(lambda value: {"const": value}),
)


def _composed(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    members = st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    objects = st.tuples(members, st.lists(st.sampled_from("abcd"), max_size=2, unique=True)).map(
        lambda made: {"type": "object", "properties": made[0], "required": made[1]}
    )
    arrays = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 3), "uniqueItems": st.booleans()},
    )
    several = st.lists(inner, min_size=1, max_size=3)
    unions = st.tuples(st.sampled_from(["anyOf", "oneOf", "allOf"]), several).map(lambda made: {made[0]: made[1]})
    return objects | arrays | unions


@given(schema=st.recursive(_leaves, _composed, max_leaves=6))
@_SETTINGS
def test_what_is_made_is_valid_and_always_the_same(schema: Json) -> None:
    """Of any schema the same valid value is made each time, or none, with the place in the sentence."""
    try:
        made = instance(schema_of(schema))
    except ContractError as error:
        assert "#/components/schemas/Subject" in str(error)  # noqa: PT017 - either end is right, and each is held
        return
    assert _is_valid(schema, made)
    assert json.dumps(instance(schema_of(json.loads(json.dumps(schema))))) == json.dumps(made)


@given(low=st.integers(-1000, 1000), width=st.integers(0, 50), step=st.integers(1, 60))
@_SETTINGS
def test_an_integer_is_made_wherever_there_is_one(low: int, width: int, step: int) -> None:
    """Between two bounds, and of any step, an integer is found if and only if there is one."""
    schema = {"type": "integer", "minimum": low, "maximum": low + width, "multipleOf": step}
    there = any(value % step == 0 for value in range(low, low + width + 1))
    try:
        made = instance(schema_of(schema))
    except ContractError:
        assert not there
    else:
        assert there
        assert made % step == 0
        assert low <= made <= low + width


@given(low=st.integers(-400, 400), width=st.integers(1, 30), step=st.sampled_from([None, 1, 3, 0.1, 0.25]))
@_SETTINGS
def test_a_number_is_made_in_the_narrowest_gap(low: int, width: int, step: float | None) -> None:
    """Between open bounds, tenths apart, a number is found: of the step where one is asked for and lies there."""
    below, above = low / 10, (low + width) / 10
    schema = {"type": "number", "exclusiveMinimum": below, "exclusiveMaximum": above}
    if step is None:
        assert below < instance(schema_of(schema)) < above
        return
    schema["multipleOf"] = step
    try:
        made = instance(schema_of(schema))
    except ContractError:
        candidates = [round(count * step, 10) for count in range(round(below / step) - 2, round(above / step) + 3)]
        assert [value for value in candidates if _is_valid(schema, value)] == []
    else:
        assert _is_valid(schema, made)


def test_every_schema_of_the_contract_has_a_value() -> None:
    """Nothing in our own contract needs an example that it has not got, and its wishes are kept where they can be."""
    contract = load()
    for operation in contract.operations:
        answers = [response.schema for response in operation.responses]
        for schema in [*(declared.schema for declared in operation.inputs), *(found for found in answers if found)]:
            made = instance(schema)
            assert schema.is_valid(made)
            assert list(schema.advice(made)) == []
