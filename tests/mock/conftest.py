"""What the tests of the mock share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from conformance.contract import Contract, load
from conformance.mock import MockServer
from tests.mock.calling import TOKEN, MockCaller, connected

StartMock = Callable[..., MockCaller]


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


@pytest.fixture
def mock(contract: Contract) -> Iterator[StartMock]:
    """Starts mocks, and holds every one of them to have had no defect."""
    with ExitStack() as stack:
        servers: list[MockServer] = []

        def start(of: Contract = contract, **options: Any) -> MockCaller:
            servers.append(stack.enter_context(MockServer(of, token=TOKEN, **options)))
            return MockCaller(servers[-1], stack.enter_context(connected(servers[-1])))

        yield start
    assert [server.defects for server in servers] == [()] * len(servers)
