"""Counts the valid creates that the reference server answers in a second, beside Prism, which has the same contract.

The client of both is the same and does as little as it can: it writes the bytes of one request again and again on
connections that are kept, and reads each answer to its end.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
import uvloop
from attrs import frozen

from conformance.contract import Contract, load
from conformance.engine.probe import PreparedRequest
from conformance.engine.runner import with_credentials
from conformance.engine.target import Target, target
from conformance.probes.builder import Builder
from scripts.benchmarks.speed import TOKEN, served
from scripts.peers.launching import HOST, PEERS, install, started, usable, wait_until_listening

__all__ = ["GOAL", "PRISM", "REFERENCE", "Rate", "measure_creates"]

GOAL = 2.5
PRISM, REFERENCE = "prism", "reference server"
_CONNECTIONS = 8
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
    install()
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
    path, headers = with_credentials(request, under_test.credential(request.credentials))
    address = urlsplit(under_test.url)
    lines = [f"{request.method} {path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(request.body)}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers), "", ""]).encode() + request.body


async def _creates(url: str, message: bytes, wanted: bytes, seconds: float) -> int:
    """Return how many creates were accepted in some seconds."""
    address, until, done = urlsplit(url), time.perf_counter() + seconds, 0

    async def work() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while time.perf_counter() < until:
            writer.write(message)
            status = await _status(reader)
            if status != wanted:
                raise click.ClickException(f"{url} answered a valid create with {status.decode()}")
            done += 1
        writer.close()

    await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
    return done


async def _status(reader: asyncio.StreamReader) -> bytes:
    """Read one answer to its end, and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
    if length:
        await reader.readexactly(int(length))
    else:
        await reader.readuntil(b"0\r\n\r\n")  # both send chunks where they name no length
    return head.split(b" ", 2)[1]
