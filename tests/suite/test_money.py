"""What a run costs: booked before it is sent, never past the ceiling, and nothing at all where nothing was meant to."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.campaign import Options, plan
from conformance.contract import Contract
from conformance.engine.exchange import Answer, Exchange, Outcome, Silence, outcome
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Cost, Expect, Probe
from conformance.engine.runner import _seconds
from conformance.errors import ExitCode
from conformance.probes.builder import Builder
from tests.suite.serving import Serve, Shared
from tests.suite.runs import QUICK, TOKEN, carry_out, command
from tests.suite.servers import serving


def _probe(contract: Contract, expect: Expect = Expect.ACCEPT) -> Probe:
    builder = Builder(contract, contract.billable[0])
    return builder.probe("a-probe", builder.required(), expect, "a-group")


def _answered(probe: Probe, status: int | None) -> Exchange:
    answer = None if status is None else Answer(status, (), b"")
    return Exchange(probe, answer, Silence.TIMEOUT if status is None else None, "", 0, 0)


def test_a_create_is_booked_before_it_is_sent(contract: Contract) -> None:
    """What is under way counts against the ceiling, so that many at once cannot pass it."""
    ledger, billable = Ledger(2), _probe(contract)
    ledger.sending(billable)
    ledger.sending(billable)
    assert not ledger.has_room(billable)
    assert ledger.allows(billable)
    ledger.answered(_answered(billable, 400))
    assert ledger.has_room(billable)
    assert ledger.creates == 0


def test_the_ceiling_is_final(contract: Contract) -> None:
    """Once as many creates as the ceiling allows have happened, no further one is ever sent."""
    ledger, billable = Ledger(1), _probe(contract)
    ledger.sending(billable)
    assert ledger.answered(_answered(billable, 200)) is False
    assert not ledger.allows(billable)
    assert not ledger.has_room(billable)
    assert not ledger.has_room(_probe(contract, Expect.REFUSE))
    assert (ledger.creates, ledger.unexpected_creates) == (1, 0)


def test_a_surprise_is_booked_as_one(contract: Contract) -> None:
    """A create that no probe was meant to cause counts as a create and as unexpected."""
    ledger, free = Ledger(5), _probe(contract, Expect.REFUSE)
    assert free.cost is Cost.FREE
    ledger.sending(free)
    assert ledger.answered(_answered(free, 200)) is True
    spend = ledger.spend()
    assert (spend.creates, spend.unexpected_creates, spend.planned_creates) == (1, 1, 0)


def test_with_a_ceiling_of_nothing_one_surprise_is_the_end(contract: Contract) -> None:
    """Free probes go out even where nothing may be spent, but not after one of them cost something."""
    ledger, free = Ledger(0), _probe(contract, Expect.REFUSE)
    assert ledger.has_room(free)
    assert not ledger.has_room(_probe(contract))
    ledger.sending(free)
    assert not ledger.has_room(free)
    ledger.answered(_answered(free, 200))
    assert not ledger.allows(free)


def test_silence_after_a_create_is_booked(contract: Contract) -> None:
    """A create that was never answered may have been made, so that it is paid for in the books."""
    ledger, billable, free = Ledger(5), _probe(contract), _probe(contract, Expect.REFUSE)
    for probe in (billable, free):
        ledger.sending(probe)
        ledger.answered(_answered(probe, None))
    assert (ledger.creates, ledger.unexpected_creates) == (1, 0)


def test_what_cannot_create_costs_nothing(contract: Contract) -> None:
    """Another method, or another path, is no create whatever it is answered with."""
    probe = _probe(contract)
    ledger = Ledger(0)
    for message in (evolve(probe.request, method="GET"), evolve(probe.request, path="/elsewhere")):
        other = evolve(probe, request=message)
        assert ledger.has_room(other)
        ledger.sending(other)
        assert ledger.answered(_answered(other, 200)) is False
    assert ledger.spend().creates == 0
    assert ledger.spend().requests == 2


def test_a_full_run_costs_at_most_40(shared: Shared) -> None:
    """A sweep of all models on a correct server stays at 40 creates, and the server counts the same."""
    ledger = shared.report["ledger"]
    assert shared.creates == ledger["creates"] <= ledger["ceiling"] == 40
    assert ledger["unexpected_creates"] == 0
    assert shared.requests >= ledger["requests"]


@pytest.mark.parametrize(
    ("arguments", "most"), [(("--tier", "free"), 0), (("--max-creates", "0"), 0), (("--max-creates", "3"), 3)]
)
def test_a_cheap_run_costs_what_it_says(serve: Serve, small: Contract, arguments: tuple[str, ...], most: int) -> None:
    """`--tier free` makes no create on a correct server, and `--max-creates N` at most N."""
    server = serve(contract=small)
    said = command("run", "--url", server.url, "--contract", small.path, *arguments)
    assert said.code == ExitCode.CONFORMS
    assert server.creates == most
    assert f" {most} creates (ceiling " in said.stdout


def test_six_creates_decide_much(serve: Serve, contract: Contract) -> None:
    """`--max-creates 6` makes six, and spends them where they decide most of what only creates can."""
    server = serve()
    made = carry_out(contract, server.url, 6)
    assert server.creates == made.result.spend.creates == 6
    assert made.report.failed("MUST") == ()
    assert made.report.summary["pass"] >= 180


def test_a_dry_run_sends_nothing_and_tells_the_price(serve: Serve, shared: Shared, contract: Contract) -> None:
    """`--dry-run` predicts the creates that a run makes, and sends nothing to find out."""
    server = serve()
    said = command("run", "--url", server.url, "--dry-run")
    assert said.code == ExitCode.CONFORMS
    assert server.requests == 0
    predicted = re.search(r"(\d+) requests, (\d+) creates", said.stdout)
    assert predicted is not None
    assert int(predicted[2]) == shared.creates
    assert abs(int(predicted[1]) - shared.report["ledger"]["requests"]) < 60
    probes = list(plan(contract, Options(40)))
    assert len(probes) == int(predicted[1])
    assert sum(probe.cost is Cost.BILLABLE for probe in probes) == shared.creates


@pytest.mark.parametrize("creates", [0, 6])
def test_a_dry_run_needs_no_server_and_no_token(creates: int) -> None:
    """Whoever asks for the price first need not have an account."""
    said = command("run", "--dry-run", "--url", "http://example.invalid", "--max-creates", creates, token=None)
    assert said.code == ExitCode.CONFORMS
    assert f"{creates} creates on a correct server (ceiling {creates}); nothing was sent" in said.stdout


def test_models_narrow_a_run(contract: Contract) -> None:
    """`--models a,b` sends no other listed value in any form that is meant to be accepted."""
    declared = next(f for f in contract.billable[0].fields if f.schema.enum)
    chosen = frozenset(declared.schema.enum[3:5])
    probes = [p for p in plan(contract, Options(40, models=chosen)) if p.cost is Cost.BILLABLE]
    assert {p.sent[declared.name] for p in probes} == chosen
    assert len(probes) < sum(p.cost is Cost.BILLABLE for p in plan(contract, Options(40)))


@define
class Agreeable:
    """Accepts whatever is posted, as a job of the contract, and counts."""

    contract: Contract
    creates: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        response: Response = JSONResponse({"error": {"message": "not found"}}, 404)
        if (request.method, request.url.path) == (self.contract.billable[0].method, self.contract.billable[0].path):
            self.creates += 1
            response = JSONResponse(self._job())
        await response(scope, receive, send)

    def _job(self) -> dict[str, Any]:
        example = next(iter(self.contract.document["paths"][self.contract.billable[0].path]["post"]["responses"].values()))
        job = next(iter(example["content"]["application/json"]["examples"].values()))["value"]
        identity = self.contract.billable[0].success.by_role("id")
        assert identity is not None
        return {**job, identity.name: f"job-{self.creates}"}


@pytest.mark.parametrize(("ceiling", "most"), [(0, 1), (1, 1), (7, 7), (500, 120)])
def test_the_ceiling_holds_on_a_server_that_accepts_everything(small: Contract, ceiling: int, most: int) -> None:
    """Where every free probe is accepted by surprise, the ceiling holds, and each group stops at its first surprise."""
    application = Agreeable(small)
    with serving(application) as url:
        made = carry_out(small, url, ceiling)
    assert application.creates == made.result.spend.creates <= most
    assert made.result.spend.unexpected_creates > 0
    accepted = [
        e
        for e in made.exchanges
        if e.probe.cost is Cost.FREE and e.probe.can_create and e.answer and e.answer.status == 200
    ]
    groups = [exchange.probe.group for exchange in accepted]
    assert len(set(groups)) == len(groups)
    assert made.failed("MUST")


def test_a_surprise_ends_its_group_and_says_so(serve: Serve, contract: Contract) -> None:
    """After one accepted word for a number, no other is tried; what was not sent says why."""
    server = serve("takes-words-for-numbers")
    made = carry_out(contract, server.url, 6, tier="free")
    assert server.creates == made.result.spend.creates == made.result.spend.unexpected_creates
    assert 1 <= server.creates <= 6
    reasons = {skip.reason for skip in made.skips}
    assert any("accepted" in reason for reason in reasons)
    surprised = {
        e.probe.group
        for e in made.exchanges
        if e.probe.cost is Cost.FREE and e.answer and e.answer.status == 200 and e.probe.can_create
    }
    assert {skip.probe.group for skip in made.skips} >= {group for group in surprised if group.endswith("/type")}


Turn = Callable[[int], Response | None]


@define
class Turnstile:
    """Lets an application answer, unless it is somebody else's turn."""

    application: ASGIApp
    turn: Turn
    seen: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self.application(scope, receive, send)
            return
        self.seen += 1
        answer: Awaitable[None] | None = None
        if (response := self.turn(self.seen)) is not None:
            await Request(scope, receive).body()
            answer = response(scope, receive, send)
        await (answer or self.application(scope, receive, send))


def _refusal(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": {"message": "not now"}}, status, headers=named)


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_server_that_cannot_serve_breaks_no_must(small: Contract, status: int) -> None:
    """Want of rights, credit, patience or an upstream makes requirements inconclusive, never failed."""
    with serving(Turnstile(Agreeable(small), lambda _: _refusal(status))) as url:
        made = carry_out(small, url, 6)
    create = small.billable[0]
    assert not {name for name in made.failed("MUST") if name.startswith(f"{create.id}/request/")}
    assert made.failed("MUST") == set()
    assert not {name for name in made.failed("SHOULD") if name.startswith((f"{create.id}/request/", "multipart/"))}
    assert made.result.spend.creates == 0
    undecided = [v for v in made.result.verdicts if v.decision.value == "inconclusive"]
    assert undecided
    assert any(str(status) in verdict.reason for verdict in undecided)


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
    assert server.requests > made.result.spend.requests * 0.9
    assert not [e for e in made.exchanges if e.answer and e.answer.status == 429]


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
    assert _seconds(value) == seconds


@pytest.mark.parametrize("value", ["\u00b2", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_any_retry_after_is_survived(small: Contract, value: str) -> None:
    """A `Retry-After` that is nonsense, or asks for too much, is not waited for and breaks nothing."""
    with serving(Turnstile(Agreeable(small), lambda _: _refusal(429, Retry_After=value))) as url:
        made = carry_out(small, url, 2, pace=evolve(QUICK, concurrency=8))
    assert made.result.complete
    assert made.failed("MUST") == set()


def test_a_run_against_another_host_is_paid_for_on_purpose(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """With an explicit ceiling the report says what it was and what was spent."""
    server = serve(contract=small)
    path = tmp_path / "report.json"
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 2, "--report-json", path)
    assert said.code == ExitCode.CONFORMS
    assert json.loads(path.read_text(encoding="utf-8"))["ledger"]["ceiling"] == 2
    assert TOKEN not in said.stdout
