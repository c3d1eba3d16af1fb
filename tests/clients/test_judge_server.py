"""What arrives at the judge's server is counted for the call that it was sent for."""

from __future__ import annotations

import asyncio
import socket

import pytest

from conformance.clients.judge_server import JudgeServer
from conformance.clients.scene import scene
from conformance.contract import Contract
from conformance.vectors import Vector, vectors

_HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize("size", [0, 20_000, 100_000])
@pytest.mark.parametrize("count", [1, 5])
def test_what_was_sent_before_a_client_gave_up_is_its(contract: Contract, size: int, count: int) -> None:
    """Whoever sends, gives up and says so may be faster than the server, which had no time to look at it."""
    silent = next(vector for vector in vectors(contract) if any(given.silent for given in vector.given))

    async def numbers() -> list[int]:
        server, found = JudgeServer(), []
        await server.open()
        port = int(server.base_url.rpartition(":")[2])
        try:
            for sent in (count, 0):
                server.begin(scene(contract, silent, server.hosts))
                for _ in range(sent):
                    _send_and_give_up(port, _HEAD % size + bytes(size))
                found.append(len(await server.end()))
        finally:
            await server.close()
        return found

    assert asyncio.run(numbers()) == [count, 0]


def _send_and_give_up(port: int, request: bytes) -> None:
    """Send without giving the server, which runs in this thread, a chance to look; leave it all to the kernel."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        connection.sendall(request)


def test_a_call_is_answered_for_itself(contract: Contract) -> None:
    """Requests of one call are in the order in which they came, whole, and those of the next begin anew."""
    some: list[Vector] = [vector for vector in vectors(contract) if vector.kind == "request"][:2]

    async def bodies() -> list[list[bytes]]:
        server, found = JudgeServer(), []
        await server.open()
        host, _, port = server.base_url.removeprefix("http://").partition(":")
        try:
            for vector, texts in zip(some, ((b"a", b"bc"), (b"d",)), strict=True):
                server.begin(scene(contract, vector, server.hosts))
                for text in texts:
                    reader, writer = await asyncio.open_connection(host, int(port))
                    writer.write(_HEAD % len(text) + text)
                    assert (await reader.readline()).startswith(b"HTTP/1.1 ")
                    writer.close()
                found.append([request.body for request in await server.end()])
        finally:
            await server.close()
        return found

    assert asyncio.run(bodies()) == [[b"a", b"bc"], [b"d"]]
