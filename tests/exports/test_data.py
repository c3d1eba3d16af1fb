"""The components as JSON Schema, and the list of values: what other tools read is what the contract says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from conformance.contract import Contract, load
from conformance.contract.document import pointer, tokens
from conformance.lint.elements import Outline
from scripts.generator.exports.component_schemas import component_schemas
from scripts.generator.exports.listed_values import listed_values
from tests.exports.judging import VALUES, others, properties_of, valid_values

EXPORTS = Path(__file__).resolve().parents[2] / "generated" / "contract"


def test_two_validators_judge_values_as_the_contract_does(contract: Contract) -> None:
    """Each component alone, read from the one file, with the values that OpenAPI's own reading has."""
    document = component_schemas(contract)
    jsonschema.Draft202012Validator.check_schema(document)
    jsonschema_rs.meta.validate(document)
    made = valid_values(contract)
    for schema in properties_of(contract.document):
        place = {**document, "$ref": pointer(("$defs", *tokens(schema.pointer)[2:]))}
        judges = jsonschema.Draft202012Validator(place), jsonschema_rs.Draft202012Validator(place)
        for value in (*VALUES, *others(made.get(schema.pointer))):
            verdicts = {judge.is_valid(value) for judge in judges}
            assert verdicts == {schema.is_valid(value)}, (schema.pointer, value)


def test_what_a_component_refers_to_comes_with_it(overgrown: Contract) -> None:
    """A schema that stands in an operation is carried along, so that the file needs no other."""
    document = component_schemas(overgrown)
    references = [node["$ref"] for node in _nodes(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        node: Any = document
        for step in tokens(reference):
            node = node[int(step)] if isinstance(node, list) else node[step]


def _nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        return [node, *(found for value in node.values() for found in _nodes(value))]
    return [found for item in node for found in _nodes(item)] if isinstance(node, list) else []


def test_every_listed_value_is_listed(contract: Contract) -> None:
    """With its provenance, the stage that it means, and the operations that send and answer it."""
    rows = {row["at"]: row for row in listed_values(contract)["enums"]}
    outline = Outline.of(contract.document)
    listed = [each for each in outline.of_kind("schema") if "const" in each.node or "enum" in each.node]
    assert list(rows) == [pointer(each.tokens) for each in listed]
    for element in listed:
        row, node = rows[pointer(element.tokens)], element.node
        assert [value["value"] for value in row["values"]] == (node.get("enum") or [node.get("const")])
        stages = {value["value"]: value["stage"] for value in row["values"] if "stage" in value}
        assert stages == node.get("x-lifecycle", {})
    for operation in contract.operations:
        for declared in operation.inputs:
            for place in (part.pointer for part in declared.schema.parts if part.pointer in rows):
                assert operation.id in rows[place]["sent_by"], place
        for found in (each for response in operation.responses for each in response.properties):
            for place in (part.pointer for part in found.schema.parts if part.pointer in rows):
                assert operation.id in rows[place]["answered_by"], place


@pytest.mark.parametrize(
    ("name", "made"), [("components.schema.json", component_schemas), ("enums.json", listed_values)]
)
def test_what_is_exported_is_what_is_tested(name: str, made: Any) -> None:
    """The files hold the same."""
    assert json.loads((EXPORTS / name).read_text(encoding="utf-8")) == made(load())
