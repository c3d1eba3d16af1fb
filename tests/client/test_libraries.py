"""The client works over the HTTP library that it comes with, and over another one with the same surface."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import httpx
import httpx2
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from tests.client.recorder import RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN
from tests.client.videos import VIDEO, content

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}
LIBRARIES = [httpx, httpx2]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_a_client_of_another_library_is_used_as_it_is(library: ModuleType, recorder: RequestRecorder) -> None:
    """With its own headers, and whatever time-outs its library has; it stays open."""
    with library.Client(headers={"X-Mine": "yes"}) as mine:
        client = VideosClient(token=TOKEN, base_url=recorder.url, http_client=mine, timeout=library.Timeout(7))
        assert client.create_video(**BARE, image=io.BytesIO(b"bytes"), timeout=library.Timeout(5)).id == "video_abc123"
        client.close()
        assert not mine.is_closed
    assert recorder.last.headers["X-Mine"] == "yes"
    assert recorder.last.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_an_awaiting_client_of_another_library_is_used_as_it_is(
    library: ModuleType, recorder: RequestRecorder, tmp_path: Path
) -> None:
    """Also for what is streamed, in both directions."""
    (image := tmp_path / "cat.png").write_bytes(bytes(1 << 20))

    async def main() -> None:
        async with library.AsyncClient() as mine:
            client = AsyncVideosClient(token=TOKEN, base_url=recorder.url, http_client=mine)
            await client.create_video(**BARE, image=image)
            assert len(recorder.last.body) > 1 << 20
            recorder.answers.append(content())
            await client.download_video_content("x", saved := io.BytesIO())
            assert saved.getvalue() == VIDEO

    asyncio.run(main())


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_errors_of_another_library_mean_the_same(library: ModuleType, recorder: RequestRecorder) -> None:
    """What was never sent is tried again, what may have been carried out is not."""
    with library.Client() as mine:
        client = VideosClient(token=TOKEN, base_url=recorder.url, http_client=mine)
        recorder.answers.append(ScriptedAnswer(hang_up=True))
        with pytest.raises(errors.TransportError) as caught:
            client.create_video(**BARE)
        assert (caught.value.ambiguous, caught.value.repeats) == (True, 0)
        assert isinstance(caught.value.__cause__, library.RemoteProtocolError)
        recorder.answers.append(ScriptedAnswer.of({"error": {"message": f"bad key {TOKEN}"}}, 401))
        with pytest.raises(errors.UnauthorizedError, match=r"bad key \*\*\*"):
            client.create_video(**BARE)


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_a_client_of_the_wrong_kind_is_refused_at_once(library: ModuleType) -> None:
    """One that awaits cannot block, nor the other way round; the error says where it belongs."""
    for ours, other, given in (
        (VideosClient, "AsyncVideosClient", library.AsyncClient()),
        (AsyncVideosClient, "VideosClient", library.Client()),
    ):
        with pytest.raises(errors.ConfigurationError, match=f"not a {type(given).__name__}; that belongs to {other}$"):
            ours(token=TOKEN, http_client=given)
        with pytest.raises(errors.ConfigurationError, match=r"not a str$"):
            ours(token=TOKEN, http_client=cast("Any", "http://proxy.example"))


def test_nobody_is_warned_of_anything(recorder: RequestRecorder) -> None:
    """With all warnings turned into errors, and httpx not even imported where another library does its work."""
    code = """
import asyncio, sys
import httpx2
from aiid_videos import AsyncVideosClient, VideosClient
url = sys.argv[1]
with httpx2.Client() as mine:
    VideosClient(token="t", base_url=url, http_client=mine).create_video(model="sora-2", prompt="p", image=b"x")
async def main():
    async with httpx2.AsyncClient() as mine:
        client = AsyncVideosClient(token="t", base_url=url, http_client=mine)
        await client.create_video(model="sora-2", prompt="p", image=b"x")
asyncio.run(main())
assert "httpx" not in sys.modules
with VideosClient(token="t", base_url=url) as client:
    client.create_video(model="sora-2", prompt="p", image=b"x")
async def main():
    async with AsyncVideosClient(token="t", base_url=url) as client:
        await client.create_video(model="sora-2", prompt="p", image=b"x")
asyncio.run(main())
"""
    command = [sys.executable, "-W", "error", "-c", code, recorder.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(recorder.requests) == 4
