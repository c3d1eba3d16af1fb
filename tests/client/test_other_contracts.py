"""An endpoint that is added to the contract gets everything, without a change to a template."""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest

import aiid_videos
from tests.client.recorder import JOB

Told = dict[str, Any] | int | Exception


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

        async def sleep(seconds: float) -> None:
            self.sleep(seconds)

        monkeypatch.setattr(asyncio, "sleep", sleep)

    def sleep(self, seconds: float) -> None:
        """Let some time pass."""
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the client sees."""
    return Clock(monkeypatch)


def handler(*answers: Told) -> tuple[Callable[[httpx.Request], httpx.Response], list[httpx.Request]]:
    """A server that gives some answers in turn, the last one for ever."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        said = answers[min(len(seen), len(answers) - 1)]
        seen.append(request)
        if isinstance(said, Exception):
            raise said
        return httpx.Response(said) if isinstance(said, int) else httpx.Response(200, json={**JOB, **said})

    return answer, seen


def client_of(package: ModuleType, answer: Callable[[httpx.Request], httpx.Response]) -> Any:
    return package.VideosClient(token="t", http_client=httpx.Client(transport=httpx.MockTransport(answer)))


def assert_paused(clock: Clock, *expected: tuple[float, float]) -> None:
    """Hold each pause that was made to the shortest and the longest that it may be."""
    assert len(clock.pauses) == len(expected)
    for pause, (least, most) in zip(clock.pauses, expected, strict=True):
        assert least <= pause <= most


# Between two looks: longer each time, less a fifth of jitter. Before a request is repeated: less a half.
AT_ONCE = (0.0, 0.0)
LOOKS = ((1.6, 2.0), (2.4, 3.0), (3.6, 4.5), (5.4, 6.75))
REPEATS = ((0.25, 0.5), (0.5, 1.0))


RUNNING, DONE = {"status": "in_progress", "progress": 30}, {"status": "completed", "progress": 100}


def test_waiting_needs_an_endpoint_to_ask() -> None:
    """The contract as it stands has none, so the client pretends nothing."""
    assert not hasattr(aiid_videos.VideosClient, "wait")


def test_a_job_is_read(polling: ModuleType) -> None:
    """The new operation is a method like the others."""
    answer, seen = handler(RUNNING)
    video = client_of(polling, answer).get_video(video_id="a/b")
    assert (video.status, video.stage) == ("in_progress", "running")
    assert (seen[0].method, seen[0].url.raw_path) == ("GET", b"/v1/videos/a%2Fb")


def test_a_job_is_waited_for(polling: ModuleType, clock: Clock) -> None:
    """Until it ends, at growing intervals; whoever wants to know is told of each change."""
    answer, seen = handler({}, RUNNING, RUNNING, {"status": "generating"}, DONE)
    client = client_of(polling, answer)
    told: list[str] = []
    video = client.wait(
        client.create_video(model="sora-2", prompt="p"), on_progress=lambda job: told.append(job.status)
    )
    assert (video.status, video.stage, video.done) == ("completed", "succeeded", True)
    assert told == ["in_progress", "generating", "completed"]
    assert [request.method for request in seen] == ["POST"] + ["GET"] * 4
    assert_paused(clock, *LOOKS)


def test_an_id_is_asked_for_at_once(polling: ModuleType, clock: Clock) -> None:
    """Nothing is known of it yet; a failed job is a result too."""
    answer, seen = handler({"status": "failed", "error": {"message": "no"}})
    video = client_of(polling, answer).wait("video_abc123")
    assert (video.stage, video.error.message) == ("failed", "no")
    assert (len(seen), clock.pauses) == (1, [0.0])


def test_a_job_with_only_its_older_id_is_waited_for(polling: ModuleType, clock: Clock) -> None:
    """It was accepted all the same; one without any cannot be."""
    answer, seen = handler({"id": None, "task_id": "task_7"}, DONE)
    client = client_of(polling, answer)
    job = client.create_video(model="sora-2", prompt="p")
    assert client.wait(job).done
    assert seen[1].url.path == "/v1/videos/task_7"
    assert_paused(clock, LOOKS[0])
    with pytest.raises(ValueError, match="without an id"):
        client.wait(polling.models.Video.from_dict({}))


def test_a_job_that_has_ended_is_not_asked_for(polling: ModuleType) -> None:
    """It will not change again."""
    answer, seen = handler(DONE)
    job = polling.models.Video.from_dict({**JOB, **DONE})
    assert client_of(polling, answer).wait(job) is job
    assert seen == []


def test_trouble_on_the_way_does_not_end_the_waiting(polling: ModuleType, clock: Clock) -> None:
    """The job goes on whether or not its server can be reached."""
    answer, _ = handler(
        502, httpx.ReadTimeout("slow"), httpx.ReadTimeout("slow"), httpx.ReadTimeout("slow"), RUNNING, DONE
    )
    assert client_of(polling, answer).wait("video_abc123").done
    assert_paused(clock, AT_ONCE, LOOKS[0], *REPEATS, *LOOKS[1:3])


def test_a_refusal_ends_the_waiting(polling: ModuleType, clock: Clock) -> None:
    """Asking again would change nothing."""
    answer, seen = handler(404)
    with pytest.raises(polling.errors.NotFoundError):
        client_of(polling, answer).wait("video_abc123")
    assert (len(seen), clock.now) == (1, 1000.0)


def test_the_deadline_is_kept(polling: ModuleType, clock: Clock) -> None:
    """To the second; the error holds the job as it was last seen."""
    answer, _ = handler(RUNNING)
    with pytest.raises(polling.errors.WaitTimedOutError, match=r"within 60 s \(last seen 'in_progress'\)") as caught:
        client_of(polling, answer).wait("video_abc123", deadline=60)
    assert caught.value.job.progress == 30
    assert isinstance(caught.value, TimeoutError)
    assert clock.now == pytest.approx(1060.0)
    assert max(clock.pauses) <= 20.0

    answer, _ = handler(502)
    with pytest.raises(polling.errors.WaitTimedOutError, match="never seen") as caught:
        client_of(polling, answer).wait("video_abc123", deadline=60)
    assert isinstance(caught.value.__cause__, polling.errors.BadGatewayError)


def test_waiting_can_be_cancelled(polling: ModuleType) -> None:
    """From another thread, or from the callback."""
    answer, seen = handler(RUNNING)
    cancel = threading.Event()
    with pytest.raises(polling.errors.WaitCancelledError) as caught:
        client_of(polling, answer).wait("video_abc123", cancel=cancel, on_progress=lambda _: cancel.set())
    assert caught.value.job.progress == 30
    assert len(seen) == 1


def test_an_error_of_the_callback_is_the_callers(polling: ModuleType, clock: Clock) -> None:
    """It is not mistaken for trouble on the way."""
    answer, _ = handler(RUNNING)

    def fail(_: Any) -> None:
        raise polling.errors.TransportError("mine", request=polling.errors.SentRequest("", "", {}), ambiguous=False)

    with pytest.raises(polling.errors.TransportError, match="mine"):
        client_of(polling, answer).wait("video_abc123", on_progress=fail)
    assert clock.now == 1000.0


def test_waiting_works_without_blocking_too(polling: ModuleType, clock: Clock) -> None:
    """Callbacks may be coroutine functions; cancelling is cancelling the task."""
    answer, _ = handler(RUNNING, DONE)
    told: list[str] = []

    async def progress(job: Any) -> None:
        told.append(job.status)

    async def main() -> Any:
        transport = httpx.MockTransport(answer)
        async with polling.AsyncVideosClient(token="t", http_client=httpx.AsyncClient(transport=transport)) as client:
            await client.wait("video_abc123", on_progress=lambda job: told.append(job.status))
            return await client.wait("video_abc123", on_progress=progress)

    assert asyncio.run(main()).done
    assert told == ["in_progress", "completed", "completed"]
    assert_paused(clock, AT_ONCE, LOOKS[0], AT_ONCE)


def test_reading_is_tried_again_after_any_failure(polling: ModuleType, clock: Clock) -> None:
    """A GET changes nothing, so it is never ambiguous."""
    reset = httpx.ReadError("reset")
    answer, seen = handler(reset, reset, RUNNING)
    assert client_of(polling, answer).get_video(video_id="x").id == "video_abc123"
    assert len(seen) == 3
    assert_paused(clock, *REPEATS)
    answer, _ = handler(reset)
    with pytest.raises(polling.errors.TransportError) as caught:
        client_of(polling, answer).get_video(video_id="x")
    assert caught.value.ambiguous is False


def test_a_segment_names_no_other_resource(polling: ModuleType) -> None:
    """What comes from data cannot climb out of its place in a path."""
    answer, seen = handler(DONE)
    client_of(polling, answer).get_video(video_id="a/b?c#d é")
    assert seen[0].url.raw_path == b"/v1/videos/a%2Fb%3Fc%23d%20%C3%A9"
    for bad in ("", ".", ".."):
        with pytest.raises(ValueError, match="cannot stand in a path"):
            client_of(polling, answer).get_video(video_id=bad)


def test_waiting_is_drawn_among_the_errors(polling: ModuleType) -> None:
    """The tree grows with the contract, as do the statuses."""
    assert "WaitTimedOutError" in polling.errors.__doc__
    assert "NotFoundError" in polling.errors.__doc__
    assert issubclass(polling.errors.NotFoundError, polling.errors.ClientError)


@pytest.fixture
def calls(everything: ModuleType) -> Callable[[Any], tuple[Any, list[httpx.Request]]]:
    """Make a client of everything whose server gives one answer."""

    def make(response: httpx.Response) -> tuple[Any, list[httpx.Request]]:
        seen: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            request.read()
            seen.append(request)
            return response

        return client_of(everything, answer), seen

    return make


def test_queries_headers_and_lists(calls: Any, everything: ModuleType) -> None:
    """Parameters go where the contract says, and what is left out is not sent."""
    client, seen = calls(httpx.Response(200, json=[JOB, {**JOB, "id": "b"}]))
    listed = client.list_videos(after="x y", status=["queued", "failed"], x_trace="t1")
    assert [video.id for video in listed] == ["video_abc123", "b"]
    assert all(isinstance(video, everything.models.Video) for video in listed)
    assert seen[0].url.query == b"after=x%20y&status=queued&status=failed"
    assert seen[0].headers["X-Trace"] == "t1"
    assert client.list_videos(after="", limit=0) == listed
    assert seen[1].url.query == b"limit=0&after="
    assert "X-Trace" not in seen[1].headers


def test_answers_without_a_body_and_answers_of_bytes(calls: Any) -> None:
    """None, and the bytes."""
    client, seen = calls(httpx.Response(204))
    assert client.delete_video(video_id="x") is None
    assert seen[0].method == "DELETE"
    client, seen = calls(httpx.Response(200, content=b"\x00\x01"))
    assert client.download_content(video_id="x") == b"\x00\x01"
    assert seen[0].url.path == "/v1/videos/x/content"


def test_a_json_body_tells_null_from_absence(calls: Any, everything: ModuleType) -> None:
    """Names that Python or the client needs for itself get an underscore, on this side only."""
    client, seen = calls(httpx.Response(200, json=JOB))
    client.remix_video(video_id="x", prompt="p")
    client.remix_video(
        video_id="x",
        prompt="p",
        strength=None,
        loop=False,
        class_="c",
        timeout_=3,
        tags=["a"],
        children=[{"prompt": "q"}, everything.models.Remix(prompt="r", camera=everything.models.Camera(angle=1.5))],
        additional_properties={"more": True},
    )
    import json

    assert json.loads(seen[0].content) == {"prompt": "p"}
    assert json.loads(seen[1].content) == {
        "more": True,
        "prompt": "p",
        "strength": None,
        "loop": False,
        "class": "c",
        "timeout": 3,
        "tags": ["a"],
        "children": [{"prompt": "q"}, {"prompt": "r", "camera": {"angle": 1.5}}],
    }
    client, _ = calls(httpx.Response(409, json={"message": "busy"}))
    with pytest.raises(everything.errors.ClientError, match="409: busy"):
        client.remix_video(video_id="x", prompt="p")


def test_models_that_hold_each_other_are_read(everything: ModuleType) -> None:
    """A circle in the contract is no circle in the imports."""
    read = everything.models.Remix.from_dict(
        {"prompt": "a", "strength": "0.5", "loop": "true", "camera": {"angle": "2", "remix": {"prompt": "b"}}, "x": 1}
    )
    assert (read.strength, read.loop, read.camera.angle, read.camera.remix.prompt) == (0.5, True, 2.0, "b")
    assert read.to_dict()["camera"] == {"angle": 2.0, "remix": {"prompt": "b"}}
    assert everything.models.Remix.__doc__ == 'How to change it; "quoted" and \\escaped """ text.'


def test_every_operation_has_all_its_forms(everything: ModuleType) -> None:
    """Sync and async methods with the same parameters, documented, and the four plain functions."""
    import importlib

    for name, tag in [("create_video", "videos"), ("list_videos", "videos"), ("download_content", "files")]:
        sync, async_ = getattr(everything.VideosClient, name), getattr(everything.AsyncVideosClient, name)
        assert inspect.signature(sync) == inspect.signature(async_)
        assert inspect.iscoroutinefunction(async_)
        assert "Args:" in sync.__doc__
        module = importlib.import_module(f"{everything.__name__}.api.{tag}.{name}")
        assert {"sync", "sync_detailed", "asyncio", "asyncio_detailed"} <= set(vars(module))


def test_times_are_aware(polling: ModuleType) -> None:
    """Each time of the contract has its datetime."""
    job = polling.models.Video.from_dict(JOB)
    assert job.created_time.tzinfo is dt.UTC


def test_a_contract_of_another_kind_gets_a_client_too(smallest: ModuleType) -> None:
    """Without a server, a key, a tag or a shared schema; names that every client has are not hidden."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        said = {"/ping": httpx.Response(200, json={"a": "1.5", "b": 5}), "/form": httpx.Response(201, json="made")}
        return said.get(request.url.path, httpx.Response(204))

    with pytest.raises(smallest.errors.ConfigurationError, match="absolute http or https URL"):
        smallest.TinyThingClient()
    http = httpx.Client(transport=httpx.MockTransport(answer))
    with smallest.TinyThingClient(base_url="http://tiny.example/", http_client=http) as client:
        pong = client.close_()
        assert (pong.a, pong.b) == (1.5, 5)
        assert client.put_raw(body=b"bytes", dry_run=True) is None
        assert client.send_form(files=[b"x", ("y.txt", b"y")], nested=[["a", "b"], []]) == "made"
    assert seen[1].content == b"bytes"
    assert seen[1].url.query == b"dry-run=true"
    for part in (b'name="files"; filename="files"', b'filename="y.txt"', b'["a","b"]', b"[]"):
        assert part in seen[2].content
    assert "Authorization" not in seen[2].headers
