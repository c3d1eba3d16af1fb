"""Times the suite beside `st run` and beside bare HTTP, turn by turn on one server in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import click
import httpx
from attrs import frozen

from conformance.campaign import Options, run
from conformance.contract import load
from conformance.engine.exchange import Exchange
from conformance.engine.head import head
from conformance.engine.probe import PreparedRequest
from conformance.engine.runner import Event
from conformance.engine.target import Target, target
from conformance.reference import ReferenceServer
from scripts.benchmarks.stock import Stock

__all__ = ["GOALS", "TOKEN", "Lap", "Served", "Speed", "measure", "our_command", "race", "served"]

TOKEN = "sk-conformance-bench"  # noqa: S105 - opens nothing but the server of the benchmark
GOALS = {"run / st run": 0.25, "engine / bare httpx": 1.5}
_VARIABLE = "VIDEOS_BENCH_TOKEN"
_CREATES = 40


@frozen
class Counters:
    """What a server has counted so far."""

    requests: int
    creates: int


@frozen
class Served:
    """A reference server in a process of its own."""

    url: str
    pipe: Connection

    def counters(self) -> Counters:
        """Ask the server what it has counted."""
        self.pipe.send("count")
        return Counters(*self.pipe.recv())


@frozen
class Lap:
    """One run of one candidate."""

    seconds: float
    requests: int
    creates: int


@frozen
class Speed:
    """All laps of every candidate, in the order in which the candidates take turns."""

    laps: Mapping[str, Sequence[Lap]]

    def seconds(self, name: str) -> float:
        """The median time of a candidate."""
        return statistics.median(lap.seconds for lap in self.laps[name])

    def ratio(self, name: str, base: str) -> float:
        """The median over the rounds of the ratio within a round, as both halves of it were equally disturbed."""
        pairs = zip(self.laps[name], self.laps[base], strict=True)
        return statistics.median(lap.seconds / other.seconds for lap, other in pairs)


def _serve(pipe: Connection, contract: Path | None) -> None:
    with ReferenceServer(load(contract), token=TOKEN) as server, contextlib.suppress(EOFError, KeyboardInterrupt):
        pipe.send(server.url)
        while pipe.recv() == "count":
            pipe.send((server.requests, server.creates))


@contextlib.contextmanager
def served(contract: Path | None) -> Iterator[Served]:
    """Run the correct server in a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, contract), daemon=True)
    process.start()
    theirs.close()  # so that a server that cannot start is an error and not a wait
    try:
        yield Served(ours.recv(), ours)
    except EOFError:
        raise click.ClickException("the reference server did not start (see above)") from None
    finally:
        ours.close()
        process.join(10)
        process.terminate()


def our_command(url: str, contract: Path | None, seed: int, *more: str) -> list[str]:
    """Return the command line of our own run."""
    words = [str(Path(sys.executable).with_name("videos-conformance")), "run", "--url", url]
    words += ["--token-env", _VARIABLE, "--seed", str(seed), *more]
    return words + (["--contract", str(contract)] if contract is not None else [])


def race(server: Served, commands: Mapping[str, Sequence[str]], rounds: int) -> Speed:
    """Time some commands in turn, round after round, so that a busy machine is busy for all of them.

    Raises:
        click.ClickException: a command could not do its work.
    """
    laps: dict[str, list[Lap]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            before = server.counters()
            started = time.perf_counter()
            _run(command)
            seconds = time.perf_counter() - started
            after = server.counters()
            laps[name].append(Lap(seconds, after.requests - before.requests, after.creates - before.creates))
    return Speed(laps)


def _run(command: Sequence[str]) -> None:
    """Run a command in an empty folder, without what it remembers of earlier runs there."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        environment = {**os.environ, _VARIABLE: TOKEN}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # who installs either has it compiled
        done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        said = (done.stderr or done.stdout).replace(TOKEN, "[token]").strip()[-2000:]
        raise click.ClickException(f"`{Path(command[0]).name} {command[1]}` ended with {done.returncode}: {said}")


def _engine(server: Served, options: Options, contract: Path | None) -> tuple[Lap, list[PreparedRequest]]:
    """One full run inside this process; also returns what it sent."""
    loaded = load(contract)
    sent: list[PreparedRequest] = []

    def listen(event: Event) -> None:
        if isinstance(event, Exchange):
            sent.append(event.probe.request)

    before = server.counters()
    started = time.perf_counter()
    result = run(loaded, target(server.url, TOKEN, _VARIABLE), options, listen)
    seconds = time.perf_counter() - started
    if result.trouble is not None:
        raise click.ClickException(f"the suite's run on the correct server did not come to its end: {result.trouble}")
    after = server.counters()
    return Lap(seconds, after.requests - before.requests, after.creates - before.creates), sent


def _bare(server: Served, messages: Sequence[PreparedRequest], concurrency: int) -> Lap:
    """Send the same bytes with nothing around them."""
    before = server.counters()
    started = time.perf_counter()
    asyncio.run(_send_all(target(server.url, TOKEN, _VARIABLE), messages, concurrency))
    seconds = time.perf_counter() - started
    after = server.counters()
    return Lap(seconds, after.requests - before.requests, after.creates - before.creates)


async def _send_all(under_test: Target, messages: Sequence[PreparedRequest], concurrency: int) -> None:
    waiting = iter(messages)
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)

    async def work(client: httpx.AsyncClient) -> None:
        for message in waiting:
            await client.send(_request(under_test, message))

    async with httpx.AsyncClient(limits=limits, trust_env=False) as client, asyncio.TaskGroup() as tasks:
        for _ in range(concurrency):
            tasks.create_task(work(client))


def _request(under_test: Target, message: PreparedRequest) -> httpx.Request:
    path, headers = head(under_test, message)
    content = _in_pieces(message.body) if message.chunked else message.body
    return httpx.Request(message.method, under_test.address(path), headers=headers, content=content)


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 97):
        yield body[start : start + 97]


def measure(stock: Stock, contract: Path | None, rounds: int) -> tuple[Speed, Speed]:
    """Time the commands, then the engine and bare httpx inside this process, each pair turn by turn."""
    options = Options(_CREATES, seed=stock.seed)
    with served(contract) as server:
        commands = {
            "run": our_command(server.url, contract, stock.seed, "--max-creates", "40"),
            "st run": stock.command(server.url, TOKEN, None),
        }
        outside = race(server, commands, rounds)
        _, messages = _engine(server, options, contract)
        _bare(server, messages, options.pace.concurrency)
        laps: dict[str, list[Lap]] = {"engine": [], "bare httpx": []}
        for _ in range(rounds):
            lap, messages = _engine(server, options, contract)
            laps["engine"].append(lap)
            laps["bare httpx"].append(_bare(server, messages, options.pace.concurrency))
    return outside, Speed(laps)
