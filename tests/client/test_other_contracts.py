"""An endpoint that is added to the contract gets everything, without a change to a template."""

from __future__ import annotations

import importlib
import inspect
import io
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.client.recorder import JOB
from tests.client.scripted import Clock, client_of, handler

# Before a request is repeated: longer each time, less a half of jitter.
REPEATS = ((0.25, 0.5), (0.5, 1.0))
RUNNING, DONE = {"status": "in_progress", "progress": 30}, {"status": "completed", "progress": 100}


def test_waiting_needs_an_operation_to_ask(letters: ModuleType, loans: ModuleType, everything: ModuleType) -> None:
    """A contract without jobs, or without a way to look at them, gets a client that pretends nothing."""
    assert not hasattr(letters.LettersClient, "wait")
    assert not hasattr(loans.LoansClient, "wait")
    assert hasattr(everything.VideosClient, "wait")


def test_an_operation_that_every_server_has_is_never_missing(everything: ModuleType, clock: Clock) -> None:
    """Where the contract leaves no choice, a 404 says that there is no such job."""
    answer, seen = handler(404)
    with pytest.raises(everything.errors.WaitRefusedError) as caught:
        client_of(answer, everything).wait("video_abc123")
    assert isinstance(caught.value.refusal, everything.errors.NotFoundError)
    assert not isinstance(caught.value, everything.errors.NotOfferedError)
    assert (len(seen), clock.now) == (1, 1000.0)


def test_a_job_is_read(everything: ModuleType) -> None:
    """The new operation is a method like the others; what stands in its path needs no name."""
    answer, seen = handler(RUNNING)
    client = client_of(answer, everything)
    assert client.get_video(video_id="a/b") == client.get_video("a/b")
    video = client.get_video("a/b")
    assert (video.status, video.stage) == ("in_progress", "running")
    assert (seen[0].method, seen[0].url.raw_path) == ("GET", b"/v1/videos/a%2Fb")


def test_reading_is_tried_again_after_any_failure(everything: ModuleType, clock: Clock) -> None:
    """A GET changes nothing, so it is never ambiguous."""
    reset = httpx.ReadError("reset")
    answer, seen = handler(reset, reset, RUNNING)
    assert client_of(answer, everything).get_video(video_id="x").id == "video_abc123"
    assert len(seen) == 3
    clock.assert_paused(*REPEATS)
    answer, _ = handler(reset)
    with pytest.raises(everything.errors.TransportError) as caught:
        client_of(answer, everything).get_video(video_id="x")
    assert caught.value.ambiguous is False


def test_a_segment_names_no_other_resource(everything: ModuleType) -> None:
    """What comes from data cannot climb out of its place in a path."""
    answer, seen = handler(DONE)
    client_of(answer, everything).get_video(video_id="a/b?c#d é")
    assert seen[0].url.raw_path == b"/v1/videos/a%2Fb%3Fc%23d%20%C3%A9"
    for bad in ("", ".", ".."):
        with pytest.raises(ValueError, match="cannot stand in a path"):
            client_of(answer, everything).get_video(video_id=bad)


@pytest.fixture
def calls(everything: ModuleType) -> Callable[[Any], tuple[Any, list[httpx.Request]]]:
    """Make a client of everything whose server gives one answer."""

    def make(response: httpx.Response) -> tuple[Any, list[httpx.Request]]:
        seen: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            request.read()
            seen.append(request)
            return response

        return client_of(answer, everything), seen

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


def test_answers_without_a_body_and_answers_of_bytes(calls: Any, everything: ModuleType) -> None:
    """None, and the bytes: saved by the method, returned by the plain function."""
    client, seen = calls(httpx.Response(204))
    assert client.delete_video(video_id="x") is None
    assert seen[0].method == "DELETE"
    client, seen = calls(httpx.Response(200, content=b"\x00\x01"))
    assert client.download_content("x", saved := io.BytesIO()).size == 2
    assert saved.getvalue() == b"\x00\x01"
    plain = importlib.import_module(f"{everything.__name__}.api.files.download_content")
    assert plain.sync(client=client, video_id="x") == b"\x00\x01"
    assert [request.url.path for request in seen] == ["/v1/videos/x/content"] * 2


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
        extra_fields={"more": True},
    )
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
    client.remix_video(video_id="x", prompt="p", extra_fields={"loop": "perhaps"})
    assert json.loads(seen[2].content) == {"prompt": "p", "loop": "perhaps"}
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
    for name, tag in [("create_video", "videos"), ("list_videos", "videos"), ("download_content", "files")]:
        sync, async_ = getattr(everything.VideosClient, name), getattr(everything.AsyncVideosClient, name)
        assert given(sync) == given(async_)
        assert inspect.iscoroutinefunction(async_)
        assert "Args:" in sync.__doc__
        module = importlib.import_module(f"{everything.__name__}.api.{tag}.{name}")
        functions = {"sync", "sync_detailed", "asyncio", "asyncio_detailed"}
        if name.startswith("download"):
            functions |= {"sync_saved", "asyncio_saved"}
        assert functions <= set(vars(module))


def given(method: Callable[..., Any]) -> list[inspect.Parameter]:
    """What a method takes; callbacks may be coroutine functions where the method is one."""
    found = inspect.signature(method).parameters.values()
    return [
        each.replace(annotation=each.annotation.replace("Awaitable[object] | ", ""))
        for each in found
        if each.name != "self"
    ]


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
