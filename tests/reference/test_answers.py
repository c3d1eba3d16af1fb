"""Answers are the contract's own instances: what cannot be made is said before the server starts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.serve import serve_command
from conformance.contract import Contract, Document, Schema
from conformance.contract.node import Node
from conformance.errors import ContractError
from conformance.reference import ReferenceServer
from conformance.reference.showing import template
from conformance.reference.things import Thing, id_factory
from tests.reference.caller import Connect
from tests.reference.contracts import contract_of

CARD = {"X-Library-Card": "sk-of-a-test"}


def _schema(data: dict[str, Any]) -> Schema:
    return Schema((Node.root(Document(Path("nowhere.yaml"), b"{}", data)),))


def _loan(document: Any) -> Any:
    return document["components"]["schemas"]["Loan"]


def _impossible(document: Any) -> None:
    _loan(document)["properties"]["fee"] = {"type": "string", "pattern": "^[q-t]{7}$"}
    _loan(document)["properties"]["fee"]["minLength"] = 8


def _contradicting_role(document: Any) -> None:
    _loan(document)["properties"]["lent"] = {"type": "boolean", "x-role": "created-time"}


def _impossible_error(document: Any) -> None:
    problem = document["components"]["responses"]["Problem"]["content"]["application/problem+json"]["schema"]
    problem["properties"]["title"] = {"type": "string", "pattern": "^[q-t]{7}$"}


def _impossible_item(document: Any) -> None:
    items = document["paths"]["/loans"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    items["properties"]["loans"]["maxItems"] = 0


UNABLE: dict[str, tuple[Callable[[Any], None], str]] = {
    "a pattern without an example": (_impossible, "#/components/schemas/Loan/properties/fee"),
    "a role that contradicts its type": (
        _contradicting_role,
        "schema: no valid answer can be made of it (loans.0.lent: ",
    ),
    "an error that cannot be made": (_impossible_error, "schema/properties/title"),
    "a list that may have no item": (_impossible_item, "/paths/~1loans/get/responses/200"),
}


@pytest.mark.parametrize(("change", "place"), UNABLE.values(), ids=UNABLE)
def test_an_answer_that_cannot_be_made_is_named(tmp_path: Path, change: Callable[[Any], None], place: str) -> None:
    """With file, line and pointer, when the server is made and with status 2 from the command."""
    path = tmp_path / "openapi.yaml"
    contract = contract_of("loans", change, path)
    with pytest.raises(ContractError, match=rf"{re.escape(str(path))}:\d+: .*{re.escape(place)}"):
        ReferenceServer(contract)
    result = CliRunner().invoke(serve_command, ["--contract", str(path), "--port", "0"])
    assert (result.exit_code, place in result.stderr) == (2, True)
    assert "Traceback" not in result.output


IDS: dict[str, dict[str, Any]] = {
    "an integer": {"type": "integer", "minimum": 1},
    "a UUID": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
               "examples": ["123e4567-e89b-12d3-a456-426614174000"]},
    "a prefix": {"type": "string", "examples": ["video_abc"], "x-should": {"pattern": "^video_[0-9a-z]+$"}},
    "a shape": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}-[a-f]$", "examples": ["BK-0001-a"]},
    "any text": {"type": "string"},
}  # fmt: skip


@pytest.mark.parametrize("schema", IDS.values(), ids=IDS)
@pytest.mark.parametrize("deterministic", [True, False])
def test_ids_are_what_the_contract_says(schema: dict[str, Any], deterministic: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Of the documented type and shape, and each another one."""
    documented = _schema(schema)
    make = id_factory(documented, deterministic=deterministic)
    made = [make() for _ in range(20)]
    assert len(set(made)) == 20
    assert all(documented.is_valid(value) and not any(documented.advice(value)) for value in made)


def test_ids_can_be_predicted_only_on_request() -> None:
    """Two factories agree where they are asked to, and otherwise never."""
    schema = _schema(IDS["a prefix"])
    first, second = (id_factory(schema, deterministic=True) for _ in range(2))
    assert [first() for _ in range(3)] == [second() for _ in range(3)]
    assert id_factory(schema, deterministic=False)() != id_factory(schema, deterministic=False)()


def _shown(member: dict[str, Any], values: dict[str, Any], *, required: bool = True) -> Any:
    schema = _schema({"type": "object", "properties": {"x": member}, "required": ["x"] if required else []})
    return template(schema).show(Thing("id-1", 1000.0, values), values)


@pytest.mark.parametrize(
    ("member", "values", "required", "shown"),
    [
        ({"type": "string", "x-echoes": ["$request.body#/a"]}, {"a": 8}, True, {"x": "8"}),
        ({"type": "integer", "x-echoes": ["$request.query.a", "$request.path.b"]}, {"b": 2}, True, {"x": 2}),
        ({"type": "integer", "examples": [5], "x-echoes": ["$request.body#/a"]}, {}, True, {"x": 5}),
        ({"type": "integer", "examples": [5], "x-echoes": ["$request.body#/a"]}, {}, False, {}),
        ({"type": ["integer", "null"], "x-echoes": ["$request.body#/a"]}, {"a": None}, False, {"x": None}),
        ({"type": "integer", "x-echoes": ["$request.body#/a"]}, {"a": None}, False, {}),
        ({"type": "string", "x-echoes": ["$request.body#/a"]}, {"a": b"bytes"}, False, {}),
        ({"type": "integer", "x-role": "created-time"}, {}, True, {"x": 1000}),
        ({"type": "integer", "examples": [1764347090922], "x-role": "created-time"}, {}, True, {"x": 1_000_000}),
        ({"type": "string", "x-role": "created-time"}, {}, True, {"x": "1970-01-01T00:16:40Z"}),
        ({"type": ["integer", "null"], "x-role": "completed-time"}, {}, True, {"x": None}),
        ({"type": "integer", "x-role": "completed-time"}, {}, False, {}),
        ({"type": "number", "minimum": 2.5}, {}, True, {"x": 3}),
    ],
)
def test_a_member_shows_what_there_is(
    member: dict[str, Any],
    values: dict[str, Any],
    required: bool,  # noqa: FBT001 - a parameter of the test
    shown: dict[str, Any],
) -> None:
    """A role or an echo where it has a value; else the contract's instance where the member must be there."""
    assert _shown(member, values, required=required) == shown


def test_answers_do_not_share_what_they_hold(connect: Connect, tmp_path: Path) -> None:
    """Changing one answer, as faults do, changes neither the next one nor the contract's example."""

    def nested(document: Any) -> None:
        _loan(document)["properties"]["extra"] = {"type": "object", "examples": [{"a": {"b": 1}}]}
        _loan(document)["required"].append("extra")

    contract: Contract = contract_of("loans", nested, tmp_path / "openapi.yaml")
    shown = template(contract.operation("showLoan").success.schema or _schema({}))
    shown.show(None, {})["extra"]["a"]["b"] = 2
    assert shown.show(None, {})["extra"] == {"a": {"b": 1}}
    http = connect(contract, headers=CARD)
    assert http.post("/loans", json={"book": "Emma", "weeks": 2}).json()["extra"] == {"a": {"b": 1}}
