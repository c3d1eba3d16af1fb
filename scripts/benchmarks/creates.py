"""Counts the valid creates that the reference server answers in a second, beside Prism, which has the same contract.

The client of both is the same and does as little as it can: it writes the bytes of one request again and again on
connections that are kept, and reads each answer to its end.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import click
import uvloop
from attrs import frozen

from conformance.contract import Contract, load
from conformance.engine.head import head
from conformance.engine.probe import PreparedRequest
from conformance.engine.target import Target, target
from conformance.probes.builder import Builder
from scripts.benchmarks.speed import TOKEN, served
from scripts.node.packages import install
from scripts.peers.launching import HOST, PACKAGES, PEERS, started, usable, wait_until_listening

__all__ = ["GOAL", "PRISM", "REFERENCE", "Rate", "measure_creates"]

GOAL = 2.5
PRISM, REFERENCE = "prism", "reference server"
_CONNECTIONS = 32
_SECONDS = 3.0
_WARM_UP = 0.5


@frozen
class Rate:
    """Creates per second of each server, round by round."""

    laps: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """The median of a server."""
        return statistics.median(self.laps[name])

    def ratio(self) -> float:
        """The median over the rounds of the ratio within a round."""
        pairs = zip(self.laps[REFERENCE], self.laps[PRISM], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


def measure_creates(contract_path: Path | None, rounds: int) -> Rate:
    """Send valid creates to both servers in turn.

    Raises:
        click.ClickException: a server does not start, or does not accept the create.
    """
    contract = load(contract_path)
    install(PACKAGES)
    port = usable(0)
    laps: dict[str, list[float]] = {REFERENCE: [], PRISM: []}
    with served(contract_path) as server, started(PEERS[PRISM](contract, port, TOKEN)) as process:
        wait_until_listening(process, port)
        urls = {REFERENCE: server.url, PRISM: f"http://{HOST}:{port}"}
        for url in urls.values():
            _rate(contract, target(url, TOKEN, ""), _WARM_UP)
        for _ in range(rounds):
            for name, url in urls.items():
                laps[name].append(_rate(contract, target(url, TOKEN, ""), _SECONDS))
    return Rate(laps)


def _rate(contract: Contract, under_test: Target, seconds: float) -> float:
    builder = Builder(contract, contract.billable[0])
    wanted = str(builder.operation.success.status).encode()
    message = _written(under_test, builder.request(builder.required()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_creates(under_test.url, message, wanted, seconds)) / seconds


def _written(under_test: Target, request: PreparedRequest) -> bytes:
    path, headers = head(under_test, request)
    address = urlsplit(under_test.url)
    lines = [f"{request.method} {path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(request.body)}"]
    given = [name + b": " + value for name, value in headers]
    return b"\r\n".join([*(line.encode() for line in lines), *given, b"", b""]) + request.body


async def _creates(url: str, message: bytes, wanted: bytes, seconds: float) -> int:
    """Return how many creates were accepted in some seconds."""
    address, loop = urlsplit(url), asyncio.get_running_loop()
    failed: asyncio.Future[None] = loop.create_future()
    callers = [_Caller(message, wanted, failed) for _ in range(_CONNECTIONS)]
    for caller in callers:
        await loop.create_connection(partial(_same, caller), address.hostname or HOST, address.port or 80)
    ended, _ = await asyncio.wait({failed}, timeout=seconds)
    done = sum(caller.done for caller in callers)
    for future in ended:
        future.result()
    for caller in callers:
        caller.close()
    return done


def _same(caller: _Caller) -> _Caller:
    return caller


class _Caller(asyncio.Protocol):
    """One connection: writes the request again whenever an answer has come to its end."""

    def __init__(self, message: bytes, wanted: bytes, failed: asyncio.Future[None]) -> None:
        self.done = 0
        self._failed, self._is_closing = failed, False
        self._message, self._status = message, b" " + wanted + b" "
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(self._message)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or not _is_whole(head.lower(), body):
            return
        if self._status not in head[:16]:
            self._fail(click.ClickException(f"a valid create was answered with {head[:60]!r}"))
            return
        self._buffer, self.done = b"", self.done + 1
        if self._transport is not None:
            self._transport.write(self._message)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(click.ClickException(f"the connection was closed: {exc}"))

    def close(self) -> None:
        """Close the connection for good."""
        self._is_closing = True
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: Exception) -> None:
        if not self._is_closing and not self._failed.done():
            self._failed.set_exception(error)


def _is_whole(head: bytes, body: bytes) -> bool:
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
    return len(body) >= int(length) if length else body.endswith(b"0\r\n\r\n")
