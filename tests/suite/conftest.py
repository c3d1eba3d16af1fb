"""What the tests of the suite share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import field, frozen

from conformance.bodies.representations import is_file
from conformance.contract import Contract, default_path, load
from conformance.reference import ReferenceServer
from tests.suite.runs import TOKEN, Said, process

Serve = Callable[..., ReferenceServer]


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


@pytest.fixture(scope="session")
def small(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with few fields and values, so that a run is short: one of each kind that is asked for."""
    document: dict[str, Any] = yaml.safe_load(default_path().read_text(encoding="utf-8"))
    create = contract.create
    kinds: dict[str, str] = {}
    for declared in create.fields:
        kind = "file" if is_file(declared.schema) else str(declared.schema.get("type"))
        if not declared.required and kind in ("integer", "file", "string"):
            kinds.setdefault(kind, declared.name)
    kept = {declared.name for declared in create.fields if declared.required} | set(kinds.values())
    schema = document["components"]["schemas"]["CreateVideoRequest"]
    schema["properties"] = {name: value for name, value in schema["properties"].items() if name in kept}
    content = document["paths"][create.path]["post"]["requestBody"]["content"]["multipart/form-data"]
    content["encoding"] = {name: value for name, value in content["encoding"].items() if name in kept}
    listed = document["components"]["schemas"]["VideoModel"]
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


@frozen
class Shared:
    """A full run as a process of its own against the correct server, and the files that it wrote."""

    said: Said
    path: Path
    events: Path
    report: dict[str, Any] = field(repr=False)
    requests: int
    creates: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.events.read_text(encoding="utf-8").strip().split("\n")]


@pytest.fixture(scope="session")
def shared(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """The full run; the server is gone when the tests read it."""
    folder = tmp_path_factory.mktemp("shared")
    path, events = folder / "report.json", folder / "events.jsonl"
    with ReferenceServer(contract, token=TOKEN) as server:
        said = process("run", "--url", server.url, "--report-json", path, "--events", events)
    assert not server.defects
    return Shared(said, path, events, json.loads(path.read_text(encoding="utf-8")), server.requests, server.creates)
