"""Hostile servers: the run ends in time, in little memory, with a verdict or with 3, and the next probe goes on."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, field, frozen

from conformance.campaign import BrokenOffError
from conformance.contract import Contract
from conformance.engine.pace import Pace
from conformance.engine.probe import Expect, PreparedRequest
from conformance.engine.sender import Sender
from conformance.engine.target import Target
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from conformance.reference import ReferenceServer
from tests.suite.hostile import BEHAVIOURS, FAMILIES, hostile
from tests.suite.runs import OFF_THE_WIRE, ROOT, TOKEN, carry_out, environment
from tests.suite.servers import listening

pytestmark = pytest.mark.thorough

_MOST_MEMORY = 500 * 1024  # in KiB, where a run against a correct server has 200 MiB; each bomb would be 256 MiB
_LONGEST = 600.0  # seconds, on a machine that does a lot besides
_MEASURED = """
import atexit, pathlib, re, runpy, sys
place = pathlib.Path(sys.argv.pop(1))
status = pathlib.Path("/proc/self/status")
atexit.register(lambda: place.write_text(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]))
runpy.run_module("conformance", run_name="__main__", alter_sys=True)
"""
"""Runs the command and leaves the most that its process had; what wait4 tells includes what its parent had."""
_USUAL = (ExitCode.CONFORMS, ExitCode.BROKEN_MUST, ExitCode.INCOMPLETE)


@frozen
class Ended:
    """A run as a process of its own that has ended, and what it took.

    Attributes:
        memory: the most that it had at any time, in KiB.
    """

    code: int
    stdout: str = field(repr=False)
    stderr: str
    memory: int
    report: dict[str, Any] = field(repr=False)
    events: list[dict[str, Any]] = field(repr=False)


def _run(folder: Path, url: str, contract: Contract, *arguments: object) -> Ended:
    report, events = folder / "report.json", folder / "events.jsonl"
    options = ("run", "--url", url, "--contract", contract.path, "--report-json", report, "--events", events,
               "--timeout", 2, "--create-timeout", 2, *arguments)  # fmt: skip
    said, told, most = folder / "stdout", folder / "stderr", folder / "memory"
    measured = [sys.executable, "-P", "-c", _MEASURED, *map(str, (most, *options))]
    with said.open("w") as stdout, told.open("w") as stderr:
        ended = subprocess.run(
            measured, stdout=stdout, stderr=stderr, cwd=ROOT, env=environment(COLUMNS="200"), check=False,
            timeout=_LONGEST,
        )  # fmt: skip
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").strip().split("\n")]
    shown = (said.read_text(encoding="utf-8"), told.read_text(encoding="utf-8"))
    made = json.loads(report.read_text(encoding="utf-8"))
    return Ended(ended.returncode, *shown, memory=int(most.read_text()), report=made, events=lines)


def _is_decent(ended: Ended) -> None:
    """The run ended as runs end: without a traceback, and with nothing in its texts that commands a terminal."""
    assert "Traceback" not in ended.stderr, ended.stderr
    assert ended.code in _USUAL, ended.stderr
    assert ended.memory < _MOST_MEMORY
    for text in (ended.stdout, ended.stderr):
        assert not any(char in text for char in "\x1b\x07\x08\x9b\u202e"), text


@pytest.mark.parametrize("family", FAMILIES)
def test_the_next_probe_goes_on(small: Contract, tmp_path: Path, family: str) -> None:
    """Where some requests meet something hostile, those after them are sent and judged, and nothing is followed."""
    names = [name for name in BEHAVIOURS if name.startswith(f"{family}/")]
    with ReferenceServer(small, token=TOKEN) as server, hostile(server, names, every=5, spared=10) as told:
        ended = _run(tmp_path, told.url, small, "--max-creates", 2)
        creates = server.creates
    _is_decent(ended)
    assert len(told.applied) > 2
    assert told.answered > 3 * len(told.applied)
    assert told.visits == 0
    ledger = ended.report["ledger"]
    assert creates <= ledger["creates"] + ledger["possible_creates"] <= ledger["ceiling"] == 2
    exchanges = [line for line in ended.events if line["event"] == "exchange"]
    assert exchanges
    assert ended.events[-1]["event"] == "finished"


@pytest.mark.parametrize("name", [
    "without-end/endless-interim", "without-end/dripping-head", "bombs/gzip-bomb",
    "bombs/brotli-bomb", "lengths/length-of-5000-digits", "lengths/answer-to-nobody", "resets/reset-in-the-head",
    "no-http/ssh", "no-http/status-000", "redirects/to-a-file", "redirects/to-another-host", "redirects/to-nonsense",
    "headers/escapes", "json/deep", "json/entities-of-5000-digits", "texts/charset-zlib", "patience/retry-after-1e9",
])  # fmt: skip
def test_a_server_that_knows_nothing_else(small: Contract, tmp_path: Path, name: str) -> None:
    """Where every answer is hostile the run ends with a sentence, or with verdicts, and has made nothing."""
    with ReferenceServer(small, token=TOKEN) as server, hostile(server, [name]) as told:
        ended = _run(tmp_path, told.url, small, "--max-creates", 1, "--only", "*/auth/*", "--only", "json/*")
        assert server.creates == 0
    _is_decent(ended)
    assert ended.report["ledger"]["creates"] == 0  # what packs a refusal into a bomb may still have refused
    assert told.visits == 0
    assert told.answered == 0


def test_an_answer_to_nobody_is_nobodys_answer(small: Contract) -> None:
    """What a server says unasked behind an answer is not taken for the answer to the next request."""

    async def smuggling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            asked.append(head.split()[1].decode())
            own = b"HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nown"
            writer.write(own + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nalien")
            await writer.drain()

    asked: list[str] = []

    async def ask(url: str) -> list[bytes]:
        builder, found = Builder(small, small.billable[0]), []
        probe = builder.probe("one", builder.base(), Expect.EITHER, "some")
        probe = evolve(probe, request=PreparedRequest("GET", "/nothing"))
        sender = Sender(Target(url, TOKEN), 5.0, 1)
        async with sender.connected():
            for _ in range(4):
                exchange = await sender.attempt(probe, 5.0)
                found.append(exchange.answer.body if exchange.answer is not None else b"")
        return found

    with listening(smuggling) as peer:
        assert asyncio.run(ask(peer.url)) == [b"own"] * 4
    assert asked == ["/nothing"] * 4


def test_a_server_that_asks_for_patience_over_and_over_is_left(small: Contract) -> None:
    """A 429 that says `Retry-After: 0` for ever is not asked for ever."""
    asked = 0

    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            asked += 1
            writer.write(b"HTTP/1.1 429 Later\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}")
            await writer.drain()

    with listening(busy) as peer, suppress(BrokenOffError):
        carry_out(small, peer.url, 0, selection=OFF_THE_WIRE)
    assert 2 <= asked <= 2 * Pace().most_unusable


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01garbage that is no TLS", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_handshake_that_fails_is_an_error(small: Contract, tmp_path: Path, said: bytes) -> None:
    """A server that ends a TLS handshake, or answers it with something else, is out of reach, and nothing more."""

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        await writer.drain()

    with listening(rude) as peer:
        ended = _run(tmp_path, peer.url.replace("http:", "https:"), small, "--max-creates", 1)
    _is_decent(ended)
    assert ended.code == ExitCode.INCOMPLETE
    assert len(ended.stderr.strip().splitlines()) == 1
