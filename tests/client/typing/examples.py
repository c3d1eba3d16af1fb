"""How the client is used; strict type checkers must have nothing to say about this file."""

from __future__ import annotations

import io
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import assert_type

import httpx
import httpx2

from aiid_videos import AsyncVideosClient, VideosClient, VideosError
from aiid_videos.api.videos import create_video, download_video_content
from aiid_videos.errors import (
    AnswerError,
    JobError,
    JobFailedError,
    NotOfferedError,
    TimedOutError,
    TooManyRequestsError,
    TransportError,
)
from aiid_videos.models import (
    ContentItem,
    CreateVideoRequest,
    ErrorAnswer,
    RequestMetadata,
    Video,
    VideoModel,
    VideoStatus,
)
from aiid_videos.types import Download, Response


def every_kind_of_input(client: VideosClient, model: VideoModel) -> None:
    """Each way in which a field can be given."""
    client.create_video(model="sora-2", prompt="p")
    client.create_video(model=model, prompt="p", duration=8, seconds="8", seed=None, timeout=3.5, max_retries=0)
    client.create_video(model=model, prompt="p", image=Path("cat.png"), timeout=httpx.Timeout(5))
    client.create_video(model=model, prompt="p", image=b"...", input_reference="https://example.com/a.png")
    client.create_video(model=model, prompt="p", image=io.BytesIO(b"..."), input_reference={"url": "x"})
    client.create_video(model=model, prompt="p", image=("a.png", b"..."), input_reference=Path("a.png"))
    client.create_video(model=model, prompt="p", image=("a.png", Path("a.png"), "image/png"))
    client.create_video(model=model, prompt="p", metadata={"style": "noir"}, parameters={"deep": [1, None]})
    client.create_video(model=model, prompt="p", metadata=RequestMetadata.from_dict({"style": "noir"}))
    client.create_video(model=model, prompt="p", images=["https://a"], content=[{"type": "text"}])
    client.create_video(model=model, prompt="p", images=("https://a",), content=(ContentItem.from_dict({}),))
    client.create_video(model=model, prompt="p", extra_fields={"new": True})
    with Path("cat.png").open("rb") as file:
        client.create_video(model=model, prompt="p", image=file)


def models_from_elsewhere(client: VideosClient, configured: str, chosen: VideoModel) -> None:
    """A name from a file of settings, one of the contract's, and one that it does not know yet."""
    client.create_video(model=os.environ.get("MODEL", configured), prompt="p")
    client.create_video(model=chosen, prompt="p")
    client.create_video(model="newer-than-the-contract", prompt="p")
    either: VideoModel | str = chosen
    assert_type(client.create_and_wait(model=either, prompt="p", deadline=60, cancel=threading.Event()), Video)
    assert_type(CreateVideoRequest(model=configured, prompt="p").model, VideoModel | str)


def where_it_stands(video: Video, configured: str) -> str:
    """Compared with the contract's words, with any text, or by what they stand for."""
    if video.status == "failed" or video.status in ("queued", "in_progress") or video.status == configured:
        return video.status
    ended: tuple[VideoStatus, ...] = ("completed", "failed")
    return "ended" if video.status in ended or video.stage == "succeeded" else "goes on"


def what_comes_back(client: VideosClient) -> str:
    """Each value has the type that the contract gives it."""
    video = client.create_video(model="sora-2", prompt="p")
    assert_type(video, Video)
    assert_type(video.status, VideoStatus)
    assert_type(video.progress, int)
    assert_type(video.seconds, str | None)
    assert_type(video.created_time, datetime | None)
    if video.status == "completed" and video.metadata is not None and video.metadata.url is not None:
        return video.metadata.url
    return video.error.message or "?" if video.error else video.id


def errors(client: VideosClient) -> object:
    """From the most precise to the root."""
    try:
        return client.create_video(model="sora-2", prompt="p")
    except TooManyRequestsError as error:
        return error.message, error.request_id
    except AnswerError as error:
        return error.status_code, error.code, error.content, error.request.url
    except TimedOutError as error:
        return error.ambiguous
    except TransportError as error:
        return error.request.method
    except VideosError as error:
        return str(error)


async def asynchronous() -> Video:
    """The same, awaited."""
    async with AsyncVideosClient(token="…", base_url="http://127.0.0.1", timeout=5) as client:
        return await client.create_video(model="veo3", prompt="p", image=Path("cat.png"))


def plain_functions(client: VideosClient) -> Video | None:
    """Refusals as values."""
    body = CreateVideoRequest(model="sora-2", prompt="p", metadata={"a": 1})
    response = create_video.sync_detailed(client=client, body=body)
    assert_type(response, Response[Video | ErrorAnswer])
    return response.parsed if isinstance(response.parsed, Video) else None


def a_whole_job(client: VideosClient) -> Download:
    """Made, waited for and saved."""
    told: list[object] = []
    video = client.wait(client.create_video(model="sora-2", prompt="p"), deadline=60, poll_interval=5, timeout=3)
    assert_type(video, Video)
    assert_type(video.result_url, str | None)
    client.wait("video_1", on_progress=lambda job: told.append(job.progress), cancel=threading.Event())
    client.download_video_content(video.id, Path("cat.mp4"), overwrite=True)
    client.download_video_content(
        video_id=video.id, path=io.BytesIO(), on_progress=lambda size, total: told.append((size, total))
    )
    with Path("cat.mp4").open("wb") as file:
        client.download_video_content("video_1", file, max_retries=0)
    saved = client.download_video_content(client.retrieve_video("video_1").id, "cat.mp4")
    assert_type(saved, Download)
    assert_type(saved.path, Path | None)
    assert_type(saved.size, int)
    assert_type(download_video_content.sync(client=client, video_id="v"), bytes | ErrorAnswer | None)
    return saved


async def a_whole_job_awaited(client: AsyncVideosClient) -> int:
    """Callbacks may be coroutine functions, or not."""
    told: list[int] = []

    async def progress(job: Video) -> None:
        told.append(job.progress)

    video = await client.wait("video_1", on_progress=progress)
    assert_type(video, Video)
    assert_type(await client.create_and_wait(model="sora-2", prompt="p", on_progress=progress, deadline=5), Video)
    saved = await client.download_video_content(video.id, "cat.mp4", on_progress=lambda size, _: told.append(size))
    return saved.size


def jobs_that_gave_nothing(client: VideosClient) -> object:
    """Whatever ended the waiting, the job is at hand."""
    try:
        return client.wait("video_1")
    except JobFailedError as error:
        assert_type(error.job, Video)
        return error.code, error.reason
    except NotOfferedError as error:
        return error.refusal.status_code
    except JobError as error:
        assert_type(error.job, Video | None)
        return error.job_id


def other_libraries(mine: httpx.Client, awaited: httpx.AsyncClient) -> None:
    """Whatever has the surface of httpx sends the requests."""
    for client in (VideosClient(http_client=mine), VideosClient(http_client=httpx2.Client(), max_connections=5)):
        assert_type(client.with_options(timeout=httpx2.Timeout(3), extra_headers={"X-Trace": "t"}), VideosClient)
    AsyncVideosClient(http_client=awaited)
    AsyncVideosClient(http_client=httpx2.AsyncClient(), timeout=5)


async def raw_answers(client: VideosClient, awaiting: AsyncVideosClient) -> None:
    """The same arguments, the whole answer."""
    answer = client.with_raw_response.create_video(model="sora-2", prompt="p", extra_fields={"new": 1})
    assert_type(answer, Response[Video])
    assert_type(answer.parsed, Video | None)
    assert_type(await awaiting.with_raw_response.retrieve_video("x", timeout=3), Response[Video])
    assert_type(client.create_video(model="sora-2", prompt="p").request_id, str | None)
