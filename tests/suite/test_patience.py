"""Answers that are not about the request: rights, credit, patience and upstreams are waited for, and decide nothing."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

import pytest
from attrs import evolve

from aiid_videos._options import TIMEOUTS
from conformance.checks.verdicts import Decision
from conformance.contract import Contract
from conformance.engine.exchange import Answer, Outcome, outcome
from conformance.engine.pace import Pace
from conformance.engine.probe import Expect
from conformance.engine.retry_after import seconds_of
from conformance.engine.sender import Sender
from conformance.engine.target import Target
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from conformance.reference.named_behaviours import parse
from tests.suite.counting import Counting, refusal
from tests.suite.runs import OFF_THE_WIRE, QUICK, TOKEN, carry_out
from tests.suite.servers import listening, serving
from tests.suite.serving import Serve


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_server_that_cannot_serve_breaks_no_must(serve: Serve, small: Contract, status: int) -> None:
    """Want of rights, credit, patience or an upstream for all creates makes requirements inconclusive, never failed."""
    text = f"[{{name: t, says: t, does: [breaks_down_late: {{status: {status}, message: not now}}]}}]"
    server = serve(parse(text, "variant", "this test")[0], contract=small)
    made = carry_out(small, server.url, 6, pace=evolve(QUICK, patience=0.2))
    create = small.billable[0]
    assert made.failed("MUST") == set()
    assert not {name for name in made.failed("SHOULD") if name.startswith((f"{create.id}/request/", "multipart/"))}
    assert made.result.spend.creates == 0
    assert made.report.exit_code() == ExitCode.INCOMPLETE
    verdict = made.verdict(f"{create.id}/request/{create.fields[0].name}/accepted")
    assert verdict.decision is Decision.INCONCLUSIVE
    assert str(status) in verdict.reason


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Outcome.ACCEPTED),
        (202, Outcome.ACCEPTED),
        (400, Outcome.REFUSED),
        (401, Outcome.UNAUTHENTICATED),
        (402, Outcome.LIMITED),
        (403, Outcome.LIMITED),
        (404, Outcome.REFUSED),
        (418, Outcome.REFUSED),
        (429, Outcome.LIMITED),
        (500, Outcome.FAILED),
        (501, Outcome.REFUSED),
        (502, Outcome.UNAVAILABLE),
        (503, Outcome.UNAVAILABLE),
        (504, Outcome.UNAVAILABLE),
        (599, Outcome.FAILED),
    ],
)
def test_what_a_status_amounts_to(contract: Contract, status: int, expected: Outcome) -> None:
    """Only an answer about the request decides anything: not one about rights, credit, patience or an upstream."""
    found = outcome(contract.billable[0], Answer(status, (), b"{}"))
    assert found is expected
    assert found.is_undecided is (expected in (Outcome.LIMITED, Outcome.UNAVAILABLE))


def test_a_server_under_pressure_is_waited_for(serve: Serve, small: Contract) -> None:
    """A 429 with `Retry-After` is waited out, so that it hides nothing."""
    server = serve("rate-limit", contract=small)
    made = carry_out(small, server.url, 6)
    assert made.result.complete
    assert made.failed("MUST") == made.failed("SHOULD") == set()
    assert len(made.exchanges) < made.result.spend.requests == server.requests - 1
    limited = [e for e in made.exchanges if e.answer and e.answer.status == 429]
    assert all(e.probe.wire is not None for e in limited)  # a raw socket is not waited at


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("", None),
        ("soon", None),
        ("\u00b2", None),
        ("-1", None),
        ("1e5", None),
        ("Mon, 01 Jan 99999 00:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Mon, 01 Jan 0001 00:00:00 -2359", 0.0),
    ],
)
def test_retry_after_is_read(value: str, seconds: float | None) -> None:
    """`Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3); anything else is nothing, and no crash."""
    assert seconds_of(value) == seconds


@pytest.mark.parametrize("value", ["\u00b2", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_any_retry_after_is_survived(small: Contract, value: str) -> None:
    """A `Retry-After` that is nonsense, or asks for too much, is not waited for and breaks nothing."""
    with serving(Counting(small, lambda _: refusal(429, Retry_After=value))) as url:
        made = carry_out(small, url, 2, pace=evolve(QUICK, concurrency=8))
    assert "HTTP 429" in str(made.result.trouble)
    assert made.failed("MUST") == set()


def test_a_create_is_waited_for_as_long_as_our_own_client_does() -> None:
    """What may be accepted is not given up before the generated client would give it up."""
    read = TIMEOUTS.read
    assert read is not None
    assert Pace().create_timeout >= read > Pace().timeout


def test_a_slow_create_is_accepted(serve: Serve, small: Contract) -> None:
    """The time-out for refusals does not cut a create off, which may take its time."""
    text = "[{name: t, says: t, does: [waits: {seconds: 0.8}], when: [accepted]}]"
    server = serve(parse(text, "variant", "this test")[0], contract=small)
    made = carry_out(small, server.url, 2, pace=evolve(QUICK, timeout=0.5, create_timeout=5.0))
    assert server.creates == made.result.spend.creates == 2
    assert made.result.spend.possible_creates == 0
    assert made.result.complete


def test_a_connection_that_is_closed_between_two_requests_is_no_breakdown(serve: Serve, small: Contract) -> None:
    """A server may close a kept connection just when the next request sets out: none is blamed for it."""
    server = serve(contract=small)
    behind = urlsplit(server.url)

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, upstream = await asyncio.open_connection(behind.hostname, behind.port)
        asked, answered = asyncio.create_task(reader.read(65536)), asyncio.create_task(answers.read(65536))
        has_answered = False
        try:
            while True:
                await asyncio.wait((asked, answered), return_when=asyncio.FIRST_COMPLETED)
                if answered.done():
                    has_answered = True
                    if not (data := answered.result()):
                        return
                    writer.write(data)
                    answered = asyncio.create_task(answers.read(65536))
                elif has_answered or not (data := asked.result()):
                    return
                else:
                    upstream.write(data)
                    asked = asyncio.create_task(reader.read(65536))
        finally:
            asked.cancel()
            answered.cancel()
            upstream.close()

    with listening(once) as closing:
        made = carry_out(small, closing.url, 6, selection=OFF_THE_WIRE)
    assert made.failed("MUST") == set()
    assert server.creates == made.result.spend.creates > 0
    assert made.result.spend.possible_creates <= 1  # the first request over a kept connection, which taught it


def test_what_is_large_shares_no_connection(contract: Contract) -> None:
    """A server may say 413 before it has read a form, and never read on: the next request goes by another way."""
    builder = Builder(contract, contract.billable[0])
    plain = builder.probe("a/plain", builder.base(), Expect.EITHER, "plain")
    large = evolve(plain, id="a/large", request=evolve(plain.request, body=bytes(1024 * 1024)))
    answer = b"HTTP/1.1 %d Refused\r\nContent-Length: 0\r\n\r\n"

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\ncontent-length: *([0-9]+)", head)
            assert length is not None
            if int(length[1]) == len(large.request.body):
                writer.write(answer % 413)
                await asyncio.Event().wait()  # nothing is read any more, and nothing is closed
            await reader.readexactly(int(length[1]))
            writer.write(answer % 400)

    async def sent(url: str) -> list[int | None]:
        sender = Sender(Target(url, TOKEN), 2.0, 2)
        async with sender.connected():
            return [(await sender.attempt(probe, 2.0)).status for probe in (plain, large, plain)]

    with listening(deaf) as peer:
        assert asyncio.run(sent(peer.url)) == [400, 413, 400]
