"""What generators of clients are given makes them throw on nothing, and lets through all that a server may send."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.contract.document import tokens
from scripts.generator.exports.plainer_document import plainer_document
from tests.exports.judging import VALUES, Older, properties_of, valid_values


@pytest.fixture
def plainer(contract: Contract) -> dict[str, Any]:
    """What is exported of it."""
    return plainer_document(contract.document)


def schemas(node: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every mapping of a document outside of extensions and examples, with its place."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            if not key.startswith("x-") and key not in ("example", "examples"):
                yield from schemas(value, (*place, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from schemas(item, (*place, str(index)))


def test_no_alternatives_are_left(plainer: dict[str, Any]) -> None:
    """Each place is of one kind, or of any."""
    assert [place for place, node in schemas(plainer) if {"anyOf", "oneOf"} & node.keys()] == []


def test_whole_numbers_have_64_bits(plainer: dict[str, Any]) -> None:
    """A time in milliseconds does not fit into 32."""
    kinds = {node.get("format") for _, node in schemas(plainer) if node.get("type") == "integer"}
    assert kinds == {"int64"}


def test_every_value_that_the_contract_allows_is_allowed(contract: Contract, plainer: dict[str, Any]) -> None:
    """What is left out is a demand, never a value."""
    judge, made = Older(plainer), valid_values(contract)
    for schema in properties_of(contract.document):
        is_marked = any(entry == {"at": schema.pointer, "what": "null"} for entry in plainer["x-reduced"])
        for value in (*VALUES, *([made[schema.pointer]] if schema.pointer in made else [])):
            if value is None and is_marked:
                continue  # a mark beside a reference is how generators have it, whatever validators say
            assert not schema.is_valid(value) or judge.is_valid(schema.pointer, value), (schema.pointer, value)


def test_an_answer_may_bring_a_value_that_nobody_listed(contract: Contract, plainer: dict[str, Any]) -> None:
    """A new status loses no job, wherever it stands; the component keeps the names that are known."""
    judge = Older(plainer)
    for operation in contract.operations:
        for response in operation.responses:
            for found in response.properties:
                if not found.schema.enum or "string" not in found.schema.types:
                    continue
                assert judge.is_valid(found.pointer, "never heard of"), found.pointer
                component = found.schema.parts[-1].pointer
                if len(tokens(component)) == 3:
                    named = plainer["components"]["schemas"][tokens(component)[-1]]
                    assert named["enum"] == list(found.schema.keywords["enum"])


def test_each_reduction_is_listed(plainer: dict[str, Any]) -> None:
    """What was said before stands where it was reduced, and the list names each place once."""
    listed = [entry["at"] for entry in plainer["x-reduced"]]
    assert len(set(listed)) == len(listed)
    for entry in plainer["x-reduced"]:
        node: Any = plainer
        for step in tokens(entry["at"]):
            node = node[int(step)] if isinstance(node, list) else node[step]
        marks = {"alternatives": "x-alternatives", "values": "x-extensible-enum", "null": "nullable"}
        for what in entry["what"].split(", "):
            assert marks.get(what, f"x-{what}") in node, entry


def test_a_request_keeps_its_listed_values(overgrown: Contract) -> None:
    """A mistake is found before it is sent."""
    made = plainer_document(overgrown.document)
    form = next(body for body in made["components"]["schemas"].values() if "camera" in body.get("properties", {}))
    assert form["properties"]["camera"]["enum"] == ["static", "pan", "tilt"]
