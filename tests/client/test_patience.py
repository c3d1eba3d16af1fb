"""Trouble on the way ends no wait that can still succeed, and what ends it keeps the job."""

from __future__ import annotations

import email.utils
import time

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiid_videos import errors
from aiid_videos.models import Video
from tests.client.jobs import ASKED, AT_ONCE, DONE, ID, LOOKS, MADE, PAGE, REFUSAL, RUNNING, busy, job
from tests.client.scripted import Clock, Told, client_of, handler


def test_trouble_on_the_way_does_not_end_the_waiting(clock: Clock) -> None:
    """The job goes on whether or not its server can be reached; only the deadline counts how often."""
    trouble: list[Told] = [502, httpx.ReadTimeout("slow"), 429, PAGE, httpx.ConnectError("refused"), PAGE, 503, 408]
    answer, seen = handler(*trouble, RUNNING, 500, PAGE, PAGE, DONE)
    assert client_of(answer).wait(ID).done
    assert len(seen) == len(trouble) + 5
    assert {request.method for request in seen} == {"GET"}
    assert sum(clock.pauses) < 230


@pytest.mark.parametrize("status", [200, 429, 503, 500])
def test_a_server_that_asks_for_patience_gets_it(clock: Clock, status: int) -> None:
    """Whatever it has answered, a refusal or the job; by number or by date."""
    answer, _ = handler(busy(status, "33"), busy(status, "0"), DONE)
    assert client_of(answer).wait(ID).done
    clock.assert_paused(AT_ONCE, (33.0, 33.0), LOOKS[1])


def test_a_date_to_wait_for_is_understood(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other form of Retry-After."""
    monkeypatch.setattr(time, "time", lambda: 1764347090.0)
    answer, _ = handler(busy(503, email.utils.formatdate(1764347190, usegmt=True)), DONE)
    assert client_of(answer).wait(ID).done
    clock.assert_paused(AT_ONCE, (100.0, 100.0))


def test_patience_ends_at_the_deadline(clock: Clock) -> None:
    """However much of it is asked for."""
    answer, seen = handler(busy(429, "86400"))
    with pytest.raises(errors.WaitTimedOutError, match="within 60 s"):
        client_of(answer).wait(ID, deadline=60)
    assert (len(seen), clock.now) == (2, 1060.0)


@pytest.mark.parametrize("status", [400, 401, 403, 410, 302])
def test_a_refusal_ends_the_waiting_and_keeps_the_job(clock: Clock, status: int) -> None:
    """Asking again would change nothing; the refusal is in the error."""
    refusal = httpx.Response(status, json={"error": {"message": "not yours", "code": "x"}})
    answer, seen = handler(refusal)
    with pytest.raises(errors.WaitRefusedError, match="not yours") as caught:
        client_of(answer).wait(MADE)
    assert (caught.value.job, caught.value.job_id, caught.value.refusal.status_code) == (MADE, ID, status)
    assert caught.value.__cause__ is caught.value.refusal
    assert not isinstance(caught.value, errors.NotOfferedError)
    assert (len(seen), len(clock.pauses)) == (1, 1)


@pytest.mark.parametrize(("status", "looks"), [(404, 2), (405, 1), (501, 1)])
def test_a_server_that_lacks_the_operation_is_told_of(clock: Clock, status: int, looks: int) -> None:
    """By name, with the job still in hand; a 404 could also mean that it has not heard of the job yet."""
    answer, seen = handler(status)
    with pytest.raises(errors.NotOfferedError, match="does not offer GET") as caught:
        client_of(answer).wait(MADE)
    assert f"{ASKED.method} {ASKED.path}" in str(caught.value)
    assert (caught.value.job, caught.value.job_id) == (MADE, ID)
    assert ("or does not know the job" in str(caught.value)) is (status == 404)
    assert (len(seen), clock.now < 1010) == (looks, True)
    with pytest.raises(errors.NotOfferedError) as caught:
        client_of(answer).wait("mistyped")
    assert (caught.value.job, caught.value.job_id, len(seen)) == (None, "mistyped", looks + 1)
    with pytest.raises(errors.StatusError, match="perhaps this one does") as read:
        client_of(answer).retrieve_video(ID)
    assert read.value.may_lack_operation


def test_a_machine_that_has_not_heard_of_the_job_is_asked_again(clock: Clock) -> None:
    """Just after it was made, and later; one that never hears of it again is believed."""
    answer, _ = handler(404, RUNNING, 404, DONE)
    assert client_of(answer).wait(MADE).done
    answer, _ = handler(RUNNING, 404)
    with pytest.raises(errors.WaitRefusedError, match="last seen 'in_progress'") as caught:
        client_of(answer).wait(MADE)
    assert not isinstance(caught.value, errors.NotOfferedError)
    assert (caught.value.job or MADE).progress == 30
    assert clock.now < 1030


def test_an_error_that_says_success_is_no_end(clock: Clock) -> None:
    """Some gateways answer 200 with a refusal where an upstream is away for a moment."""
    answer, seen = handler(REFUSAL, REFUSAL, DONE)
    assert client_of(answer).wait(MADE).done
    assert (len(seen), len(clock.pauses)) == (3, 3)


@pytest.mark.parametrize(
    "said", [PAGE, httpx.Response(200), httpx.Response(200, json=[]), httpx.Response(204), REFUSAL]
)
def test_a_server_that_has_a_page_for_everything_is_found_out(clock: Clock, said: httpx.Response) -> None:
    """It answers whatever it is asked, but never with a job: three times are enough."""
    answer, seen = handler(said)
    with pytest.raises(errors.WaitRefusedError) as caught:
        client_of(answer).wait(MADE)
    assert (len(seen), caught.value.job, clock.now < 1020) == (3, MADE, True)


SAYINGS: list[Told] = [
    {},
    RUNNING,
    DONE,
    {"status": "failed", "error": None},
    {"status": "paused", "progress": None},
    {"id": None, **RUNNING},
    *[400, 404, 405, 408, 429, 500, 503, 302],
    *[PAGE, busy(503, "7"), busy(429, "soon"), job(status="completed"), job(message="no"), httpx.Response(200)],
    *[httpx.ReadTimeout("slow"), httpx.ConnectError("refused"), httpx.RemoteProtocolError("cut off")],
]


@settings(deadline=None, max_examples=150, derandomize=True, database=None)
@given(said=st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=12), is_known=st.booleans())
def test_whatever_comes_in_turn_waiting_ends(said: list[Told], *, is_known: bool) -> None:
    """In time, with a job that has succeeded or an error that names it, and after nothing but questions."""
    answer, seen = handler(*said)
    with pytest.MonkeyPatch.context() as patched:
        clock = Clock(patched)
        try:
            outcome: Video | errors.JobError = client_of(answer).wait(MADE if is_known else ID, deadline=300)
        except errors.JobError as error:
            outcome = error
        assert clock.now <= 1300
    if isinstance(outcome, Video):
        assert (outcome.stage, outcome.id) == ("succeeded", ID)
    else:
        assert (outcome.job_id, ID in str(outcome)) == (ID, True)
        assert not (is_known and outcome.job is None)
    assert {request.method for request in seen} == {"GET"}
    assert len(seen) < 40
