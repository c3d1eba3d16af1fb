"""Servers that break: the finding names the input that broke them, no neighbour, and never our own doing."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import define, evolve, field
from rich.console import Console

from conformance.campaign import BrokenOffError
from conformance.contract import Contract, load
from conformance.engine.exchange import Exchange, Outcome, Silence
from conformance.engine.pace import Pace
from conformance.errors import ExitCode
from conformance.reports.report import Report
from conformance.reports.terminal import render
from conformance.requirements.selection import Selection
from tests.suite.runs import OFF_THE_WIRE, Run, carry_out
from tests.suite.servers import Raw, listening

PACE = Pace(timeout=0.5, create_timeout=0.5, recovery_attempts=3)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_MARK = b'name="prompt"\r\n\r\n\xf0\x9f\x8e\xac'  # the emoji among the awkward values
REFUSAL = b'{"error":{"message":"a field is missing or wrong"}}'

Break = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes, *headers: bytes) -> bytes:
    head = [
        b"HTTP/1.1 %d Whatever" % status,
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@define
class Plain:
    """Refuses every form with the same words, and breaks in one way on one input."""

    breaks: Break | None
    mark: bytes = _MARK
    broken: int = 0
    served: int = 0
    peer: Raw | None = None
    last: int | None = None
    _tasks: set[Any] = field(factory=set)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if b"chunked" in head.lower():
                body = await reader.readuntil(b"0\r\n\r\n")
            else:
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
            self.served += 1
            if self.last is not None and self.served >= self.last and self.peer is not None:
                self.peer.die()
                return
            if self.breaks is not None and self.mark in body:
                self.broken += 1
                await self.breaks(reader, writer)
                return
            status = 401 if b"authorization" not in head.lower() else 400 if head.startswith(b"POST") else 404
            writer.write(answer(status, REFUSAL, b"WWW-Authenticate: Bearer"))
            await writer.drain()


async def drops(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hangs(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def babbles(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    await writer.drain()


async def stops_in_mid_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"error": ')
    await writer.drain()


async def lies_about_chunks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"
    )
    await writer.drain()


async def lies_about_gzip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(400, b"not gzip", b"Content-Encoding: gzip"))
    await writer.drain()


def _silent(made: Run) -> set[str]:
    silent = (exchange.probe for exchange in made.exchanges if exchange.outcome is Outcome.SILENT)
    return {probe.id for probe in silent if probe.wire is None}


def _of(exchange: Exchange) -> bool:
    return _MARK in exchange.probe.request.body


@pytest.mark.parametrize(
    ("breaks", "silence", "broken"),
    [
        (drops, Silence.DROPPED, {"request/prompt/robust", "invalid/no-server-error"}),
        (hangs, Silence.TIMEOUT, {"request/prompt/robust", "time/answer"}),
        (babbles, Silence.UNREADABLE, {"http/framing"}),
        (stops_in_mid_body, Silence.UNREADABLE, {"http/framing"}),
        (lies_about_chunks, Silence.UNREADABLE, {"http/framing"}),
        (lies_about_gzip, Silence.UNREADABLE, {"http/framing"}),
    ],
)
def test_one_input_breaks_the_server(small: Contract, breaks: Break, silence: Silence, broken: set[str]) -> None:
    """A breakdown is a finding about the very input that caused it; neighbours and the run are untouched."""
    pace = evolve(PACE, timeout=1.0 if silence is Silence.TIMEOUT else 10.0)
    with listening(server := Plain(breaks)) as peer:
        made = carry_out(small, peer.url, 0, tier="free", pace=pace, selection=OFF_THE_WIRE)
    assert made.result.complete
    guilty = {exchange.probe.id for exchange in made.exchanges if _of(exchange)}
    assert _silent(made) == guilty
    assert server.broken == 2 * len(guilty) > 0  # what falls silent is asked again before it is blamed
    assert {e.silence for e in made.exchanges if e.outcome is Outcome.SILENT} == {silence}
    failed = {line.id: line.evidence.probe for line in made.report.verdicts if line.verdict == "fail" and line.evidence}
    operation = small.billable[0].id
    assert {name.removeprefix(f"{operation}/") for name, probe in failed.items() if probe in guilty} == broken
    assert {name for name in failed if name.endswith("/robust")} <= {f"{operation}/request/prompt/robust"}


def test_a_server_that_dies_for_good(small: Contract) -> None:
    """Where nothing answers any more the run ends at once, incomplete, with what was seen until then."""
    server = Plain(None, last=60)
    with listening(server) as peer:
        server.peer = peer
        made = carry_out(small, peer.url, 0, tier="free", pace=PACE)
    assert not made.result.complete
    assert "stopped answering" in str(made.result.trouble)
    assert made.report.complete is False
    assert made.report.exit_code() == 3
    assert made.report.ledger["requests"] >= 30
    assert any(line.verdict == "not-run" for line in made.report.verdicts)
    assert made.failed("MUST") == set()


def test_a_server_that_never_was(small: Contract) -> None:
    """Where the first request already fails there is nothing to report, but an error."""
    with listening(hangs) as peer, pytest.raises(BrokenOffError, match="gives no answer"):
        carry_out(small, peer.url, 0, pace=evolve(PACE, timeout=0.3))


def _filled(value: str, status: str | None = None) -> str:
    """A job in which every property has one value, written as it is; the status can be one that has a stage."""
    success = load().billable[0].success
    lifecycle = success.by_role("status")
    assert lifecycle is not None
    written = {found.name: value for found in success.properties if len(found.path) == 1}
    if status is not None and lifecycle.lifecycle is not None:
        written[lifecycle.name] = json.dumps(lifecycle.lifecycle.terminal[0])
    return "{" + ",".join(f'"{name}":{text}' for name, text in written.items()) + "}"


_DEEP = "[" * 900 + "]" * 900
_HOSTILE: dict[str, str] = {
    "surrogates": _filled('"\\ud800"'),
    "infinity": _filled("1e999", "ended"),
    "not-a-number": _filled("NaN", "ended"),
    "long-numbers": _filled("9" * 400, "ended"),
    "longer-numbers": _filled("9" * 5000),
    "lists": _filled("[[]]"),
    "objects": _filled('{"code":{},"url":{},"message":{}}'),
    "nulls": _filled("null"),
    "truths": _filled("true", "ended"),
    "deep": _filled(_DEEP),
    "deeper": "[" * 10_000,
    "deep-objects": '{"a":' * 950 + "1" + "}" * 950,
    "a-list": "[]",
    "a-number": "5",
    "nothing": "",
    "nul": _filled('"\\u0000"') + "\0",
    "empty-names": '{"":{"":{"":1}}}',
    "markup": _filled('"[bold]x[/] [/nothing] [link=x]"'),
    "not-utf-8": _filled('"\udcff\udcfe"'),
}
_ON_THE_WIRE = ("not-utf-8", "nul", "nothing")  # what answers to raw sockets as well


@pytest.mark.parametrize(
    ("name", "status"),
    [*((name, 200) for name in _HOSTILE), *((name, 400) for name in ("surrogates", "a-list"))],
)
def test_no_answer_breaks_the_suite(small: Contract, name: str, status: int) -> None:
    """Whatever a server puts into a body, the run ends with a report that can be written and shown."""
    text = _HOSTILE[name].encode("utf-8", "surrogateescape")

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if b"chunked" in head.lower():
            await reader.readuntil(b"0\r\n\r\n")
        else:
            await reader.readexactly(int(length[1]) if length else 0)
        writer.write(answer(status, text, b"X-Odd: \xff\xb2", b"Connection: close"))
        await writer.drain()

    with listening(handler) as peer:
        chosen = Selection() if name in _ON_THE_WIRE else OFF_THE_WIRE
        made = carry_out(small, peer.url, 2, pace=PACE, tier="full" if status == 200 else "free", selection=chosen)
    # Where anything is taken for a job, either something was accepted that had to be refused, or no create was.
    assert (made.report.exit_code() == ExitCode.CONFORMS) is (status != 200)
    written = json.dumps(made.report.to_dict(), ensure_ascii=False).encode("utf-8")
    assert Report.from_dict(json.loads(written)) == made.report
    shown = io.StringIO()
    render(made.report, Console(file=shown, width=80))
    assert peer.url in shown.getvalue()
