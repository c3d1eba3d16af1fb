"""Starting, stopping and counting."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from conformance.contract import Contract
from conformance.errors import SuiteError, UsageError
from conformance.reference import ReferenceServer
from tests.reference.caller import Caller, Serve, create_of, value_of


def test_nothing_is_left_behind(contract: Contract) -> None:
    """No thread outlives its server, even with a request under way."""
    before = threading.active_count()
    with ReferenceServer(contract, token="t") as server, ThreadPoolExecutor(1) as pool:
        url = server.url + create_of(contract).path
        headers = {"Authorization": "Bearer t", "Prefer": "wait=60"}
        waiting = pool.submit(httpx.post, url, headers=headers, timeout=30)
        while server.requests == 0:
            threading.Event().wait(0.005)
        server.__exit__(None, None, None)
        assert isinstance(waiting.exception(), httpx.TransportError)
    assert threading.active_count() == before
    assert server.defects == ()


def test_a_server_can_be_used_again(contract: Contract) -> None:
    """With nothing remembered."""
    server = ReferenceServer(contract)
    for _ in range(2):
        with server:
            httpx.get(server.url)
            assert server.requests == 1
    assert server.requests == 1


def test_a_server_that_never_started_has_no_url(contract: Contract) -> None:
    """It says so."""
    with pytest.raises(SuiteError, match="never started"):
        _ = ReferenceServer(contract).url


def test_a_taken_port_is_a_usage_error(caller: Caller, contract: Contract) -> None:
    """With the port, and what to do."""
    port = int(caller.server.url.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"port {port}.*another"), ReferenceServer(contract, port=port):
        pass
    with pytest.raises(UsageError, match="port 70000"), ReferenceServer(contract, port=70000):
        pass


def test_requests_and_jobs_are_counted(caller: Caller) -> None:
    """Every request, and every job that was made."""
    caller.create()
    caller.http.get("/")
    caller.create()
    assert (caller.server.requests, caller.server.creates) == (3, 2)


def test_ids_can_be_predicted_on_request(serve: Serve) -> None:
    """Two deterministic servers give the same ids, and begin them as the contract's example does."""
    first, second = serve(deterministic=True), serve(deterministic=True)
    for _ in range(3):
        ids = [value_of(caller.create(), caller.contract, "id") for caller in (first, second)]
        assert ids[0] == ids[1]


def test_ids_are_unique_under_concurrency(caller: Caller) -> None:
    """However many callers there are."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: caller.create(), range(80)))
    assert len({value_of(answer, caller.contract, "id") for answer in answers}) == 80
