"""Whoever waits for a job gets it, or an error that still holds it, in finite time, whatever its server does."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import math
import pickle
import threading
import time
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from aiid_videos.models import Video
from tests.client.jobs import ASKED, AT_ONCE, DONE, ID, LOOKS, MADE, RUNNING, busy, job
from tests.client.recorder import JOB
from tests.client.scripted import Clock, Handler, Told, client_of, handler


def test_a_job_is_waited_for(clock: Clock) -> None:
    """Until it has succeeded, at growing intervals; whoever wants to know is told of each change."""
    answer, seen = handler({}, RUNNING, RUNNING, {"status": "generating"}, DONE)
    client = client_of(answer)
    told: list[str] = []
    video = client.wait(
        client.create_video(model="sora-2", prompt="p"), on_progress=lambda job: told.append(job.status)
    )
    assert (video.status, video.stage, video.done) == ("completed", "succeeded", True)
    assert told == ["in_progress", "generating", "completed"]
    assert [request.method for request in seen] == ["POST"] + ["GET"] * 4
    clock.assert_paused(*LOOKS[:4])


def test_an_id_is_asked_for_at_once(clock: Clock) -> None:
    """Nothing is known of it yet."""
    answer, seen = handler(DONE)
    assert client_of(answer).wait(ID).stage == "succeeded"
    assert (len(seen), clock.pauses) == (1, [0.0])


REASONS: list[tuple[Any, str, Any]] = [
    ({"message": "no cats", "code": "moderated"}, "no cats", "moderated"),
    ({"message": "no", "code": 7}, "no", "7"),
    ("out of credit", "out of credit", None),
    ({"message": ""}, "no reason given", None),
    (["no"], "no reason given", None),
    (None, "no reason given", None),
]


@pytest.mark.parametrize(("told", "reason", "code"), REASONS, ids=range(len(REASONS)))
def test_a_failed_job_is_an_error_that_says_why(told: Any, reason: str, code: Any) -> None:
    """In whatever shape the reason comes; the job is in it, and it is the same where it had failed before."""
    answer, seen = handler({"status": "failed", "error": told})
    with pytest.raises(errors.JobFailedError, match=f"job {ID} failed: .*{reason}") as caught:
        client_of(answer).wait(ID)
    assert (caught.value.reason, caught.value.code, caught.value.job_id) == (reason, code, ID)
    assert (caught.value.job.stage, caught.value.job.raw["error"]) == ("failed", told)
    with pytest.raises(errors.JobFailedError, match=reason):
        client_of(answer).wait(caught.value.job)
    assert len(seen) == 1


def test_a_job_that_has_succeeded_is_not_asked_for() -> None:
    """It will not change again."""
    answer, seen = handler(DONE)
    ended = Video.from_dict({**JOB, **DONE})
    assert client_of(answer).wait(ended) is ended
    assert seen == []


def test_a_job_with_only_its_older_id_is_waited_for(clock: Clock) -> None:
    """It was accepted all the same, and its result is fetched by that id; one without any cannot be waited for."""
    answer, seen = handler({"id": None, "task_id": "task_7"}, {"id": None, "task_id": "task_7", **DONE})
    client = client_of(answer)
    assert client.wait(client.create_video(model="sora-2", prompt="p")).id == "task_7"
    assert seen[1].url.path == f"{ASKED.path.partition('{')[0]}task_7"
    clock.assert_paused(LOOKS[0])
    with pytest.raises(ValueError, match="without an id"):
        client.wait(Video.from_dict({}))


@pytest.mark.parametrize("said", [{"status": "completed"}, {"status": "completed", "id": ID}], ids=["status", "both"])
def test_an_answer_of_few_fields_is_enough(said: dict[str, Any]) -> None:
    """Who asks for a job by its id knows which one it is told of; the job that is returned knows it too."""
    answer, _ = handler(job(**said))
    video = client_of(answer).wait(ID)
    assert (video.id, video.stage, video.progress, video.result_url) == (ID, "succeeded", None, None)
    assert client_of(answer).retrieve_video(ID).status == "completed"


@pytest.mark.parametrize("completed_at", [1764347190, 1764347190000, "1764347190", "2025-11-28T16:26:30Z"])
def test_an_end_in_any_unit_is_the_same_moment(completed_at: object) -> None:
    """Seconds, milliseconds, a text."""
    answer, _ = handler({**DONE, "completed_at": completed_at, "metadata": {"url": "https://cdn.example/v"}})
    video = client_of(answer).wait(ID)
    assert video.completed_time == dt.datetime(2025, 11, 28, 16, 26, 30, tzinfo=dt.UTC)
    assert video.result_url == "https://cdn.example/v"


@pytest.mark.parametrize("metadata", [None, "", [], {"url": ""}, {"url": None}, {"url": {"a": 1}}])
def test_no_address_is_made_up(metadata: object) -> None:
    """Servers say in several ways that there is no result yet."""
    assert Video.from_dict({**JOB, "metadata": metadata}).result_url is None


def test_the_deadline_is_kept(clock: Clock) -> None:
    """To the second; the error holds the job as it was last seen, and what went wrong at last."""
    answer, _ = handler(RUNNING)
    with pytest.raises(errors.WaitTimedOutError, match=r"within 60 s \(last seen 'in_progress'\)") as caught:
        client_of(answer).wait(ID, deadline=60)
    assert caught.value.job is not None
    assert (caught.value.job.progress, caught.value.job_id, caught.value.__cause__) == (30, ID, None)
    assert isinstance(caught.value, TimeoutError)
    assert clock.now == pytest.approx(1060.0)
    assert max(clock.pauses) <= 20.0

    answer, _ = handler(502)
    with pytest.raises(errors.WaitTimedOutError, match="never seen") as caught:
        client_of(answer).wait(ID, deadline=60)
    assert isinstance(caught.value.__cause__, errors.BadGatewayError)


@pytest.mark.parametrize("status", ["unknown", "expired", "", None, 7, ["completed"], {"a": 1}])
def test_an_unknown_status_loses_no_job(clock: Clock, status: object) -> None:
    """It may be one of a job that goes on: looked at until the deadline, which is finite by itself, and no longer."""
    answer, seen = handler({"status": status, "progress": 40})
    with pytest.raises(errors.WaitTimedOutError) as caught:
        client_of(answer).wait(MADE)
    assert caught.value.job is not None
    assert (caught.value.job.raw["status"], caught.value.job.progress) == (status, 40)
    assert clock.now == pytest.approx(1000 + 1800)
    assert len(seen) < 120


def test_a_server_that_says_nothing_is_not_waited_for_beyond_the_deadline(clock: Clock) -> None:
    """Each look has the time that is left, or a second at its end, and never more than the caller gives it."""
    given: list[float] = []

    def silent(request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]
        assert len(set(timeout.values())) >= 1
        given.append(timeout["read"])
        clock.now += timeout["read"]
        raise httpx.ReadTimeout("slow")

    with pytest.raises(errors.WaitTimedOutError):
        client_of(silent).wait(ID, deadline=100, timeout=30)
    assert given[0] == 30
    assert clock.now <= 1101
    assert min(given) >= 1


def test_a_deadline_that_has_come_leaves_one_look(clock: Clock) -> None:
    """Whoever asks for no waiting asks how it stands; whoever wants to wait for ever may."""
    answer, seen = handler(RUNNING, DONE)
    with pytest.raises(errors.WaitTimedOutError):
        client_of(answer).wait(MADE, deadline=0)
    assert (len(seen), clock.pauses) == (1, [0.0])
    assert client_of(answer).wait(MADE, deadline=math.inf).done


def test_the_interval_can_be_chosen(clock: Clock) -> None:
    """It does not grow then."""
    answer, _ = handler(RUNNING, RUNNING, 502, busy(429, "9"), DONE)
    assert client_of(answer).wait(MADE, poll_interval=5).done
    clock.assert_paused((5, 5.5), (5, 5.5), (5, 5.5), (5, 5.5), (9, 9))


@pytest.mark.parametrize(
    "given",
    [{"deadline": -1}, {"deadline": math.nan}, {"poll_interval": 0}, {"poll_interval": math.nan}],
    ids=lambda given: next(iter(given)),
)
def test_numbers_that_make_no_sense_are_refused(given: dict[str, float]) -> None:
    """Before anything is asked: they would make an endless loop, or one without a pause."""
    answer, seen = handler(RUNNING)
    with pytest.raises(ValueError, match="is a number of seconds"):
        client_of(answer).wait(ID, **given)
    assert seen == []


def test_the_clock_on_the_wall_decides_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may set it back while a job is waited for."""
    hours = iter(range(10**6, 0, -1))
    monkeypatch.setattr(time, "time", lambda: next(hours) * 3600.0)
    answer, seen = handler(RUNNING, DONE)
    assert client_of(answer).wait(ID, deadline=5).done
    assert (len(seen), clock.now < 1005) == (2, True)


def test_waiting_can_be_cancelled() -> None:
    """From another thread, or from the callback."""
    answer, seen = handler(RUNNING)
    cancel = threading.Event()
    with pytest.raises(errors.WaitCancelledError) as caught:
        client_of(answer).wait(ID, cancel=cancel, on_progress=lambda _: cancel.set())
    assert (caught.value.job or MADE).progress == 30
    assert len(seen) == 1


def test_an_error_of_the_callback_is_the_callers(clock: Clock) -> None:
    """It is not mistaken for trouble on the way."""
    answer, _ = handler(RUNNING)

    def fail(_: Any) -> None:
        raise errors.TransportError("mine", request=errors.SentRequest("", "", {}), ambiguous=False)

    with pytest.raises(errors.TransportError, match="mine"):
        client_of(answer).wait(ID, on_progress=fail)
    assert clock.now == 1000.0


def asynchronous(answer: Handler) -> AsyncVideosClient:
    return AsyncVideosClient(token="t", http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def test_waiting_works_without_blocking_too(clock: Clock) -> None:
    """With the same patience and the same errors; callbacks may be coroutine functions."""
    answer, _ = handler(RUNNING, busy(429, "9"), DONE)
    told: list[str] = []

    async def progress(job: Video) -> None:
        told.append(job.status)

    async def main() -> Video:
        async with asynchronous(answer) as client:
            await client.wait(ID, on_progress=lambda job: told.append(job.status))
            return await client.wait(ID, on_progress=progress)

    assert asyncio.run(main()).done
    assert told == ["in_progress", "completed", "completed"]
    clock.assert_paused(AT_ONCE, LOOKS[0], (9, 9), AT_ONCE)

    async def lacking() -> None:
        async with asynchronous(handler(405)[0]) as client:
            await client.wait(MADE)

    with pytest.raises(errors.NotOfferedError) as caught:
        asyncio.run(lacking())
    assert caught.value.job is MADE


def test_a_server_that_drips_holds_nobody_who_awaits_beyond_the_deadline() -> None:
    """Each of its pieces comes in time, but there is no end to them."""

    async def main() -> None:
        over = asyncio.Event()

        async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            with contextlib.suppress(ConnectionError):
                while not writer.is_closing():
                    writer.write(b"X-Patience: 1\r\n")
                    await writer.drain()
                    await asyncio.sleep(0.05)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            over.set()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, AsyncVideosClient(token="t", base_url=url) as client:
            with pytest.raises(errors.WaitTimedOutError) as caught:
                await asyncio.wait_for(client.wait(ID, deadline=0.1), 60)
            assert isinstance(caught.value.__cause__, TimeoutError)
            await asyncio.wait_for(over.wait(), 60)

    asyncio.run(main())


def test_a_task_that_waits_can_be_cancelled() -> None:
    """While it sleeps and while it asks: at once, with nothing caught on the way, and the client works on."""

    async def main() -> list[type]:
        asked = asyncio.Event()

        async def answer(_: httpx.Request) -> httpx.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

        found: list[type] = []
        async with AsyncVideosClient(
            token="t", http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer))
        ) as client:
            for given in (MADE, ID):  # the one sleeps first, the other asks
                task = asyncio.create_task(client.wait(given))
                await asyncio.sleep(0)
                if given is ID:
                    await asked.wait()
                task.cancel()
                found += [type(each) for each in await asyncio.gather(task, return_exceptions=True)]
        return found

    assert asyncio.run(main()) == [asyncio.CancelledError] * 2


def test_errors_of_waiting_travel_between_processes(clock: Clock) -> None:
    """With the job in them, and without the token."""
    answers: list[Told] = [{"status": "failed", "error": {"message": "no"}}, 403, 405]
    for said in answers:
        with (
            pytest.raises(errors.JobError) as caught,
            VideosClient(
                token="sk-a-secret", http_client=httpx.Client(transport=httpx.MockTransport(handler(said)[0]))
            ) as client,
        ):
            client.wait(MADE)
        sent = pickle.dumps(caught.value)
        assert b"sk-a-secret" not in sent
        copy = pickle.loads(sent)  # noqa: S301 - it was made just now
        assert (type(copy), str(copy), copy.job) == (type(caught.value), str(caught.value), caught.value.job)
    assert len(clock.pauses) == len(answers)


def test_waiting_is_drawn_among_the_errors() -> None:
    """The tree grows with the contract, as do the statuses."""
    drawn = str(errors.__doc__)
    names = [name for name in errors.__all__ if name.startswith(("Job", "Wait", "NotOffered"))]
    assert len(names) == 7
    assert [name for name in names if name not in drawn] == []
