"""What a run costs: the world counts what was made, and the suite's books agree with it, below the ceiling."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import evolve

from conformance.campaign import Options, plan
from conformance.contract import Contract, load
from conformance.engine.exchange import Outcome
from conformance.engine.probe import Cost
from conformance.errors import ExitCode
from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World
from conformance.requirements.selection import Selection
from tests.suite.counting import Counting, Late, refusal
from tests.suite.runs import OFF_THE_WIRE, QUICK, TOKEN, Run, carry_out, command
from tests.suite.servers import serving
from tests.suite.serving import Serve, Shared


def _run_on(application: Counting, ceiling: int, **options: Any) -> Run:
    with serving(application) as url:
        return carry_out(application.contract, url, ceiling, **{"selection": OFF_THE_WIRE, **options})


def _accepted_free(made: Run) -> list[str]:
    """The groups of free probes that could create and were accepted, one for each."""
    return [
        e.probe.group
        for e in made.exchanges
        if e.probe.cost is Cost.FREE and e.probe.can_create and e.outcome is Outcome.ACCEPTED
    ]


@pytest.mark.parametrize(("ceiling", "most"), [(0, 1), (1, 1), (7, 7), (500, 120)])
def test_the_ceiling_holds_on_a_server_that_accepts_everything(small: Contract, ceiling: int, most: int) -> None:
    """No more jobs are made than the ceiling allows, each group stops at its first, and what is taken unasked fails."""
    made = _run_on(world := Counting(small), ceiling, selection=Selection())
    spend = made.result.spend
    assert 0 < world.made <= most
    assert spend.creates == world.made
    groups = _accepted_free(made)
    assert spend.unexpected_creates == len(groups) == len(set(groups)) > 0
    create = small.billable[0]
    required = {f"{create.id}/request/{field.name}/required" for field in create.fields if field.required}
    assert required - made.failed("MUST") == set()


@pytest.mark.parametrize(("ceiling", "what"), [(1, "one request "), (3, "3 requests ")])
def test_a_ceiling_that_surprises_used_up_is_told(small: Contract, ceiling: int, what: str) -> None:
    """Where forms that break a MUST used up the ceiling, that is told with what to do, and the MUST is status 1."""
    with serving(Counting(small)) as url:
        said = command("run", "--url", url, "--contract", small.path, "--max-creates", ceiling, "--skip", "wire/*")
    assert said.code == ExitCode.BROKEN_MUST
    told = " ".join(said.stdout.split())
    assert f"! no create was sent, so that what only creates show is not known: {what}" in told
    assert f"and used up the ceiling of {ceiling}; mend that first, or give a higher --max-creates" in told
    assert "see why each was refused" not in told
    assert "the run is not complete" not in told


def test_surprises_that_break_no_must_leave_the_run_incomplete(serve: Serve, small: Contract) -> None:
    """Where nothing that is demanded was seen broken and no create was sent, the server is not said to conform."""
    server = serve("takes-what-is-discouraged", contract=small)
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 1)
    assert (said.code, server.creates) == (ExitCode.INCOMPLETE, 1)
    told = " ".join(said.stdout.split())
    assert "! the run is not complete: no create was sent, so that what only creates show is not known" in told


def test_the_last_create_goes_to_a_request_that_is_right(small: Contract) -> None:
    """Nothing is kept back for what follows an acceptance before there was one."""
    surprises = 2
    dice = iter([None] * surprises)
    made = _run_on(world := Counting(small, lambda _: next(dice, refusal(400))), 3)
    assert world.made == surprises
    assert any(exchange.probe.cost is Cost.BILLABLE for exchange in made.exchanges)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("ceiling", [1, 9, 40])
def test_the_books_agree_with_a_server_that_accepts_at_random(small: Contract, seed: int, ceiling: int) -> None:
    """Whichever requests a server makes jobs of, the ledger counts those, and stops at the ceiling."""
    dice = random.Random(seed)  # noqa: S311 - chooses what a test server refuses
    made = _run_on(world := Counting(small, lambda _: dice.choice([None, refusal(400)])), ceiling)
    assert 0 < world.made <= ceiling
    assert made.result.spend.creates == world.made


@pytest.mark.parametrize("concurrency", [1, 2, 16])
def test_many_at_once_do_not_get_past_the_ceiling(small: Contract, concurrency: int) -> None:
    """Requests that are under way together could all be accepted, so that each holds its place below the ceiling."""
    made = _run_on(world := Counting(small), 5, pace=evolve(QUICK, concurrency=concurrency))
    assert world.most_at_once <= min(concurrency, 5)
    assert world.made == made.result.spend.creates == 5


@pytest.mark.parametrize("ceiling", [1, 3, 30])
def test_jobs_that_are_answered_too_late_are_in_the_books(small: Contract, ceiling: int) -> None:
    """A server that makes the job and answers after the time-out has cost as much as one that answers in time."""
    world = Late(Application(World(small, TOKEN), pipeline_for(small, ())))
    with serving(world) as url:
        pace = evolve(QUICK, timeout=0.4, create_timeout=0.4)
        made = carry_out(small, url, ceiling, pace=pace, selection=OFF_THE_WIRE)
    assert 0 < world.made <= ceiling
    assert made.result.spend.possible_creates == world.made
    assert made.result.spend.unexpected_creates == 0


@pytest.fixture(scope="module")
def two(contract: Contract, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The contract with a second operation that costs: a JSON document about a job that was made."""
    document = json.loads(json.dumps(contract.document.data))
    create = contract.billable[0]
    post = document["paths"][create.path][create.method.lower()]
    schema = {
        "type": "object",
        "required": ["change"],
        "properties": {"change": {"type": "string", "examples": ["more light"]}, "times": {"type": "integer"}},
    }
    document["paths"][f"{create.path}/{{job}}/again"] = {
        "post": {
            **post,
            "operationId": "makeAgain",
            "parameters": [{"name": "job", "in": "path", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        }
    }
    path = tmp_path_factory.mktemp("two") / "openapi.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("ceiling", [0, 1, 20])
def test_every_billable_operation_is_in_the_books(two: Contract, ceiling: int) -> None:
    """One ceiling stands over all operations that cost, and the ledger counts what each of them made."""
    assert len(two.billable) == 2
    made = _run_on(world := Counting(two), ceiling)
    assert made.result.spend.creates == world.made
    assert 0 < world.made <= max(ceiling, 1)


def test_the_second_billable_operation_is_paid_from_the_same_purse(two: Contract, serve: Serve) -> None:
    """A correct server with two operations that cost is charged for both, and as often as the ledger says."""
    server = serve(contract=two)
    made = carry_out(two, server.url, 60)
    assert made.result.spend.creates == server.creates <= 60
    assert set(server.world.made) == {operation.id for operation in two.billable}
    assert made.result.spend.unexpected_creates == 0


def test_a_contract_in_which_nothing_costs_spends_nothing(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """Without a billable operation every request is free, whatever the ceiling."""
    path = tmp_path / "openapi.yaml"
    text = small.path.read_text(encoding="utf-8")
    path.write_text(text.replace("x-billable: true", "x-billable: false"), encoding="utf-8")
    server = serve(contract=load(path))
    said = command("run", "--url", server.url, "--contract", path, "--max-creates", "1")
    assert said.code == ExitCode.CONFORMS
    assert server.creates == 0
    assert " 0 creates (ceiling " in said.stdout


def test_another_method_or_path_costs_nothing(small: Contract) -> None:
    """What is accepted by a method or at a path that makes no job is not in the books."""
    made = _run_on(world := Counting(small, lambda _: refusal(400), elsewhere=200), 0)
    accepted = [e.probe for e in made.exchanges if e.outcome is Outcome.ACCEPTED]
    assert len({(probe.request.method, probe.address) for probe in accepted}) > 2
    assert made.result.spend.creates == world.made == 0


def test_a_full_run_costs_at_most_40(shared: Shared) -> None:
    """A sweep of all models on a correct server stays at 40 creates, and the server counts the same."""
    ledger = shared.report["ledger"]
    assert shared.creates == ledger["creates"] <= ledger["ceiling"] == 40
    assert ledger["unexpected_creates"] == 0
    assert shared.requests == ledger["requests"] + 1  # the first of all only asks whether a server is there


@pytest.mark.parametrize(
    ("arguments", "most"),
    [(("--tier", "free", "--max-creates", "9"), 0), (("--max-creates", "0"), 0), (("--max-creates", "3"), 3)],
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
    probes = list(plan(contract, Options(40)))
    assert f"{len(probes)} requests, {shared.creates} creates" in said.stdout
    assert sum(probe.cost is Cost.BILLABLE for probe in probes) == shared.creates
    planned = {probe.id.partition("/behind/")[0] for probe in probes}
    sent = {line["probe"].partition("/behind/")[0] for line in shared.lines if line["event"] == "exchange"}
    # What a job is asked follows from how it goes: looks until it has ended, its result too early, and parts of that.
    sent = {name for name in sent if name.split("/")[1] not in ("look", "early", "foreign", "part", "head")}
    assert planned - sent == set()
    # Only the answers tell whether a listed value can be told from an unlisted one in a refusal.
    assert {name for name in sent - planned if not name.endswith("/hidden")} == set()


@pytest.mark.parametrize("creates", [0, 6])
def test_a_dry_run_needs_no_server_and_no_token(creates: int) -> None:
    """Whoever asks for the price first need not have an account."""
    said = command("run", "--dry-run", "--url", "http://example.invalid", "--max-creates", creates, token=None)
    assert said.code == ExitCode.CONFORMS
    assert f"{creates} creates on a correct server (ceiling {creates})" in said.stdout
    assert said.stdout.strip().endswith("nothing was sent")


def test_models_narrow_a_run(contract: Contract) -> None:
    """`--models a,b` sends no other listed value in any form that is meant to be accepted."""
    declared = next(f for f in contract.billable[0].fields if f.schema.enum)
    chosen = frozenset(map(str, declared.schema.enum[3:5]))
    probes = [p for p in plan(contract, Options(40, values={declared.name: chosen})) if p.cost is Cost.BILLABLE]
    assert {p.sent[declared.name] for p in probes} == chosen
    assert len(probes) < sum(p.cost is Cost.BILLABLE for p in plan(contract, Options(40)))


def test_a_surprise_ends_its_group_and_says_so(serve: Serve, contract: Contract) -> None:
    """After one accepted word for a number, no other is tried; what was not sent says why."""
    server = serve("takes-words-for-numbers")
    made = carry_out(contract, server.url, 6, tier="free")
    assert server.creates == made.result.spend.creates == made.result.spend.unexpected_creates
    assert 1 <= server.creates <= 6
    groups = _accepted_free(made)
    assert len(set(groups)) == len(groups) == server.creates
    unsent = {skip.reason for skip in made.skips if skip.probe.group in groups}
    assert unsent == {
        (
            "a request like it, which had to be refused, was accepted, or may have been;"
            " no more of them were sent, to save money: `--surprises` sends more"
        )
    }


def test_a_run_with_an_address_is_paid_for_on_purpose(serve: Serve, small: Contract, tmp_path: Path) -> None:
    """With an explicit ceiling the report says what it was and what was spent."""
    server = serve(contract=small)
    path = tmp_path / "report.json"
    said = command("run", "--url", server.url, "--contract", small.path, "--max-creates", 2, "--report-json", path)
    assert said.code == ExitCode.CONFORMS
    assert json.loads(path.read_text(encoding="utf-8"))["ledger"]["ceiling"] == 2
    assert TOKEN not in said.stdout
