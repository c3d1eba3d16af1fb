"""Jobs that move on, and outcomes on request: what an app is built against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import get_args

import httpx
import pytest

from conformance.contract import Contract, Stage
from tests.reference.caller import Caller, Serve, create_of, problems, shown, value_of


def _stage(contract: Contract, answer: httpx.Response) -> Stage | None:
    lifecycle = shown(contract, "status").lifecycle
    return lifecycle.stage(value_of(answer, contract, "status")) if lifecycle else None


def _polls(caller: Caller, created: httpx.Response, count: int = 8) -> Iterator[httpx.Response]:
    address = f"{caller.path}/{value_of(created, caller.contract, 'id')}"
    for _ in range(count):
        answer = caller.http.get(address)
        assert answer.status_code == 200
        assert problems(caller.contract, answer) == []
        yield answer


def test_a_job_waits_runs_and_succeeds(serve: Serve, wider: Contract) -> None:
    """Each poll moves the job on, the same way every time; its end has a time and a result."""
    caller = serve(contract=wider)
    created = caller.create()
    answers = [created, *_polls(caller, created)]
    assert [_stage(wider, answer) for answer in answers[:6]] == [
        "waiting", "running", "running", "running", "succeeded", "succeeded",
    ]  # fmt: skip
    progress = [value_of(answer, wider, "progress") for answer in answers]
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0, 100)
    last = answers[-1]
    times = [value_of(last, wider, role) for role in ("created-time", "completed-time", "expiry-time")]
    assert all(earlier <= later for earlier, later in pairwise(times))
    assert answers[-1].json() == answers[-2].json()
    assert caller.http.get(value_of(last, wider, "result-url")).headers["content-type"] == "video/mp4"


def test_the_result_is_not_there_before_the_end(serve: Serve, wider: Contract) -> None:
    """A job that has not succeeded has nothing to fetch."""
    caller = serve(contract=wider)
    job = value_of(caller.create(), wider, "id")
    assert caller.http.get(f"{caller.path}/{job}/result").status_code == 409


@pytest.mark.parametrize("stage", get_args(Stage))
def test_the_end_can_be_chosen(serve: Serve, wider: Contract, stage: Stage) -> None:
    """`Prefer: job=STAGE` decides where the job stays."""
    caller = serve(contract=wider)
    created = caller.create(Prefer=f"job={stage}")
    assert created.headers["preference-applied"] == f"job={stage}"
    assert _stage(wider, created) == "waiting"
    *_, last = _polls(caller, created)
    assert _stage(wider, last) == stage
    assert shown(wider, "failure").read(last.json())[0] is (stage == "failed")


@pytest.mark.parametrize("stage", get_args(Stage))
def test_the_end_shows_at_once_where_nothing_can_be_looked_up(serve: Serve, alone: Contract, stage: Stage) -> None:
    """Without an operation to ask again, the first answer is the last."""
    caller = serve(contract=alone)
    answer = caller.create(Prefer=f'foo; bar, job="{stage}"; x=y')
    assert _stage(caller.contract, answer) == stage
    assert problems(caller.contract, answer) == []


def test_every_documented_error_can_be_asked_for(caller: Caller, contract: Contract) -> None:
    """`Prefer: code=STATUS` gives that error, with the headers that are documented for it."""
    refusals = create_of(contract).refusals
    answers = {refusal.status: caller.create(Prefer=f"code={refusal.status}") for refusal in refusals}
    for status, answer in answers.items():
        assert answer.status_code == status
        assert problems(contract, answer) == []
    pauses = {
        status: answer.headers["Retry-After"] for status, answer in answers.items() if "Retry-After" in answer.headers
    }
    assert pauses == {refusal.status: "1" for refusal in refusals if refusal.header_by_role("retry-after")}
    assert caller.server.creates == 0


@pytest.mark.parametrize(
    "preference", ["code=418", "code=x", "code=200", "job=soon", "wait=x", "nothing", "=", ",,", "code"]
)
def test_other_preferences_are_ignored(caller: Caller, preference: str) -> None:
    """RFC 7240: what cannot be complied with is ignored."""
    assert caller.create(Prefer=preference).status_code == 200


def test_an_answer_can_be_delayed(caller: Caller) -> None:
    """`Prefer: wait=SECONDS` holds the answer back."""
    answer = caller.create(Prefer="wait=0.2")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2


def test_unknown_jobs_are_not_found(serve: Serve, wider: Contract) -> None:
    """An id that was never given is no job."""
    caller = serve(contract=wider)
    for method, path in (("GET", "no-such-job"), ("GET", "no-such-job/result"), ("POST", "no-such-job/again")):
        body = {"json": {"text": "x"}} if method == "POST" else {}
        assert caller.http.request(method, f"{caller.path}/{path}", **body).status_code == 404  # type: ignore[arg-type]  # mypy joins the two dictionaries


def test_a_job_can_be_made_from_another(serve: Serve, wider: Contract) -> None:
    """An operation that answers with a job, below a job, names the job that it was made from."""
    caller = serve(contract=wider)
    created = caller.create()
    parent = value_of(created, wider, "id")
    answer = caller.http.post(f"{caller.path}/{parent}/again", json={"text": "x"})
    assert answer.status_code == 200
    assert value_of(answer, wider, "parent-id") == parent
    assert value_of(answer, wider, "model") == value_of(created, wider, "model")
    for wrong in ("{}", "[]", '"x"', "{", "", "NaN"):
        headers = {"Content-Type": "application/json"}
        answer = caller.http.post(f"{caller.path}/{parent}/again", content=wrong, headers=headers)
        assert answer.status_code == 400, wrong


def test_any_other_operation_answers_with_a_sample(serve: Serve, wider: Contract) -> None:
    """What is no job is answered with what its schema describes; security is the operation's own."""
    caller = serve(contract=wider)
    assert httpx.get(f"{caller.server.url}/health").json() == {"up": True, "notes": []}
    assert caller.http.head("/health").status_code == 200
    assert caller.http.delete("/health").headers["allow"] == "GET, HEAD"


def test_a_new_job_says_no_more_than_there_is(caller: Caller, contract: Contract) -> None:
    """Optional properties without a value are left out; times are in the unit of the contract's example."""
    answer = caller.create()
    for role in ("completed-time", "expiry-time", "failure", "result-url", "parent-id"):
        assert not shown(contract, role).read(answer.json())[0]
    example = shown(contract, "created-time").schema.examples[0]
    assert len(str(value_of(answer, contract, "created-time"))) == len(str(example))
    assert value_of(answer, contract, "progress") == 0
    assert value_of(answer, contract, "legacy-id") == value_of(answer, contract, "id")
