"""The Postman collection and the Bruno folder send what the contract says, part by part, and spend nothing unasked."""

from __future__ import annotations

import copy
import filecmp
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.bodies.part import Part
from conformance.bodies.validity import Validity
from conformance.contract import Contract, ContractSource, load
from conformance.contract.document import tokens
from conformance.contract.source import overlay_path
from conformance.reference.calls import Call
from scripts.generator.exports.bruno import write_bruno
from scripts.generator.exports.collection import Collection
from scripts.generator.exports.example_requests import ExampleRequest
from scripts.generator.exports.postman import write_postman
from tests.exports.sending import TOOLS, Sent, comparable, demand, requests_of, send

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = ROOT / "generated" / "contract"
SOURCES = {
    **{path.stem: ContractSource(path) for path in sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml"))},
    "new-api": ContractSource(overlays=(overlay_path("new-api"),)),
}
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
    return sorted(
        shown(call, [made.get(part.name, part) if part.location == "path" else part for part in request.sent])
    )


def arrived(call: Call) -> list[Any]:
    """What was on the wire."""
    return sorted(shown(call, [*call.parameters, *call.parts]))


def shown(call: Call, parts: list[Part]) -> list[Any]:
    is_json = call.media is not None and call.media.kind == "json"
    return [comparable(part, is_json=is_json and part.location == "body") for part in parts]


def compare(contract: Contract, made: Sent) -> None:
    """Each request has arrived as it stands in the collection, and nothing beside."""
    requests = requests_of(contract)
    assert made.code == 0, made.output
    assert [call.routed.id for call in made.calls] == [request.operation.id for request in requests], made.output
    for request, call in zip(requests, made.calls, strict=True):
        assert arrived(call) == expected(request, call), request.name
        # What was made a moment ago has no result yet.
        assert call.refusal is None or call.refusal.status == 404, (request.name, call.refusal)
        assert call.reading is None or call.reading.validity < Validity.UNSPECIFIED, (request.name, call.reading)


def test_every_request_arrives_part_by_part(sent: Sent) -> None:
    """Read by a strict parser: each part with its name, its filename, its type and its bytes, and none beside them."""
    compare(load(), sent)


def test_every_field_is_sent_in_every_form(sent: Sent) -> None:
    """Whatever the contract allows for a field, one of the requests has it."""
    for operation in load().operations:
        for declared in operation.fields:
            ways = {part.filename is None for call in sent.calls for part in call.parts if part.name == declared.name}
            files = {not branch.is_file for branch in declared.branches}
            assert ways == files, declared.name


def test_nothing_is_spent_that_nobody_asked_to_spend(tool: str, tmp_path: Path) -> None:
    """As it stands nothing is sent that costs money, and nothing about what was never made; and that is said."""
    made = send(tool, load(), tmp_path)
    assert made.code == 0, made.output
    assert [call.routed.id for call in made.calls if call.routed.billable] == []
    assert [call.service for call in made.calls] == []
    assert "money" in made.output


def test_a_secret_is_marked_as_one_and_written_nowhere(tool: str, sent: Sent, tmp_path: Path) -> None:
    """A token is typed into the tool, which is told to keep it to itself."""
    assert sent.calls
    (write_postman if tool == "newman" else write_bruno)(load(), tmp_path / "made")
    written = [path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file()]
    mark = b'"type": "secret"' if tool == "newman" else b"vars:secret"
    assert sum(mark in content for content in written) == len(Collection(load()).environments)


def test_what_stands_in_the_repository_is_what_was_sent(tool: str, sent: Sent, tmp_path: Path) -> None:
    """The tests send what ./scripts/regenerate writes."""
    assert sent.calls
    name, write = ("postman", write_postman) if tool == "newman" else ("bruno", write_bruno)
    write(load(), tmp_path / name)
    assert filecmp.dircmp(EXPORTS / name, tmp_path / name).diff_files == []


@pytest.mark.parametrize("name", SOURCES)
def test_other_services_are_sent_as_well(tool: str, name: str, tmp_path: Path) -> None:
    """Forms, JSON beside a form, queries, headers and passwords: the same code for every contract and dialect."""
    contract = load(SOURCES[name])
    compare(contract, send(tool, contract, tmp_path, spend="yes"))


def test_a_contract_that_has_grown_is_sent_as_well(tool: str, overgrown: Contract, tmp_path: Path) -> None:
    """Fields of each kind, lists of files, new models and operations, headers, cookies: no code knows of them."""
    compare(overgrown, send(tool, overgrown, tmp_path, spend="yes"))


ODD = {
    "lines": 'first line\nsecond "line" é 🎬 \\',
    "variable": "a {{token}} b",
    "a_b": "  padded  ",
    "a-b": "@file(files/sample.png)",
    "odd name: x": "a ''' b",
    "ключ": "a @contentType(text/html)",
    "braces": "}\n}",
    "list": "[\n  a\n]",
    "address": "%7B&a=b+c#x",
    "nothing": "",
}


def test_examples_are_sent_as_they_stand(tool: str, tmp_path: Path) -> None:
    """Whatever a tool would read into one: files, types, ends of blocks; and a variable in one gives no secret away."""
    document = copy.deepcopy(dict(load().document.data))
    form = next(each for each in load().operations if each.billable).fields[0]
    fields = document["components"]["schemas"][tokens(form.pointer)[2]]["properties"]
    fields.update({name: {"type": "string", "examples": [text]} for name, text in ODD.items()})
    path = tmp_path / "odd.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    made = send(tool, load(path), tmp_path, spend="yes")
    compare(load(path), made)
    sent = {part.name: part.value.decode() for call in made.calls for part in call.parts if part.name in ODD}
    assert sent == {**ODD, "variable": "a { {token}} b"}
