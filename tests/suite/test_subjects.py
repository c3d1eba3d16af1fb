"""What a requirement is about, by the contract, and what was sent together: the matrices of reports rest on them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.contract import Contract, load
from conformance.engine.exchange import Outcome
from conformance.reference.named_behaviours import named_behaviours
from conformance.reports.combinations import Combination
from conformance.requirements import catalogue
from conformance.requirements.subjects import Subject, Subjects
from tests.suite.contracts import answers, loaded
from tests.suite.runs import OFF_THE_WIRE, ROOT, carry_out
from tests.suite.serving import Serve

_CONTRACTS = (None, *sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml")))


@pytest.mark.parametrize("path", _CONTRACTS, ids=lambda path: path.stem if path else "own")
def test_a_subject_is_what_the_contract_has(path: Path | None) -> None:
    """Each names an operation, an input or a property of the contract, and no two requirements have the same one."""
    contract = load(path)
    subjects = Subjects(contract)
    inputs = {(op.id, i.location, i.name) for op in contract.operations for i in op.inputs}
    members = {(op.id, m.name) for op in contract.operations for answer in op.responses for m in answer.properties}
    found = {requirement.id: subjects.of(requirement.id) for requirement in catalogue(contract)}
    for name, subject in found.items():
        assert subject.operation in {"", *(op.id for op in contract.operations)}
        assert (subject.operation != "") == name.startswith(tuple(f"{op.id}/" for op in contract.operations))
        if subject.side == "request":
            assert (subject.operation, subject.place, subject.name) in inputs
        elif subject.side == "answer":
            assert (subject.operation, subject.name) in members
        assert subject.name
        assert subject.aspect
    assert max(Counter(found.values()).values()) == 1
    asked = {
        (subject.operation, subject.place, subject.name) for subject in found.values() if subject.side == "request"
    }
    assert asked == inputs


def test_names_with_dots_and_areas_are_told_apart(tmp_path: Path) -> None:
    """An input that is called like a rule, a property within another and a value with slashes keep their places."""
    parameters = [
        {"name": "names", "in": "query", "schema": {"enum": ["a/b", "type"]}},
        {"name": "x", "in": "query", "schema": {"type": "string"}},
        {"name": "x", "in": "header", "schema": {"type": "string"}},
    ]
    inner = {"type": "object", "properties": {"code": {"type": "string"}}}
    shown = {"type": "object", "properties": {"error": inner}}
    operation = {"operationId": "getIt", "parameters": parameters, "responses": answers(shown)}
    subjects = Subjects(loaded(tmp_path, {"/it": {"get": operation}}))
    assert subjects.of("getIt/parameter/names/value/a/b") == Subject(
        "getIt", "request", "query", "names", "value", "a/b"
    )
    assert subjects.of("getIt/request/names") == Subject("getIt", name="request", aspect="names")
    assert subjects.of("getIt/parameter/header.x/type") == Subject("getIt", "request", "header", "x", "type")
    assert subjects.of("getIt/response/200/error.code/type") == Subject("getIt", "answer", "200", "error.code", "type")
    assert subjects.of("http/allow") == Subject(name="http", aspect="allow")


def test_what_was_sent_together_is_what_the_server_took(small: Contract, serve: Serve) -> None:
    """A combination counts as accepted where a create had both, and as refused where every such create was refused."""
    server = serve("accepts-any-token", contract=small)
    run = carry_out(small, server.url, selection=OFF_THE_WIRE)
    create = small.billable[0]
    (listing,) = (declared for declared in create.fields if declared.schema.enum)
    rows = run.report.combinations
    assert [row.value for row in rows] == [str(value) for value in listing.schema.enum]
    taken = [exchange.probe.sent for exchange in run.exchanges if exchange.outcome is Outcome.ACCEPTED]
    pairs = {(str(sent[listing.name]), name) for sent in taken if listing.name in sent for name in sent}
    for row in rows:
        assert (row.operation, row.input) == (create.id, listing.name)
        assert set(row.others) == {declared.name for declared in create.inputs} - {listing.name}
        assert {(row.value, name) for name in row.accepted} <= pairs
        assert row.refused == ()
    assert any(row.accepted == row.others for row in rows)


def test_what_is_never_accepted_is_told(contract: Contract, serve: Serve) -> None:
    """A value that every create failed with has no acceptance beside it; one that was not sent has nothing at all."""
    fault = "breaks-down-over-one-model"
    failing = Subjects(contract).of(named_behaviours().entries[fault].fails[0])
    (listing,) = (
        declared for declared in contract.operation(failing.operation).inputs if declared.name == failing.name
    )
    fine = str(listing.schema.enum[0])
    narrowed = {listing.name: frozenset({fine, failing.value})}
    run = carry_out(contract, serve(fault).url, max_creates=12, values=narrowed, selection=OFF_THE_WIRE)
    rows = {row.value: row for row in run.report.combinations}
    assert rows[fine].accepted
    assert rows[failing.value].refused
    assert rows[failing.value].accepted == ()
    others = [row for value, row in rows.items() if value not in (fine, failing.value)]
    assert {(row.accepted, row.refused) for row in others} == {((), ())}


@pytest.mark.parametrize("wrong", [{"others": 1}, {"accepted": [1]}, {"refused": None}, {"more": []}])
def test_a_combination_of_another_shape_is_none(wrong: dict[str, object]) -> None:
    """A file that only looks like a report is refused where it is read, and not where it is drawn."""
    right: dict[str, object] = {
        "operation": "o",
        "input": "i",
        "value": "v",
        "others": ["a"],
        "accepted": [],
        "refused": [],
    }
    assert Combination.from_dict(right).others == ("a",)
    with pytest.raises(TypeError):
        Combination.from_dict({**right, **wrong})
