"""Clients that are right in another way pass: what a standard allows is held against nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from conformance.contract import Contract, ContractSource, load
from conformance.vectors import vectors
from conformance.vectors.whole import documents, schema_text
from tests.client import contracts
from tests.clients.broken.conforming import CONFORMING
from tests.clients.judged import broken, judged
from tests.clients.made_contracts import MADE, made_contract

_INTEGERS = frozenset({"numbers-otherwise"})
"""Clients that are right where no input is an integer."""


@pytest.mark.parametrize("name", sorted(CONFORMING.keys() - _INTEGERS))
def test_what_a_standard_allows_passes(contract: Contract, name: str) -> None:
    """Requests that are written otherwise than most clients write them, and rightly, fail no vector."""
    asked = [vector for vector in vectors(contract) if vector.kind == "request"]
    made = judged(contract, asked, broken(name))
    assert {trial.vector.id: trial.flaws for trial in made.trials if trial.flaws or trial.not_run} == {}


NUMBERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "speed": {"type": "number", "description": "How fast.", "examples": [1.5]},
        "weights": {"type": "array", "items": {"type": "number", "examples": [1, 0.25]}, "description": "How heavy."},
        "at_most": {"type": "number", "maximum": 20, "description": "A limit."},
    },
}


@pytest.mark.parametrize("media", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_number_may_be_written_in_any_way_but_an_integer_in_one(media: str, tmp_path: Path) -> None:
    """20.0 is 20, and 1E-7 is 0.0000001: in forms of both kinds and in a query, alone and in lists."""
    made = contracts.smallest()
    operation = made["paths"]["/form"]["post"]
    operation["responses"] = {"204": {"description": "Made."}}
    operation["requestBody"] = {"content": {media: {"schema": NUMBERS}}}
    operation["parameters"] = [
        {"name": name, "in": "query", "description": "As in the form.", "schema": schema}
        for name, schema in (*NUMBERS["properties"].items(), ("count", {"type": "integer"}))
    ]
    source = contracts.save(made, tmp_path / "contract.yaml")
    contract = load(ContractSource(source))
    numbers = [one for one in vectors(contract) if one.kind == "request" and "/count/" not in one.id]
    alone = [one for one in numbers if one.call.operation == "sendForm" and not one.id.endswith("everything")]
    tried = judged(contract, alone, broken("numbers-otherwise", str(source)))
    assert {trial.vector.id: trial.flaws for trial in tried.trials if trial.flaws or trial.not_run} == {}
    assert {name for name in ("tiny", "huge", "largest") if any(one.id.endswith(name) for one in alone)} == {
        "tiny", "huge", "largest",
    }  # fmt: skip
    counted = [one for one in vectors(contract) if "/count/" in one.id]
    failed = judged(contract, counted, broken("numbers-otherwise", str(source)))
    assert counted
    assert all(trial.flaws for trial in failed.trials)


def test_who_never_repeats_need_not_say_so(contract: Contract) -> None:
    """An error without `repeats` is right where nothing was sent again."""
    asked = [vector for vector in vectors(contract) if vector.expect.error and vector.expect.error.get("repeats")]
    made = judged(contract, asked, broken("says-nothing-of-repeats"))
    assert asked
    assert not [trial for trial in made.trials if trial.flaws]


@pytest.mark.thorough
@pytest.mark.parametrize("name", MADE)
def test_any_contract_is_judged_rightly(name: str, tmp_path: Path) -> None:
    """Whatever types answers have, wherever parameters stand: a client that does everything right fails nothing."""
    path = made_contract(name, tmp_path)
    contract = load(ContractSource(path))
    keeps = jsonschema_rs.Draft202012Validator(json.loads(schema_text())).is_valid
    assert [file for file, one in documents(contract).items() if not keeps(json.loads(json.dumps(one)))] == []
    made = judged(contract, vectors(contract), broken("honest", str(path)), at_once=2)
    assert {trial.vector.id: trial.flaws for trial in made.trials if trial.flaws or trial.not_run} == {}
