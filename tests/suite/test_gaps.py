"""No silent gap: what cannot be tested stops the planning with the place of the element, and nothing is left unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from conformance.campaign import gaps, planning
from conformance.checks import COVERS
from conformance.checks.verdicts import Decision
from conformance.contract import Contract, default_path, load
from conformance.errors import ContractError, ExitCode
from conformance.requirements import catalogue
from tests.suite.contracts import Json, answers, document_of, loaded, written
from tests.suite.counting import Counting
from tests.suite.runs import OFF_THE_WIRE, ROOT, carry_out, command
from tests.suite.servers import Recorder, serving

_TEXT: Json = {"type": "string"}
_CONTRACTS = [default_path(), *sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml"))]


def _job(*required: str, **members: Any) -> Json:
    return {"type": "object", "required": ["id", *required], "properties": {"id": {**_TEXT, "x-role": "id"}, **members}}


_SCHEMES: Json = {
    "digest": {"type": "http", "scheme": "digest"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "token": {"type": "http", "scheme": "bearer"},
}
_PATH_PARAMETER: Json = {"name": "thing", "in": "path", "required": True, "schema": _TEXT}
_XML = {"content": {"application/xml": {"schema": {"type": "object", "properties": {"a": _TEXT}}}}, "required": True}
_NO_ROLE = {"type": "object", "required": ["id"], "properties": {"id": _TEXT}}

# What cannot be tested yet: a path item at /things, one at /things/{thing}, and the place that is named.
_UNTESTABLE: dict[str, tuple[Json, Json, str]] = {
    "a scheme of another kind": (
        {"get": {"operationId": "list", "security": [{"digest": []}], "responses": answers()}},
        {},
        "#/components/securitySchemes/digest",
    ),
    "several credentials at once": (
        {"get": {"operationId": "list", "security": [{"key": [], "token": []}], "responses": answers()}},
        {},
        "#/paths/~1things/get/security",
    ),
    "a path that nobody can fill": (
        {},
        {"get": {"operationId": "read", "parameters": [_PATH_PARAMETER], "responses": answers()}},
        "#/paths/~1things~1%7Bthing%7D/get/parameters/0",
    ),
    "a path of which the maker has no role": (
        {"post": {"operationId": "make", "responses": answers(_NO_ROLE)}},
        {"parameters": [_PATH_PARAMETER], "get": {"operationId": "read", "responses": answers(_NO_ROLE)}},
        "#/paths/~1things~1%7Bthing%7D/parameters/0",
    ),
    "a body that nobody can write": (
        {"post": {"operationId": "make", "requestBody": _XML, "responses": answers()}},
        {},
        "#/paths/~1things/post/requestBody/content/application~1xml",
    ),
}


def _untestable(folder: Path, name: str) -> tuple[Path, str]:
    things, thing, place = _UNTESTABLE[name]
    paths = {path: item for path, item in (("/things", things), ("/things/{thing}", thing)) if item}
    document = document_of(paths, components={"securitySchemes": _SCHEMES})
    return written(folder, document), place


async def _unasked(scope: Scope, receive: Receive, send: Send) -> None:
    del receive, send
    pytest.fail(f"was asked for {scope['path']}")


@pytest.mark.parametrize("name", _UNTESTABLE)
def test_an_element_that_cannot_be_tested_is_named(name: str, tmp_path: Path) -> None:
    """`run` ends with 2 before anything is sent, and one sentence with the file, the line and the JSON pointer."""
    path, place = _untestable(tmp_path, name)
    with serving(recorder := Recorder(_unasked)) as url:
        said = command("run", "--url", url, "--max-creates", 6, "--contract", path)
    assert said.code == ExitCode.USAGE
    assert said.stderr.strip().count("\n") == 0
    line = load(path).document.line(place)
    assert said.sentence.startswith(f"error: {path}:{line}: {place}: ")
    assert recorder.requests == []
    assert said.stdout == ""


@pytest.mark.parametrize("name", _UNTESTABLE)
def test_a_plan_names_it_too(name: str, tmp_path: Path) -> None:
    """Who asks for the price first hears of the gap then."""
    path, place = _untestable(tmp_path, name)
    said = command("run", "--dry-run", "--contract", path)
    assert said.code == ExitCode.USAGE
    assert f": {place}: " in said.sentence


_FILLED: dict[str, Json] = {
    "an example": {**_PATH_PARAMETER, "schema": {**_TEXT, "examples": ["a"]}},
    "an example of the parameter": {**_PATH_PARAMETER, "example": "a"},
    "a default": {**_PATH_PARAMETER, "schema": {**_TEXT, "default": "a"}},
    "a list": {**_PATH_PARAMETER, "schema": {**_TEXT, "enum": ["a", "b"]}},
    "a maker": _PATH_PARAMETER,
}


@pytest.mark.parametrize("name", _FILLED)
def test_a_path_that_can_be_filled_is_no_gap(name: str, tmp_path: Path) -> None:
    """An example, a default, a list or an operation that makes such things tells what a path may hold."""
    paths: Json = {
        "/things/{thing}": {
            "parameters": [_FILLED[name]],
            "get": {"operationId": "read", "responses": answers(_job() if name == "a maker" else None)},
        }
    }
    if name == "a maker":
        paths["/things"] = {"post": {"operationId": "make", "responses": answers(_job())}}
    contract = loaded(tmp_path, paths)
    gaps.check_for_gaps(contract, catalogue(contract))


@pytest.mark.parametrize("path", _CONTRACTS, ids=lambda path: path.stem)
def test_no_silent_gap(path: Path) -> None:
    """Of every contract that can be tested, each requirement can be broken by a planned probe or a check."""
    contract = load(path)
    requirements = catalogue(contract)
    gaps.check_for_gaps(contract, requirements)
    assert [requirement.id for requirement in gaps.undecidable(contract, requirements)] == []


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A small contract that needs every kind of probe: a body, credentials, a thing to remove."""
    schema = {"type": "object", "required": ["name"], "properties": {"name": _TEXT, "size": {"type": "integer"}}}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    refusals = {"_4XX": {"description": "No."}}
    paths = {
        "/things": {
            "post": {
                "operationId": "make",
                "x-billable": True,
                "requestBody": body,
                "responses": answers(_job(), **refusals),
            }
        },
        "/things/{thing}": {
            "parameters": [_PATH_PARAMETER],
            "get": {"operationId": "read", "responses": answers(_job(), **refusals)},
            "delete": {"operationId": "remove", "responses": {"204": {"description": "Gone."}, "4XX": {
                "description": "No."}}},
        },
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("things")
    return loaded(folder, paths, components={"securitySchemes": _SCHEMES}, security=[{"key": []}])


def _nothing(*_: Any, **__: Any) -> Iterator[Any]:
    return iter(())


def _planner(name: str) -> ModuleType:
    """Return the module that plans with a function: the gaps' own, or else the run's."""
    return gaps if hasattr(gaps, name) else planning


# What is no longer planned, and a requirement that only it could break.
_LOST: dict[str, tuple[str, str]] = {
    "credentials": ("credential_probes", "make/auth/missing"),
    "addresses": ("address_probes", "http/unknown-path"),
    "media types": ("media_type_probes", "make/request/body/required"),
    "refusals": ("refusal_probes", "make/request/size/type"),
    "framings": ("framing_probes", "json-body/truncated"),
    "acceptances": ("accepted", "make/request/size/accepted"),
    "effects": ("effects", "remove/effect/removed"),
}


@pytest.mark.parametrize("kind", _LOST)
def test_a_kind_of_probe_that_is_lost_leaves_a_gap(
    kind: str, things: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any one kind of probe some requirement could no longer be broken, and planning says which."""
    name, requirement = _LOST[kind]
    requirements = catalogue(things)
    assert requirement in requirements
    monkeypatch.setattr(gaps, "_decided", gaps._decided.__wrapped__)  # what is remembered knows of no loss
    assert list(gaps.undecidable(things, requirements)) == []
    monkeypatch.setattr(_planner(name), name, _nothing)
    assert requirement in {found.id for found in gaps.undecidable(things, requirements)}
    with pytest.raises(ContractError, match="cannot be tested: no probe and no check can make it fail"):
        gaps.check_for_gaps(things, requirements)


def test_a_check_that_is_lost_leaves_a_gap(things: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the check of shapes nothing could break what answers must have, and planning says so."""
    monkeypatch.delitem(COVERS, "shape")
    lost = {found.id for found in gaps.undecidable(things, catalogue(things))}
    assert {"make/response/success-status", "make/response/200/id/required"} <= lost


def test_what_was_made_and_is_never_found_is_told(things: Contract) -> None:
    """A GET whose only purpose is to find a thing fails where it never does, and is not left undecided."""
    with serving(world := Counting(things)) as url:
        made = carry_out(things, url, 12, selection=OFF_THE_WIRE)
    assert world.made > 0
    assert made.verdict("read/parameter/thing/known").decision is Decision.FAIL
    assert made.verdict("read/parameter/thing/unknown").decision is Decision.PASS
