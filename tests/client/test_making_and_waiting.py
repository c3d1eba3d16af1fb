"""One call makes a job and waits for it; whatever ends it early tells the job's id, and nothing is made twice."""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
from types import ModuleType
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from aiid_videos.models import Video
from tests.client.jobs import DONE, ID, LOOKS, RUNNING
from tests.client.scripted import Clock, Handler, client_of, handler

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}


def awaited(answer: Handler, **given: Any) -> Video:
    """The same with the client that awaits."""

    async def call() -> Video:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        return await AsyncVideosClient(token="t", http_client=http).create_and_wait(**BARE, **given)

    return asyncio.run(call())


def blocked(answer: Handler, **given: Any) -> Video:
    """One call of the client that blocks."""
    made: Video = client_of(answer).create_and_wait(**BARE, **given)
    return made


BOTH = pytest.mark.parametrize("call", [blocked, awaited])


@BOTH
def test_a_job_is_made_and_waited_for(call: Any, clock: Clock) -> None:
    """It is told of when it is made, so that its id is known before anything else can go wrong."""
    answer, seen = handler({}, RUNNING, DONE)
    told: list[tuple[str, str]] = []
    video = call(answer, on_progress=lambda job: told.append((job.id, job.status)))
    assert video.stage == "succeeded"
    assert told == [(ID, "queued"), (ID, "in_progress"), (ID, "completed")]
    assert [request.method for request in seen] == ["POST", "GET", "GET"]
    clock.assert_paused(*LOOKS[:2])


@BOTH
@pytest.mark.parametrize("odd", [{}, [], True, {"a": 1}, [1], "", None], ids=repr)
def test_a_job_whose_name_nobody_can_ask_for_is_told_of(call: Any, odd: object) -> None:
    """There may be one all the same, so that the error is one of the call that made it, and says so."""
    answer, seen = handler({"id": odd})
    with pytest.raises(errors.UndecodableAnswerError) as caught:
        call(answer)
    assert caught.value.ambiguous
    assert len(seen) == 1


@BOTH
@pytest.mark.usefixtures("clock")
def test_a_job_whose_name_is_a_number_is_waited_for(call: Any) -> None:
    """It is asked for by its digits, and so is one whose older name is the only one that can be."""
    for named in ({"id": 7}, {"id": {}, "task_id": 7}):
        answer, seen = handler(named, {**named, **DONE})
        assert call(answer).done
        assert seen[1].url.path.endswith("/7")


@BOTH
def test_a_job_that_is_made_at_once_is_not_asked_for(call: Any) -> None:
    """Some servers answer with the job as it ended."""
    answer, seen = handler(DONE)
    assert call(answer).stage == "succeeded"
    assert len(seen) == 1


@BOTH
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ([{}, {"status": "failed", "error": {"message": "no cats"}}], errors.JobFailedError),
        ([{}, RUNNING], errors.WaitTimedOutError),
        ([{}, 405], errors.NotOfferedError),
        ([{}, 403], errors.WaitRefusedError),
        ([{"status": "failed"}], errors.JobFailedError),
    ],
    ids=["failed", "late", "not-offered", "forbidden", "failed-at-once"],
)
@pytest.mark.usefixtures("clock")
def test_every_error_holds_the_job(call: Any, said: list[Any], kind: type[errors.JobError]) -> None:
    """Its id is all that it takes to wait again."""
    answer, _ = handler(*said)
    with pytest.raises(kind, match=ID) as caught:
        call(answer, deadline=30)
    assert caught.value.job_id == ID
    assert caught.value.job is not None


@BOTH
@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError])
def test_what_is_no_error_of_ours_is_noted(call: Any, kind: type[BaseException]) -> None:
    """A Ctrl-C, or what a callback raises, goes up as it is, with the id in a note."""
    answer, seen = handler({}, RUNNING, DONE)

    def tell(job: Video) -> None:
        if job.status == "in_progress":
            raise kind

    with pytest.raises(kind) as caught:
        call(answer, on_progress=tell)
    assert caught.value.__notes__ == [f"the job is {ID}; wait({ID!r}) takes it up again"]
    assert client_of(answer).wait(ID).stage == "succeeded"
    assert [request.method for request in seen] == ["POST", "GET", "GET"]


def test_a_task_that_is_cancelled_says_which_job_goes_on() -> None:
    """The id is in the note of what the task was ended with."""
    answer, _ = handler({}, RUNNING)

    async def call() -> list[str]:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        begun = asyncio.Event()
        client = AsyncVideosClient(token="t", http_client=http)
        task = asyncio.ensure_future(client.create_and_wait(**BARE, on_progress=lambda _: begun.set()))
        await begun.wait()
        notes: list[str] = []
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            notes = error.__notes__
        return notes

    assert asyncio.run(call()) == [f"the job is {ID}; wait({ID!r}) takes it up again"]


def test_waiting_is_cancelled_by_an_event(clock: Clock) -> None:
    """From another thread, as with `wait`."""
    answer, _ = handler({}, RUNNING)
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(errors.WaitCancelledError, match=ID):
        client_of(answer).create_and_wait(**BARE, cancel=cancel)
    assert clock.pauses == []


@BOTH
@pytest.mark.parametrize(
    "given", [{"deadline": -1}, {"deadline": math.nan}, {"poll_interval": 0}], ids=lambda each: next(iter(each))
)
def test_a_number_that_makes_no_sense_costs_nothing(call: Any, given: dict[str, float]) -> None:
    """It is refused before anything is made."""
    answer, seen = handler({})
    with pytest.raises(ValueError, match="is a number of seconds"):
        call(answer, **given)
    assert seen == []


@BOTH
def test_the_deadline_counts_from_the_call(call: Any, clock: Clock) -> None:
    """What making the job takes is part of it, and never cut short by it; there is one look at least."""
    said, seen = handler({}, RUNNING)

    def slow(request: httpx.Request) -> httpx.Response:
        clock.now += 100 if request.method == "POST" else 0
        return said(request)

    with pytest.raises(errors.WaitTimedOutError, match="within 60 s"):
        call(slow, deadline=60)
    assert [request.method for request in seen] == ["POST", "GET"]


@BOTH
@pytest.mark.parametrize("said", [402, httpx.ReadTimeout("")], ids=["refused", "silent"])
def test_where_no_job_is_told_of_the_create_says_so(call: Any, said: Any) -> None:
    """The errors are those of the create, which is sent once."""
    answer, seen = handler(said)
    with pytest.raises(errors.VideosError) as caught:
        call(answer)
    error: Any = caught.value
    assert error.ambiguous is isinstance(error, errors.TransportError)
    assert len(seen) == 1


def test_a_job_without_an_id_is_not_lost_in_silence() -> None:
    """Nobody could ask for it: the create says that there may be one."""
    answer, _ = handler({"id": "", "task_id": ""})
    with pytest.raises(errors.UndecodableAnswerError) as caught:
        blocked(answer)
    assert caught.value.ambiguous


def test_it_takes_whatever_makes_a_job(grown: ModuleType, everything: ModuleType) -> None:
    """The same arguments in the same order, for each operation that makes a job, and only for those."""
    for client in (VideosClient, AsyncVideosClient, grown.VideosClient, everything.AsyncVideosClient):
        made = list(inspect.signature(client.create_video).parameters.values())
        waited = inspect.signature(client.create_and_wait)
        assert list(waited.parameters.values())[: len(made)] == made
    assert hasattr(everything.VideosClient, "remix_and_wait")
    assert not hasattr(everything.VideosClient, "delete_and_wait")
