"""Failures: one is the moment's, two are the request's, and whoever only waited behind another is not to blame."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable

import pytest
from attrs import define, evolve
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.campaign.recall import recalled
from conformance.contract import Contract
from conformance.engine.pace import Pace
from conformance.errors import ExitCode
from conformance.reference.application import Application
from conformance.reference.named_behaviours import parse, pipeline_for
from conformance.reference.world import World
from tests.suite.runs import OFF_THE_WIRE, QUICK, TOKEN, carry_out
from tests.suite.servers import listening, serving
from tests.suite.serving import Serve

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_REFUSAL = b'{"error":{"message":"a field is missing or wrong"}}'


@define
class _Faltering:
    """The correct server, but for some requests, counted from 1."""

    application: ASGIApp
    falters: Callable[[int], Response | None]
    seen: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen += 1
        response = self.falters(self.seen)
        await (response or self.application)(scope, receive, send)


def _correct(contract: Contract) -> ASGIApp:
    return Application(World(contract, TOKEN), pipeline_for(contract, ()))


@pytest.mark.parametrize(
    ("when", "status"), [(3, 500), (9, 500), (40, 500), (80, 500), (3, 503), (9, 502), (40, 503), (80, 504)]
)
def test_one_transient_failure_breaks_nothing(small: Contract, when: int, status: int) -> None:
    """A single 5xx, whichever request gets it, is no finding but about valid requests; the run goes on."""
    with serving(_Faltering(_correct(small), lambda n: JSONResponse({}, status) if n == when else None)) as url:
        made = carry_out(small, url, 40, selection=OFF_THE_WIRE)
    allowed = {f"{small.billable[0].id}/valid/no-server-error"}
    assert made.failed("MUST") <= allowed
    assert {name for name in made.failed("SHOULD") if "no-server-error" in name or "robust" in name} == set()
    assert made.result.complete


@pytest.mark.parametrize("silent", [False, True])
def test_a_server_that_goes_down_ends_the_run_soon(small: Contract, *, silent: bool) -> None:
    """Where every answer from some request on is a 5xx, or none, the run ends in seconds with 3, not in minutes."""
    down = 30

    async def hang(_: Scope, receive: Receive, __: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    correct = _correct(small)
    seen = 0

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal seen
        seen += 1
        if seen < down:
            await correct(scope, receive, send)
        elif silent:
            await hang(scope, receive, send)
        else:
            await JSONResponse({}, 503)(scope, receive, send)

    pace = evolve(QUICK, timeout=0.4, create_timeout=0.4, recovery_attempts=3)
    began = time.monotonic()
    with serving(application) as url:
        made = carry_out(small, url, 40, pace=pace)
    assert made.report.exit_code() == ExitCode.INCOMPLETE
    assert seen < down + 25
    assert made.failed("MUST") == set()
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("closes", [False, True], ids=["wedged", "closed"])
def test_an_early_413_is_not_held_against_the_next_request(small: Contract, *, closes: bool) -> None:
    """A server that refuses a large body early, and then reads no more on that connection, harms no neighbour."""
    refused = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal refused
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if size > 4000:
                refused += 1
                await reader.readexactly(size)
                writer.write(_answer(413))
                await writer.drain()
                if not closes:
                    await reader.read()  # what comes next on this connection is never answered
                return
            await (reader.readuntil(b"0\r\n\r\n") if b"chunked" in head.lower() else reader.readexactly(size))
            has_token = b"\r\nauthorization: bearer " + TOKEN.encode() in head.lower().replace(b"-5F", b"-5f")
            status = 404 if not head.startswith(b"POST") else 400 if has_token else 401
            answer = _answer(status)
            writer.write(answer.removesuffix(_REFUSAL) if head.startswith(b"HEAD") else answer)
            await writer.drain()

    pace = Pace(timeout=0.5, create_timeout=0.5, concurrency=1, recovery_attempts=2)
    with listening(handler) as peer:
        made = carry_out(small, peer.url, 0, pace=pace, selection=OFF_THE_WIRE)
    assert refused > 0
    usual = [exchange for exchange in made.exchanges if exchange.probe.wire is None]
    assert not [exchange for exchange in usual if exchange.answer is None or exchange.earlier is not None]
    assert made.line("time/answer").verdict == "pass"


def _answer(status: int) -> bytes:
    head = b"HTTP/1.1 %d Whatever\r\nContent-Type: application/json\r\nWWW-Authenticate: Bearer\r\n" % status
    return head + b"Content-Length: %d\r\n\r\n" % len(_REFUSAL) + _REFUSAL


def test_a_silence_that_was_repeated_is_told(small: Contract) -> None:
    """A request that was answered only the second time breaks nothing but that every request is answered in time."""
    correct, seen = _correct(small), 0

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal seen
        seen += 1
        if seen == 12:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await correct(scope, receive, send)

    with serving(application) as url:
        made = carry_out(small, url, 9, pace=evolve(QUICK, timeout=0.7), selection=OFF_THE_WIRE)
    assert made.line("time/answer").verdict == "fail"
    assert "repeated" in made.line("time/answer").reason
    assert made.failed("MUST") == set()
    assert any(headline.startswith("failed at first") for headline in made.report.headlines)


@pytest.mark.parametrize(
    ("does", "condition"),
    [
        ("breaks_down", "text_matches: {fields: [duration], pattern: '[A-Za-z]'}"),
        ("refuses_before_reading: {status: 500}", "media_type_is: {name: application/json}"),
        ("cannot_decode: {status: 500}", "no_body"),
    ],
)
def test_a_breakdown_is_shown_though_nothing_may_be_made(
    serve: Serve, contract: Contract, does: str, condition: str
) -> None:
    """Where a repetition could cost, the request is repeated behind a known defect: the ceiling of 0 hides no 500."""
    text = f"[{{name: t, says: t, does: [{does}], when: [{condition}]}}]"
    server = serve(parse(text, "variant", "this test")[0], contract=contract)
    made = carry_out(contract, server.url, 0, tier="free", selection=OFF_THE_WIRE)
    assert {name for name in made.failed("SHOULD") if name.endswith(("/no-server-error", "/robust"))}
    assert made.result.spend.creates + made.result.spend.possible_creates <= 1
    broken = next(e for e in made.exchanges if e.is_lasting_breakdown)
    assert recalled(contract, broken.probe.id) is not None
