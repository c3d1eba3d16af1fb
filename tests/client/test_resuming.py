"""A download that broke off goes on where it ended, and never becomes a mixture of two things."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from attrs import define, field

from aiid_videos import AsyncVideosClient, VideosClient, errors
from conformance.contract import load
from conformance.reference import ReferenceServer
from tests.client.scripted import Clock, client_of
from tests.client.settings import TOKEN
from tests.client.videos import PROMISED, VIDEO, files_in

# How much is compared, how much is written at once, and so what is kept of a half.
OVERLAP, CHUNK = 1 << 16, 1 << 18
HALF = len(VIDEO) // 2
KEPT = HALF // CHUNK * CHUNK


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Bytes that end before all of them came."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self.body
        raise httpx.ReadError("cut")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


@define
class Shelf:
    """A server with one video, whose answers break off for a while.

    Attributes:
        breaks: after how many bytes each of the next answers breaks off.
        etag: what it calls the version of the video, if anything.
        parts: whether it can send parts.
    """

    video: bytes = VIDEO
    breaks: list[int] = field(factory=list)
    etag: str = ""
    parts: bool = True
    seen: list[httpx.Headers] = field(factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer whole, or with the part that was asked for."""
        self.seen.append(request.headers)
        status, body, headers = 200, self.video, {"Content-Type": PROMISED}
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if self.etag:
            headers["ETag"] = self.etag
        if asked and self.parts and request.headers.get("If-Range", self.etag) == self.etag:
            first, size = int(asked[1]), len(self.video)
            status, body = (206, self.video[first:]) if first < size else (416, b"")
            headers["Content-Range"] = f"bytes {first}-{size - 1}/{size}" if body else f"bytes */{size}"
        headers["Content-Length"] = str(len(body))
        if self.breaks:
            return httpx.Response(status, headers=headers, stream=Breaking(body[: self.breaks.pop(0)]))
        return httpx.Response(status, headers=headers, content=body)

    @property
    def ranges(self) -> list[str | None]:
        """What was asked for of it, each time."""
        return [headers.get("Range") for headers in self.seen]


def names(target: Path) -> set[str]:
    return set(files_in(target.parent))


PARTS = {"cat.mp4.part", "cat.mp4.part.json"}


@pytest.mark.parametrize("etag", ["", '"v1"'])
@pytest.mark.usefixtures("clock")
def test_the_next_call_goes_on(target: Path, etag: str) -> None:
    """With all but the last bytes, which are compared; what is left in the end is the video alone."""
    shelf = Shelf(breaks=[HALF], etag=etag)
    client = client_of(shelf)
    with pytest.raises(errors.TransportError, match="cut"):
        client.download_video_content("a", target, resume=True, max_retries=0)
    assert names(target) == PARTS
    told: list[tuple[int, int | None]] = []
    saved = client.download_video_content("a", target, resume=True, on_progress=lambda *each: told.append(each))
    assert (saved.size, files_in(target.parent)) == (len(VIDEO), {target.name: VIDEO})
    assert shelf.ranges == [None, f"bytes={KEPT - OVERLAP}-"]
    assert shelf.seen[1].get("If-Range", "") == etag
    assert told[-1] == (len(VIDEO), len(VIDEO))
    assert min(size for size, _ in told) > KEPT - OVERLAP


@pytest.mark.usefixtures("clock")
def test_the_next_attempt_goes_on(target: Path) -> None:
    """Within one call; each attempt brings it nearer to its end."""
    shelf = Shelf(breaks=[HALF, CHUNK])
    client_of(shelf).download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: VIDEO}
    assert shelf.ranges == [None, f"bytes={KEPT - OVERLAP}-", f"bytes={KEPT - 2 * OVERLAP + CHUNK}-"]


@pytest.mark.usefixtures("clock")
def test_it_goes_on_without_blocking_too(target: Path) -> None:
    """With the client that awaits."""
    shelf = Shelf(breaks=[HALF])

    async def call() -> int:
        http = httpx.AsyncClient(transport=httpx.MockTransport(shelf))
        client = AsyncVideosClient(token="t", http_client=http)
        return (await client.download_video_content("a", target, resume=True)).size

    assert asyncio.run(call()) == len(VIDEO)
    assert files_in(target.parent) == {target.name: VIDEO}


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("etags", [("", ""), ('"v1"', '"v2"'), ('"v1"', ""), ("", '"v2"')])
@pytest.mark.parametrize("longer", [0, 5])
def test_another_video_is_never_mixed_with_the_first(target: Path, etags: tuple[str, str], longer: int) -> None:
    """Whatever tells that it is another one: its ETag, its size or its bytes. It is fetched from its beginning."""
    shelf = Shelf(breaks=[HALF], etag=etags[0])
    client = client_of(shelf)
    with pytest.raises(errors.TransportError):
        client.download_video_content("a", target, resume=True, max_retries=0)
    shelf.video, shelf.etag = VIDEO[:8] + bytes(reversed(VIDEO[8:])) + b"x" * longer, etags[1]
    client.download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: shelf.video}


@pytest.mark.usefixtures("clock")
def test_a_shorter_video_begins_anew(target: Path) -> None:
    """What is asked for lies beyond its end."""
    shelf = Shelf(breaks=[HALF])
    client = client_of(shelf)
    with pytest.raises(errors.TransportError):
        client.download_video_content("a", target, resume=True, max_retries=0)
    shelf.video = VIDEO[:1000]
    client.download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: shelf.video}


@pytest.mark.usefixtures("clock")
def test_the_rest_may_be_on_another_server(target: Path) -> None:
    """A redirection is followed with what says which bytes are wanted, and without the token."""
    shelf = Shelf(breaks=[HALF], etag='"v1"')

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host != "cdn.example":
            return httpx.Response(302, headers={"Location": "https://cdn.example/v?signature=s"})
        return shelf(request)

    client_of(answer).download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: VIDEO}
    assert shelf.ranges == [None, f"bytes={KEPT - OVERLAP}-"]
    assert shelf.seen[1]["If-Range"] == '"v1"'
    assert [headers.get("Authorization") for headers in shelf.seen] == [None, None]


@pytest.mark.usefixtures("clock")
def test_a_server_that_sends_no_parts_sends_all_of_it(target: Path) -> None:
    """From the beginning, in place of what came before."""
    shelf = Shelf(breaks=[HALF], parts=False)
    client_of(shelf).download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: VIDEO}


@pytest.mark.usefixtures("clock")
def test_a_refusal_leaves_the_part_alone(target: Path) -> None:
    """The server may only be tired."""
    shelf = Shelf(breaks=[HALF])
    client = client_of(lambda request: shelf(request) if len(shelf.seen) != 1 else refused(shelf, request))
    with pytest.raises(errors.TransportError):
        client.download_video_content("a", target, resume=True, max_retries=0)
    with pytest.raises(errors.NotFoundError):
        client.download_video_content("a", target, resume=True, max_retries=0)
    assert len(files_in(target.parent)["cat.mp4.part"]) == KEPT
    client.download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: VIDEO}


def refused(shelf: Shelf, request: httpx.Request) -> httpx.Response:
    shelf.seen.append(request.headers)
    return httpx.Response(404, json={"message": "no"})


@pytest.mark.usefixtures("clock")
def test_a_part_of_another_job_is_not_touched(target: Path) -> None:
    """Nor is a file that only has such a name; the error says what to do. `overwrite` begins anew."""
    client = client_of(shelf := Shelf(breaks=[HALF]))
    with pytest.raises(errors.TransportError):
        client.download_video_content("a", target, resume=True, max_retries=0)
    with pytest.raises(FileExistsError, match=r"cat.mp4.part is a part of .*/a/content; remove it"):
        client.download_video_content("b", target, resume=True)
    assert len(shelf.seen) == 1
    client.download_video_content("b", target, resume=True, overwrite=True)
    assert files_in(target.parent) == {target.name: VIDEO}
    mine = target.with_name("mine.mp4.part")
    mine.write_bytes(b"mine")
    for note in ("", "{", '{"source": "x"}'):
        mine.with_name("mine.mp4.part.json").write_text(note, encoding="utf-8")
        with pytest.raises(FileExistsError, match="no note says what it is a part of"):
            client.download_video_content("b", target.with_name("mine.mp4"), resume=True, overwrite=True)
    assert mine.read_bytes() == b"mine"


@pytest.mark.usefixtures("clock")
def test_what_is_there_already_stays(target: Path) -> None:
    """Before anything is asked, and when somebody puts it there meanwhile: then nothing that came is lost either."""
    client = client_of(shelf := Shelf())
    target.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="is there already"):
        client.download_video_content("a", target, resume=True)
    assert shelf.seen == []
    target.unlink()
    with pytest.raises(FileExistsError, match="is there already"):
        client.download_video_content("a", target, resume=True, on_progress=lambda *_: target.write_bytes(b"theirs"))
    assert names(target) == {target.name, *PARTS}
    target.unlink()
    client.download_video_content("a", target, resume=True)
    assert files_in(target.parent) == {target.name: VIDEO}


def test_one_at_a_time(target: Path) -> None:
    """A second download to the same place is told of the first."""
    pytest.importorskip("fcntl", reason="this system has no such locks")
    client = client_of(Shelf())

    def meanwhile(*_: object) -> None:
        with pytest.raises(BlockingIOError, match="being written by another download"):
            client.download_video_content("a", target, resume=True)

    client.download_video_content("a", target, resume=True, on_progress=meanwhile)
    assert files_in(target.parent) == {target.name: VIDEO}


def test_a_link_in_its_place_is_not_followed(target: Path) -> None:
    """It could lead to anybody's file."""
    other = target.with_name("other")
    other.write_bytes(b"")
    target.with_name("cat.mp4.part").symlink_to(other)
    with pytest.raises(OSError, match=os.strerror(40) if os.name == "posix" else ""):
        client_of(Shelf()).download_video_content("a", target, resume=True)
    assert other.read_bytes() == b""


def test_a_file_object_cannot_be_resumed() -> None:
    """Nobody would know what is in it."""
    with pytest.raises(TypeError, match="give a path"):
        client_of(Shelf()).download_video_content("a", io.BytesIO(), resume=True)


def test_the_note_holds_no_secret(target: Path, clock: Clock) -> None:
    """Where it comes from, how large it is and which version: no token, and nothing of another server's address."""
    client = client_of(Shelf(breaks=[HALF], etag='"v1"'))
    with pytest.raises(errors.TransportError):
        client.download_video_content("a", target, resume=True, max_retries=0)
    note = json.loads(files_in(target.parent)["cat.mp4.part.json"])
    assert note == {"source": note["source"], "total": len(VIDEO), "etag": '"v1"'}
    assert note["source"].endswith("/a/content")
    assert clock.pauses == []


def test_a_real_server_sends_the_rest(target: Path) -> None:
    """The reference server, over the wire: what a callback stopped goes on."""
    with (
        ReferenceServer(load(), token=TOKEN) as server,
        VideosClient(token=TOKEN, base_url=server.url) as client,
    ):
        video = client.create_and_wait(model="sora-2", prompt="p", poll_interval=0.01)

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            client.download_video_content(video.id, target, resume=True, on_progress=stop)
        assert names(target) == PARTS
        whole = io.BytesIO()
        client.download_video_content(video.id, whole)
        client.download_video_content(video.id, target, resume=True)
        assert files_in(target.parent) == {target.name: whole.getvalue()}
        assert server.defects == ()
