"""`--retries`: what failed is sent again within the ceiling, every attempt is told, and what is flaky has failed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.checks.verdicts import Decision
from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from tests.suite.counting import Counting, refusal
from tests.suite.runs import OFF_THE_WIRE, QUICK, TOKEN, carry_out, command
from tests.suite.servers import Recorder, serving
from tests.suite.serving import Serve

_CHALLENGE = "http/challenge"
_FIELD = b"www-authenticate"


def _correct(contract: Contract, *behaviours: str) -> Application:
    return Application(World(contract, TOKEN), pipeline_for(contract, behaviours))


@define
class _Forgetful:
    """Lets an application answer, and drops the challenge of every second 401."""

    application: ASGIApp
    refused: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def forget(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                self.refused += 1
                if self.refused % 2:
                    message["headers"] = [field for field in message["headers"] if field[0].lower() != _FIELD]
            await send(message)

        await self.application(scope, receive, forget)


def _silent_at(number: int, application: ASGIApp) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """Let an application answer every request but one, which waits until its caller has gone."""
    seen = 0

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await application(scope, receive, send)

    return answer


def test_what_fails_every_second_time_is_flaky_and_has_failed(small: Contract, tmp_path: Path) -> None:
    """Every attempt is in the report and in the books, the requirement is called flaky, and the run fails."""
    recorder, path, events = Recorder(_Forgetful(_correct(small))), tmp_path / "report.json", tmp_path / "events.jsonl"
    with serving(recorder) as url:
        outputs = ("--report-json", path, "--events", events, "--skip", "wire/*")
        said = command("run", "--url", url, "--contract", small.path, "--max-creates", 20, "--retries", 3, *outputs)
    assert said.code == ExitCode.BROKEN_MUST
    made = json.loads(path.read_text(encoding="utf-8"))
    line = next(line for line in made["verdicts"] if line["id"] == _CHALLENGE)
    assert (line["verdict"], line["flaky"], line["not_repeated"]) == ("fail", True, None)
    verdicts = [attempt["verdict"] for attempt in line["attempts"]]
    assert (len(verdicts), verdicts[0]) == (4, "fail")
    assert set(verdicts) == {"fail", "pass"}
    assert {attempt["status"] for attempt in line["attempts"]} == {401}
    assert made["summary"]["flaky"] == 1
    assert f"flaky, failed {verdicts.count('fail')} of 4 times: {', '.join(verdicts)}" in said.stdout
    # The world agrees with the books; the first request of all only asks whether a server is there.
    assert len(recorder.requests) == made["ledger"]["requests"] + 1
    lines = [json.loads(text) for text in events.read_text(encoding="utf-8").strip().split("\n")]
    again = [each for each in lines if each["event"] == "exchange" and "/attempt/" in each["probe"]]
    first = line["evidence"]["probe"]
    assert [each["probe"] for each in again if each["probe"].startswith(f"{first}/attempt/")] == [
        f"{first}/attempt/{number}" for number in (2, 3, 4)
    ]
    assert command("report", events).code == ExitCode.BROKEN_MUST


def test_the_same_bytes_are_sent_again(small: Contract) -> None:
    """An attempt differs from the first request in nothing, or it would prove nothing."""
    recorder = Recorder(_Forgetful(_correct(small)))
    with serving(recorder) as url:
        made = carry_out(small, url, 0, retries=2, selection=OFF_THE_WIRE)
    again = [exchange for exchange in made.exchanges if "/attempt/" in exchange.probe.id]
    assert len(again) >= 2
    sent = {exchange.probe.id: exchange.probe.request for exchange in made.exchanges}
    assert all(exchange.probe.request == sent[exchange.probe.id.partition("/attempt/")[0]] for exchange in again)
    tail = recorder.requests[-2:]
    assert tail[0] == tail[1] != recorder.requests[0]


def test_what_fails_each_time_is_not_flaky(serve: Serve, small: Contract) -> None:
    """A failure that comes back is said to, with all its attempts."""
    server = serve("challenges-nobody", contract=small)
    made = carry_out(small, server.url, 9, retries=2, selection=OFF_THE_WIRE)
    line = made.line(_CHALLENGE)
    assert not line.flaky
    assert [attempt.verdict for attempt in line.attempts] == ["fail"] * 3
    assert made.report.summary["flaky"] == 0
    assert server.requests == made.result.spend.requests + 1


def test_nothing_is_sent_again_where_nothing_failed(serve: Serve, small: Contract) -> None:
    """On a correct server `--retries` costs nothing, not even a request."""
    counts = []
    for retries in (0, 5):
        server = serve(contract=small)
        made = carry_out(small, server.url, 9, retries=retries)
        counts.append((server.requests, server.creates))
        assert not any(line.attempts or line.not_repeated for line in made.report.verdicts)
    assert counts[0] == counts[1]


def test_a_flaky_verdict_is_the_same_verdict(small: Contract) -> None:
    """Trying again turns no failure into a pass: the verdicts are those of a run without it."""
    failed = []
    for retries in (0, 3):
        with serving(_Forgetful(_correct(small))) as url:
            made = carry_out(small, url, 0, retries=retries, selection=OFF_THE_WIRE, pace=evolve(QUICK, concurrency=1))
        failed.append({v.requirement.id: v.decision for v in made.result.verdicts})
    assert failed[0] == failed[1]
    assert failed[0][_CHALLENGE] is Decision.FAIL


@pytest.mark.parametrize("ceiling", [0, 1, 4, 30])
def test_the_ceiling_holds_for_what_is_sent_again(small: Contract, ceiling: int) -> None:
    """A server that makes a job of every second request, valid or not, makes no more than the ceiling allows."""
    world = Counting(small, lambda number: refusal(400) if number % 2 else None)
    with serving(world) as url:
        made = carry_out(small, url, ceiling, retries=3, selection=OFF_THE_WIRE)
    spend = made.result.spend
    assert spend.creates == world.made <= max(ceiling, 1)
    assert spend.possible_creates == 0
    told = {line.not_repeated for line in made.report.verdicts if line.not_repeated}
    if ceiling == 4:
        assert "the ceiling of 4 creates is reached" in told


def test_what_is_sent_again_may_make_something(small: Contract) -> None:
    """Where every second request makes a job, attempts one after the other are flaky, and what they make is booked."""
    world = Counting(small, lambda number: refusal(400) if number % 2 else None)
    with serving(world) as url:
        pace = evolve(QUICK, concurrency=1)
        made = carry_out(small, url, 30, retries=3, selection=OFF_THE_WIRE, pace=pace)
    assert made.result.spend.creates == world.made <= 30
    assert made.result.spend.possible_creates == 0
    assert any(line.flaky for line in made.report.verdicts)
    assert any(exchange.shows_something_made and "/attempt/" in exchange.probe.id for exchange in made.exchanges)


def test_a_breakdown_that_comes_each_time_does_not_end_the_run(small: Contract) -> None:
    """A server on which much breaks down, tried again many times, is still judged to the end."""
    correct = _correct(small)

    async def fails_without_form(scope: Scope, receive: Receive, send: Send) -> None:
        is_form = dict(scope["headers"]).get(b"content-type", b"").startswith(b"multipart/")
        await (correct if is_form or scope["path"] == "/" else JSONResponse({}, 500))(scope, receive, send)

    with serving(fails_without_form) as url:
        made = carry_out(small, url, 20, retries=4, selection=OFF_THE_WIRE)
    assert made.result.trouble is None
    broken = [line for line in made.report.verdicts if line.attempts]
    assert broken
    assert all(attempt.verdict == "fail" for line in broken for attempt in line.attempts if not line.flaky)


def test_one_silence_is_flaky(small: Contract) -> None:
    """A free request that got no answer once, and always after that, is told as what happens at times."""
    with serving(_silent_at(12, _correct(small))) as url:
        pace = evolve(QUICK, timeout=0.7)
        made = carry_out(small, url, 9, retries=2, pace=pace, selection=OFF_THE_WIRE)
    line = made.line("time/answer")
    assert (line.verdict, line.flaky) == ("fail", True)
    assert [attempt.verdict for attempt in line.attempts] == ["fail", "pass", "pass"]
    assert made.report.summary["flaky"] == 1


def test_what_shows_only_in_several_requests_is_not_tried_again(serve: Serve, small: Contract) -> None:
    """That two requests share an id is not undone by a third one: it is said why nothing was sent."""
    server = serve("names-all-jobs-alike", contract=small)
    made = carry_out(small, server.url, 20, retries=2, selection=OFF_THE_WIRE)
    line = made.line("job/id-unique")
    assert (line.verdict, line.flaky, line.attempts) == ("fail", False, ())
    assert line.not_repeated == "it shows only in several requests together"


def test_an_attempt_shows_no_token(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """What is kept of further answers is redacted like the first."""
    server = serve("repeats-the-token-in-a-refusal", contract=small)
    path, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    outputs = ("--report-json", path, "--events", events, "--skip", "wire/*")
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 3, "--retries", 2, *outputs)
    line = next(
        line for line in json.loads(path.read_text(encoding="utf-8"))["verdicts"] if line["id"] == "secrecy/credential"
    )
    assert len(line["attempts"]) == 3
    assert all("[token]" in attempt["answer"] for attempt in line["attempts"])
    for text in (said.stdout, said.stderr, path.read_text(encoding="utf-8"), events.read_text(encoding="utf-8")):
        assert TOKEN not in text
