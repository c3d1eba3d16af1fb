"""A body without end: an answer ends it, whenever it comes, and a server that hangs up over it is not to blame."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from attrs import evolve

from conformance.contract import Contract
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.ledger import Ledger
from conformance.engine.pace import Pace
from conformance.engine.probe import Expect, Probe
from conformance.engine.runner import Event, Runner, Skip
from conformance.engine.streaming import stream
from conformance.engine.target import Target
from conformance.probes.builder import Builder
from tests.suite.runs import TOKEN
from tests.suite.servers import Handler, listening

_REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
_HUGE = 64 * 1024 * 1024


def _stream(handler: Handler, filler: int = _HUGE) -> httpx.Response:
    with listening(handler) as peer:
        request = httpx.Request("POST", f"{peer.url}/v1", headers=[("Content-Type", "text/plain")])
        return asyncio.run(_whole(request, filler))


async def _whole(request: httpx.Request, filler: int) -> httpx.Response:
    response = await stream(request, b"begun", filler)
    await response.aread()
    return response


def test_an_early_answer_ends_it() -> None:
    """What has been refused is not sent to its end."""
    seen = 0

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        head = await reader.readuntil(b"\r\n\r\n")
        assert f"content-length: {_HUGE + 5}".encode() in head.lower()
        writer.write(_REFUSAL)
        while data := await reader.read(2**20):
            seen += len(data)

    answer = _stream(early)
    assert (answer.status_code, answer.content) == (413, b"no")
    assert seen < _HUGE / 2


def test_an_answer_to_the_whole_is_waited_for() -> None:
    """A server that wants to read everything is given everything that was announced."""

    async def patient(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(300_005)
        writer.write(_REFUSAL.replace(b"413", b"400"))

    assert _stream(patient, 300_000).status_code == 400


def test_interim_answers_are_no_answer() -> None:
    """A 100 that tells to go on is not taken for the refusal."""

    async def going_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await reader.readexactly(1000)
        writer.write(_REFUSAL)
        while await reader.read(65536):  # who closes on what is still coming resets the connection
            pass

    assert _stream(going_on).status_code == 413


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n"], ids=["nothing", "nonsense"])
def test_no_answer_is_told(said: bytes) -> None:
    """A connection that ends without an answer, or in what is no HTTP, is an error that the runner knows."""

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    with pytest.raises(httpx.TransportError):
        _stream(rude)


def _probe(contract: Contract) -> Probe:
    builder = Builder(contract, contract.billable[0])
    probe = builder.probe("an/endless", builder.base(), Expect.EITHER, "endless", guards=("multipart/endless",))
    return evolve(probe, request=evolve(probe.request, filler=_HUGE))


def test_who_hangs_up_is_skipped(contract: Contract) -> None:
    """RFC 9110, 15.5.14: a server may end the request; that is no breakdown, and the run goes on."""

    async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET"):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
        elif b"Accept" not in head:
            raise ConnectionError

    events: list[Event] = []

    async def send(url: str) -> list[Exchange]:
        runner = Runner(Target(url, TOKEN), Ledger(1), Pace(timeout=2.0), events.append)
        async with runner.connected():
            return await runner.send([_probe(contract)])

    with listening(hanging_up) as peer:
        assert asyncio.run(send(peer.url)) == []
    skips = [event for event in events if isinstance(event, Skip)]
    assert len(skips) == 1
    assert "15.5.14" in skips[0].reason


def test_a_refusal_is_an_exchange_like_any(contract: Contract) -> None:
    """What comes while the body is still under way is judged as what comes after it."""

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(_REFUSAL if head.startswith(b"POST") else b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
        while await reader.read(2**20):
            pass

    async def send(url: str) -> list[Exchange]:
        runner = Runner(Target(url, TOKEN), Ledger(1), Pace(timeout=2.0), lambda _: None)
        async with runner.connected():
            return await runner.send([_probe(contract)])

    with listening(early) as peer:
        found = asyncio.run(send(peer.url))
    assert [exchange.outcome for exchange in found] == [Outcome.REFUSED]
