"""The client against the reference server: correct, in every variant, and with every fault."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, VideosError
from aiid_videos.errors import (
    ClientError,
    JobError,
    JobFailedError,
    NotOfferedError,
    UnauthorizedError,
    WaitCancelledError,
)
from aiid_videos.models import ContentItem, Video
from aiid_videos.types import Download
from conformance.contract import Contract, load
from conformance.reference import ReferenceServer
from conformance.reference.named_behaviours import named_behaviours

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c630001000000050001a5f645400000000049454e44ae426082"
)
BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}
FULL: dict[str, Any] = {
    **BARE,
    "image": ("cat.png", PNG),
    "duration": 8,
    "width": 1280,
    "height": 720,
    "fps": 30,
    "seed": 7,
    "n": 1,
    "response_format": "url",
    "user": "user-1",
    "metadata": {"style": "noir", "deep": [None, True]},
    "mode": "t2v",
    "images": ["https://example.com/a.png", "https://example.com/b.png"],
    "content": [{"type": "text", "text": "a cat"}, ContentItem.from_dict({"type": "text"})],
    "size": "1280x720",
    "seconds": "8",
    "input_reference": ("reference.png", PNG, "image/png"),
    "parameters": {"resolution": "720p"},
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract, read once."""
    return load()


@pytest.fixture(scope="module")
def server(contract: Contract) -> Iterator[ReferenceServer]:
    """The correct server."""
    with ReferenceServer(contract) as running:
        yield running


def test_every_field_is_accepted_and_every_answer_read(server: ReferenceServer, tmp_path: Path) -> None:
    """By a server that judges each byte by the contract."""
    (tmp_path / "猫.png").write_bytes(PNG)
    with VideosClient(token=server.token, base_url=server.url) as client:
        ids = []
        for given in (BARE, FULL, {**BARE, "image": tmp_path / "猫.png"}, {**BARE, "input_reference": {"url": "x"}}):
            began = dt.datetime.now(dt.UTC)
            video = client.create_video(**given)
            assert (video.model, video.stage, video.done) == ("sora-2", "waiting", False)
            assert video.created_time is not None
            # The server tells milliseconds.
            assert began - dt.timedelta(milliseconds=1) <= video.created_time <= dt.datetime.now(dt.UTC)
            ids.append(video.id)
        assert [len(re.findall("^video_[0-9a-f]{32}$", name)) for name in ids] == [1] * 4
        assert len(set(ids)) == 4
        assert client.create_video(**FULL).size == "1280x720"


def test_the_asynchronous_client_is_accepted_too(server: ReferenceServer) -> None:
    """Several at once."""

    async def main() -> list[Video]:
        async with AsyncVideosClient(token=server.token, base_url=server.url) as client:
            return await asyncio.gather(*(client.create_video(**FULL) for _ in range(5)))

    assert len({video.id for video in asyncio.run(main())}) == 5


def test_a_job_is_made_waited_for_and_saved(server: ReferenceServer, tmp_path: Path) -> None:
    """With each change told on the way, and refused before its end; blocking, and several at once without."""
    told: list[Any] = []

    async def main() -> list[Download]:
        async with AsyncVideosClient(token=server.token, base_url=server.url) as client:

            async def made(name: str) -> Download:
                video = await client.wait(await client.create_video(**BARE), poll_interval=0.01)
                return await client.download_video_content(video.id, tmp_path / name)

            return await asyncio.gather(*map(made, ["a", "b", "c"]))

    with VideosClient(token=server.token, base_url=server.url) as client:
        video = client.create_video(**BARE)
        with pytest.raises(ClientError):
            client.download_video_content(video.id, tmp_path / "early")
        done = client.wait(video.id, poll_interval=0.01, on_progress=lambda job: told.append(job.stage))
        assert (done.stage, done.id, client.retrieve_video(done.id)) == ("succeeded", video.id, done)
        assert told == ["running"] * 3 + ["succeeded"]
        saved = client.download_video_content(done.id, tmp_path / "cat.mp4")
    assert saved.size == (tmp_path / "cat.mp4").stat().st_size > 0
    assert {one.size for one in asyncio.run(main())} == {saved.size}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", "cat.mp4"]


def test_a_job_that_fails_says_why(server: ReferenceServer) -> None:
    """The reason of the server, and the job with it; there is nothing to save."""
    with httpx.Client(headers={"Prefer": "job=failed"}) as http:
        client = VideosClient(token=server.token, base_url=server.url, http_client=http)
        video = client.create_video(**BARE)
        with pytest.raises(JobFailedError) as caught:
            client.wait(video, poll_interval=0.01)
        assert (caught.value.job_id, caught.value.job.stage) == (video.id, "failed")
        assert caught.value.reason in str(caught.value)
        assert caught.value.reason != "no reason given"
        with pytest.raises(ClientError):
            client.download_video_content(video.id, io.BytesIO())


def test_a_wrong_token_is_refused(server: ReferenceServer) -> None:
    """With the server's reason."""
    with VideosClient(token="sk-wrong", base_url=server.url) as client, pytest.raises(UnauthorizedError) as caught:
        client.create_video(**BARE)
    assert caught.value.message == "the credential is not known"


ENTRIES = named_behaviours().entries
IDS = ("id", "task_id")


@pytest.mark.parametrize("name", ENTRIES)
def test_whatever_a_server_does_is_a_job_or_an_error_of_ours(contract: Contract, name: str) -> None:
    """No surprise of a server is a surprise to the caller; a job that it told of is never lost."""
    with (
        ReferenceServer(contract, behaviours=[name]) as server,
        VideosClient(token=server.token, base_url=server.url, timeout=1, max_retries=0) as client,
    ):
        outcome = outcome_of(client, FULL)
        if isinstance(outcome, Video):
            told = named_in(outcome.raw)
            assert told != []
            assert named_in({name: getattr(outcome, name) for name in IDS}) == told
            creates = server.creates
            trouble = lived(client, outcome)
            assert server.creates == creates
            # Of a correct server nothing but its own word, or the caller's patience, ends a wait for a job.
            has_ended = trouble is None or isinstance(trouble, JobFailedError | NotOfferedError | WaitCancelledError)
            assert has_ended or ENTRIES[name].kind == "fault"
            assert server.token not in f"{trouble!r}{vars(trouble) if trouble else None}"
            if isinstance(trouble, JobError):
                assert trouble.job is not None
                assert trouble.job_id in named_in(outcome.raw)
        else:
            if getattr(outcome, "status_code", 200) < 300:
                assert named_in(getattr(outcome, "answer", None)) == [], "a success with an id is a job"
            assert server.token not in f"{outcome!r}{vars(outcome)}"


def named_in(answer: Any) -> list[str]:
    """The ids that an answer gives a job, as text."""
    fields = answer if isinstance(answer, dict) else {}
    return [str(fields[name]) for name in IDS if fields.get(name) not in (None, "")]


def outcome_of(client: VideosClient, given: dict[str, Any]) -> Video | VideosError:
    try:
        return client.create_video(**given)
    except VideosError as error:
        return error


class FewLooks(threading.Event):
    """Time that does not pass, and patience for a dozen looks."""

    looks = 0

    def wait(self, timeout: float | None = None) -> bool:
        """Say at once whether it is enough."""
        del timeout
        self.looks += 1
        return self.looks > 12


def lived(client: VideosClient, job: Video) -> VideosError | None:
    """Wait for a job and save what it made; return what went wrong."""
    try:
        done = client.wait(job, cancel=FewLooks())
        assert (done.stage, bool(done.id)) == ("succeeded", True)
        assert client.download_video_content(done.id, io.BytesIO()).size > 0
    except VideosError as error:
        return error
    return None
