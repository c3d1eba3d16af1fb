"""The mock is a conforming server, whatever stands around it."""

from __future__ import annotations

import pytest

from conformance.contract import load
from conformance.mock import MockServer
from tests.suite.contracts import reduced, written
from tests.suite.runs import TOKEN, command


def test_a_mock_conforms(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With its page, its log and CORS for everybody it breaks nothing of what these could: HTTP, and secrets."""
    contract = load(written(tmp_path_factory.mktemp("small"), reduced(load(), siblings=True)))
    with MockServer(contract, token=TOKEN, origins=("*",), host="localhost") as server:
        run = ("run", "--contract", contract.path, "--url", server.url, "--max-creates", 2)
        said = command(*run, "--only", "layer:http", "--only", "secrecy/*", "--fail-on", "should")
    assert said.code == 0, said.stdout
    assert len(server.log.records) > 50
    assert server.defects == ()
