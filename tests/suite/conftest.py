"""What the tests of the suite share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from conformance.cli.step_summary import VARIABLE
from conformance.contract import Contract, load
from conformance.reference import ReferenceServer
from tests.suite.contracts import reduced, written
from tests.suite.hars import Json, Replayed, Traffic, carried_out, har, probes
from tests.suite.rendered import Rendered, on_faults, on_spite
from tests.suite.runs import TOKEN, Said, command, process
from tests.suite.serving import Serve, Shared


@pytest.fixture(autouse=True, scope="session")
def _apart_from_the_ci() -> Iterator[None]:
    """Keeps the runs of the tests out of the summary of the CI that runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        yield


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


@pytest.fixture(scope="session")
def small(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with few fields and values, so that a run is short: one of each kind that is asked for."""
    return load(written(tmp_path_factory.mktemp("small"), reduced(contract)))


@pytest.fixture(scope="session")
def siblings(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The small contract with what servers may do without beside it."""
    return load(written(tmp_path_factory.mktemp("siblings"), reduced(contract, siblings=True)))


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
        said = process("run", "--url", server.url, "--max-creates", 40, "--report-json", path, "--events", events)
    assert server.defects == ()
    return Shared(said, path, events, json.loads(path.read_text(encoding="utf-8")), server.requests, server.creates)


@pytest.fixture(scope="session")
def faulty(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """A run on a server that breaks a MUST and a SHOULD, with all its reports."""
    return on_faults(small, tmp_path_factory.mktemp("faulty") / "made" / "reports")


@pytest.fixture(scope="session")
def spiteful(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """A run on a server that hurts who reads its answers, with all its reports."""
    return on_spite(small, tmp_path_factory.mktemp("spiteful"))


@pytest.fixture
def replayed(small: Contract, tmp_path: Path) -> Replayed:
    """Replays a file, or entries; returns how the command ended, and the report."""

    def run(recording: Path | list[Any], *options: object, contract: Contract = small) -> tuple[Said, Json]:
        path, made = tmp_path / "recording.har", tmp_path / "report.json"
        if isinstance(recording, list):
            path.write_text(json.dumps(har(recording)), encoding="utf-8")
            recording = path
        said = command("replay", recording, "--contract", contract.path, "--report-json", made, *options)
        return said, json.loads(made.read_text(encoding="utf-8")) if made.exists() else {}

    return run


@pytest.fixture
def traffic(serve: Serve, small: Contract) -> Callable[..., list[Traffic]]:
    """Carries out what a run would send, on a server with some behaviours."""
    return lambda *behaviours: carried_out(serve(*behaviours, contract=small).url, probes(small))
