"""What the tests of the reference server share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from conformance.contract import Contract, load
from conformance.reference import ReferenceServer
from tests.reference.caller import NO_TLS, TOKEN, Caller, Connect, Serve
from tests.reference.contracts import create_alone, widened


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


@pytest.fixture
def serve(contract: Contract) -> Iterator[Serve]:
    """Starts servers, and holds every one of them to have had no defect."""
    with ExitStack() as stack:
        servers = []

        def start(*behaviours: Any, contract: Contract = contract, **options: Any) -> Caller:
            server = ReferenceServer(contract, token=TOKEN, behaviours=behaviours, **options)
            servers.append(stack.enter_context(server))
            http = httpx.Client(
                base_url=server.url,
                headers={"Authorization": f"Bearer {TOKEN}"},
                timeout=10,
                trust_env=False,
                verify=NO_TLS,
            )
            return Caller(server, stack.enter_context(http))

        yield start
    assert [server.defects for server in servers] == [()] * len(servers)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Starts servers of any contract, and holds every one of them to have had no defect."""
    with ExitStack() as stack:
        connecting = Connect(stack)
        yield connecting
    assert [server.defects for server in connecting.servers] == [()] * len(connecting.servers)


@pytest.fixture
def caller(serve: Serve) -> Caller:
    """A client of a correct server."""
    return serve()


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract without a way to look a job up."""
    return create_alone(tmp_path_factory.mktemp("alone") / "openapi.yaml")


@pytest.fixture(scope="session")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with a way to look a job up, to fetch its result and to make another of it."""
    return widened(tmp_path_factory.mktemp("wider") / "openapi.yaml")
