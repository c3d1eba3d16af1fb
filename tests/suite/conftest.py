"""What the tests of the suite share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import yaml

from conformance.contract import Contract, default_path, load
from conformance.contract.document import tokens
from conformance.reference import ReferenceServer
from tests.suite.runs import TOKEN, process
from tests.suite.serving import Serve, Shared


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


@pytest.fixture(scope="session")
def small(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with few fields and values, so that a run is short: one of each kind that is asked for."""
    document: dict[str, Any] = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    create = contract.billable[0]
    assert create.media is not None
    optional = [declared for declared in create.fields if not declared.required]
    kept = {declared.name for declared in create.fields if declared.required}
    kept.add(next(declared.name for declared in optional if declared.schema.types == {"integer"}))
    kept.add(next(declared.name for declared in optional if declared.schema.is_file))
    kept.add(next(declared.name for declared in optional if declared.schema.is_text))
    media = _at(document, create.media.pointer)
    form = _resolved(document, media["schema"])
    form["properties"] = {name: value for name, value in form["properties"].items() if name in kept}
    media["encoding"] = {name: value for name, value in media["encoding"].items() if name in kept}
    for declared in create.fields:
        if declared.schema.enum and declared.name in kept:
            listed = _resolved(document, form["properties"][declared.name])
            listed["enum"] = listed["enum"][:3]
    path = tmp_path_factory.mktemp("small") / "openapi.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return load(path)


@pytest.fixture
def serve(contract: Contract) -> Iterator[Serve]:
    """Starts reference servers, and holds every one of them to have had no defect."""
    with ExitStack() as stack:
        servers: list[ReferenceServer] = []

        def start(*behaviours: str, contract: Contract = contract) -> ReferenceServer:
            servers.append(stack.enter_context(ReferenceServer(contract, token=TOKEN, behaviours=behaviours)))
            return servers[-1]

        yield start
    assert [server.defects for server in servers] == [()] * len(servers)


@pytest.fixture(scope="session")
def shared(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """The full run; the server is gone when the tests read it."""
    folder = tmp_path_factory.mktemp("shared")
    path, events = folder / "report.json", folder / "events.jsonl"
    with ReferenceServer(contract, token=TOKEN) as server:
        said = process("run", "--url", server.url, "--report-json", path, "--events", events)
    assert not server.defects
    return Shared(said, path, events, json.loads(path.read_text(encoding="utf-8")), server.requests, server.creates)


def _at(document: dict[str, Any], place: str) -> Any:
    node: Any = document
    for step in tokens(place):
        node = node[step]
    return node


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _at(document, node["$ref"]) if "$ref" in node else node
    return found
