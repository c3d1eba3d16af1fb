"""A text that names a file, where a file could stand, is sent as text: whoever meant the file is told."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path
from typing import Any

import pytest

from aiid_videos import AsyncVideosClient, VideosClient
from aiid_videos.errors import FileNameAsTextWarning
from tests.client.parsing import by_multipart
from tests.client.recorder import RequestRecorder
from tests.client.settings import TOKEN

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "p"}


@pytest.fixture(autouse=True)
def cat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the folder where the caller is."""
    monkeypatch.chdir(tmp_path)
    Path("cat.png").write_bytes(b"\x89PNG")
    return Path("cat.png")


def test_the_caller_is_told_and_the_text_is_sent(client: VideosClient, recorder: RequestRecorder, cat: Path) -> None:
    """The warning names the field, the remedy and the caller's own line."""
    with pytest.warns(FileNameAsTextWarning, match=r"input_reference='cat.png' names a file") as told:
        client.create_video(**BARE, input_reference="cat.png")
    (warning,) = told
    assert warning.filename == __file__
    assert f"pathlib.Path({str(cat)!r}) sends the file" in str(warning.message)
    (part,) = [each for each in by_multipart(recorder.last.headers, recorder.last.body) if "ref" in (each.name or "")]
    assert (part.filename, part.content) == (None, b"cat.png")


def test_who_awaits_is_told_as_well(recorder: RequestRecorder) -> None:
    """At the line that awaits."""

    async def call() -> None:
        async with AsyncVideosClient(token=TOKEN, base_url=recorder.url) as client:
            await client.create_video(**BARE, input_reference="./cat.png")

    with pytest.warns(FileNameAsTextWarning) as told:
        asyncio.run(call())
    assert [each.filename for each in told] == [__file__]


def test_it_can_be_turned_off_or_made_an_error(client: VideosClient, recorder: RequestRecorder) -> None:
    """By the standard library's own means; as an error it comes before anything is sent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FileNameAsTextWarning)
        client.create_video(**BARE, input_reference="cat.png")
    assert len(recorder.requests) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error", FileNameAsTextWarning)
        with pytest.raises(FileNameAsTextWarning):
            client.create_video(**BARE, input_reference="cat.png")
    assert len(recorder.requests) == 1


@pytest.mark.parametrize(
    "text",
    ["https://example.com/cat.png", "no-such.png", "", ".", "a\0b", "x" * 9000, "//host/cat.png", "\\\\host\\cat.png"],
    ids=["address", "absent", "empty", "folder", "null", "long", "share", "windows-share"],
)
def test_what_names_no_file_is_no_news(client: VideosClient, text: str) -> None:
    """Warnings are errors in these tests. A share of another machine is not even looked at."""
    client.create_video(**BARE, input_reference=text)


def test_fields_that_take_no_file_say_nothing(client: VideosClient) -> None:
    """A prompt may be called like a file."""
    client.create_video(model="sora-2", prompt="cat.png", images=["cat.png"], extra_fields={"style": "cat.png"})


def test_a_file_is_a_path(client: VideosClient, recorder: RequestRecorder, cat: Path) -> None:
    """Or its bytes, or an open file."""
    for given in (cat, cat.read_bytes(), {"url": "cat.png"}):
        client.create_video(**BARE, input_reference=given)
    assert len(recorder.requests) == 3
