"""The Postman collection and the Bruno folder send what the contract says, part by part, and spend nothing unasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.bodies.part import Part
from conformance.bodies.validity import Validity
from conformance.contract import Contract, load
from conformance.reference.calls import Call
from scripts.generator.exports.example_requests import ExampleRequest
from tests.exports.sending import TOKEN, TOOLS, Sent, comparable, demand, requests_of, send

pytestmark = pytest.mark.usefixtures("uncounted")


@pytest.fixture(scope="module", params=TOOLS)
def tool(request: pytest.FixtureRequest) -> str:
    """One of the tools."""
    demand()
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def sent(tool: str, tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """All requests of the project's own contract, with leave to spend."""
    return send(tool, load(), tmp_path_factory.mktemp(tool), spend="yes")


def expected(request: ExampleRequest, call: Call) -> list[Any]:
    """What has to be on the wire; what another request made is known only there."""
    made = {part.name: part for part in call.parameters if part.name in request.variables}
    return sorted(shown(call, [made.get(part.name, part) if part.location == "path" else part for part in request.sent]))


def arrived(call: Call) -> list[Any]:
    """What was on the wire."""
    return sorted(shown(call, [*call.parameters, *call.parts]))


def shown(call: Call, parts: list[Part]) -> list[Any]:
    is_json = call.media is not None and call.media.kind == "json"
    return [comparable(part, is_json=is_json and part.location == "body") for part in parts]


def test_every_request_arrives_part_by_part(sent: Sent) -> None:
    """Read by a strict parser: each part with its name, its filename, its type and its bytes, and none beside them."""
    requests = requests_of(load())
    assert sent.code == 0, sent.output
    assert len(sent.calls) == len(requests), sent.output
    for request, call in zip(requests, sent.calls, strict=True):
        assert call.routed.id == request.operation.id
        assert arrived(call) == expected(request, call), request.name


def test_nothing_that_is_sent_is_wrong(sent: Sent) -> None:
    """The bytes are valid by the contract, and the server takes them."""
    for call in sent.calls:
        assert call.reading is None or call.reading.validity < Validity.UNSPECIFIED, call.reading
        assert call.refusal is None or call.refusal.status == 404, call.refusal


def test_nothing_is_spent_that_nobody_asked_to_spend(tool: str, tmp_path: Path) -> None:
    """As it stands nothing is sent that costs money, and nothing about what was never made; and that is said."""
    made = send(tool, load(), tmp_path)
    assert made.code == 0, made.output
    assert [call.routed.id for call in made.calls if call.routed.billable] == []
    assert [call.service for call in made.calls] == []
    assert "money" in made.output


def test_no_secret_stands_in_what_is_written(tool: str, tmp_path: Path) -> None:
    """A token is typed into the tool, which is told to keep it to itself."""
    send(tool, load(), tmp_path)
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not any(TOKEN.encode() in content for content in written)
    assert any(b'"secret"' in content or b"vars:secret" in content for content in written)


CONTRACTS = sorted((Path(__file__).resolve().parents[1] / "growth" / "contracts").glob("*.yaml"))


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_other_services_are_sent_as_well(tool: str, path: Path, tmp_path: Path) -> None:
    """Forms, JSON, queries, headers and passwords: the same code for every contract."""
    contract: Contract = load(path)
    made, requests = send(tool, contract, tmp_path, spend="yes"), requests_of(contract)
    assert len(made.calls) == len(requests), made.output
    for request, call in zip(requests, made.calls, strict=True):
        assert call.routed.id == request.operation.id
        assert arrived(call) == expected(request, call), request.name
        assert call.refusal is None or call.refusal.status == 404, (request.name, call.refusal)
