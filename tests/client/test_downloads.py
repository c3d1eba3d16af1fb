"""What is downloaded is whole, or it is not there."""

from __future__ import annotations

import asyncio
import gzip
import io
import os
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from tests.client.recorder import RequestRecorder, ScriptedAnswer
from tests.client.scripted import Clock, Handler, client_of
from tests.client.settings import TOKEN
from tests.client.videos import FETCH, PROMISED, VIDEO, content, files_in


def test_a_video_is_saved(client: VideosClient, recorder: RequestRecorder, target: Path) -> None:
    """Byte for byte, under its name alone, readable by whom the user's settings say."""
    recorder.answers.append(content(X_Oneapi_Request_Id="req-9"))
    saved = client.download_video_content("a/b", target)
    assert (saved.path, saved.size, saved.content_type, saved.request_id) == (target, len(VIDEO), PROMISED, "req-9")
    assert files_in(target.parent) == {target.name: VIDEO}
    umask = os.umask(0)
    os.umask(umask)
    assert target.stat().st_mode & 0o777 == 0o666 & ~umask
    assert recorder.last.path == FETCH.path.replace(
        FETCH.path[FETCH.path.index("{") : FETCH.path.index("}") + 1], "a%2Fb"
    )
    sent = recorder.last.headers
    assert (sent["Accept"], sent["Accept-Encoding"]) == (f"{PROMISED}, */*;q=0.1", "identity")
    assert sent["Authorization"] == f"Bearer {TOKEN}"


def test_it_is_saved_without_blocking_too(recorder: RequestRecorder, target: Path) -> None:
    """Several at once, and a callback that is awaited."""
    recorder.answers.extend([content()] * 3)
    told: list[int] = []

    async def progress(size: int, _: int | None) -> None:
        await asyncio.sleep(0)
        told.append(size)

    async def main() -> None:
        async with AsyncVideosClient(token=TOKEN, base_url=recorder.url) as client:
            await asyncio.gather(
                client.download_video_content("a", str(target), on_progress=progress),
                client.download_video_content(
                    "b", target.with_name("b"), on_progress=lambda size, _: told.append(size)
                ),
                client.download_video_content("c", target.with_name("c")),
            )

    asyncio.run(main())
    assert files_in(target.parent) == {target.name: VIDEO, "b": VIDEO, "c": VIDEO}
    assert (max(told), told.count(len(VIDEO))) == (len(VIDEO), 2)


def test_a_file_object_takes_it_too(client: VideosClient, recorder: RequestRecorder, target: Path) -> None:
    """In memory, behind what it holds already, or a pipe."""
    recorder.answers.extend([content()] * 3)
    memory = io.BytesIO(b"old")
    memory.seek(0, io.SEEK_END)
    saved = client.download_video_content("a", memory)
    assert (memory.getvalue(), saved.path, saved.size) == (b"old" + VIDEO, None, len(VIDEO))
    with target.open("wb", buffering=0) as raw:
        client.download_video_content("a", raw)
    assert target.read_bytes() == VIDEO
    pipe = Pipe()
    client.download_video_content("a", pipe)
    assert b"".join(pipe.taken) == VIDEO


class Pipe(io.RawIOBase):
    """Takes bytes, at most a thousand at once, and can never go back."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, given: Any) -> int:
        self.taken.append(bytes(given[:1000]))
        return len(self.taken[-1])


def test_what_is_there_already_is_not_replaced_unless_asked(
    client: VideosClient, recorder: RequestRecorder, target: Path
) -> None:
    """Nothing is asked of the server in vain; a link stays a link."""
    target.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="is there already; overwrite=True replaces it"):
        client.download_video_content("a", target)
    assert recorder.requests == []
    link = target.with_name("link")
    link.symlink_to(target)
    recorder.answers.append(content())
    assert client.download_video_content("a", link, overwrite=True).path == link
    assert (link.is_symlink(), target.read_bytes()) == (True, VIDEO)


def test_what_somebody_puts_there_meanwhile_stays(
    client: VideosClient, recorder: RequestRecorder, target: Path
) -> None:
    """Two processes may have the same idea."""
    recorder.answers.append(content())
    with pytest.raises(FileExistsError):
        client.download_video_content("a", target, on_progress=lambda *_: target.write_bytes(b"theirs"))
    assert files_in(target.parent) == {target.name: b"theirs"}


def test_a_place_that_takes_no_bytes_is_refused_before_anything_is_asked(
    client: VideosClient, recorder: RequestRecorder, tmp_path: Path
) -> None:
    """A folder, none, a device, a file of texts."""
    with pytest.raises(IsADirectoryError, match="name the file to write"):
        client.download_video_content("a", tmp_path)
    with pytest.raises(FileNotFoundError, match="make it first"):
        client.download_video_content("a", tmp_path / "none" / "cat.mp4")
    with pytest.raises(FileExistsError, match="pass the file object"):
        client.download_video_content("a", "/dev/null", overwrite=True)
    wrong: Any = io.StringIO()
    with pytest.raises(TypeError):
        client.download_video_content("a", wrong)
    assert (recorder.requests, files_in(tmp_path)) == ([], {})


REASON = b'{"error": {"message": "Task is not completed yet", "code": "early"}}'
PAGE = b"<!doctype html><title>Sign in</title>"
DISGUISED: list[tuple[ScriptedAnswer, type[errors.AnswerError], str]] = [
    (content(REASON, 400, Content_Type="application/json"), errors.BadRequestError, "400 early: Task is not completed"),
    (content(b"", 404), errors.NotFoundError, "perhaps this one does"),
    (content(PAGE, 502, Content_Type="text/html"), errors.BadGatewayError, "Sign in"),
    (content(REASON, Content_Type="application/json"), errors.RefusedError, "Task is not completed yet"),
    (content(REASON), errors.RefusedError, "Task is not completed yet"),
    (content(PAGE, Content_Type="text/html"), errors.UndecodableAnswerError, f"text/html came in place of {PROMISED}"),
    (content(b"\n" + PAGE, Content_Type=""), errors.UndecodableAnswerError, "something came in place"),
    (content(b"later", Content_Type="text/plain"), errors.UndecodableAnswerError, "text/plain came in place"),
    (content(VIDEO, Content_Type="application/pdf"), errors.UndecodableAnswerError, "application/pdf came in place"),
    (content(b""), errors.UndecodableAnswerError, "nothing came in place"),
    (content(b'{"status": "queued"}', 202), errors.UndecodableAnswerError, "came in place"),
    (ScriptedAnswer(204, b"", ()), errors.UndecodableAnswerError, "nothing came"),
    (content(VIDEO[:99], 206, Content_Range="bytes 0-98/999"), errors.UndecodableAnswerError, "came in place"),
    (content(VIDEO, Content_Encoding="zstd"), errors.UndecodableAnswerError, "came in place"),
]


@pytest.mark.parametrize(("answer", "kind", "message"), DISGUISED, ids=range(len(DISGUISED)))
def test_nothing_but_a_video_is_saved(
    client: VideosClient,
    recorder: RequestRecorder,
    target: Path,
    answer: ScriptedAnswer,
    kind: type[errors.AnswerError],
    message: str,
) -> None:
    """A refusal, an error with the status of a success, a page to sign in, half a video: each is a typed error."""
    target.write_bytes(b"mine")
    recorder.answers.append(answer)
    with pytest.raises(errors.AnswerError, match=message) as caught:
        client.download_video_content("a", target, overwrite=True, max_retries=0)
    assert type(caught.value) is kind
    assert len(caught.value.content) <= 1 << 16
    assert files_in(target.parent) == {target.name: b"mine"}
    memory = io.BytesIO()
    recorder.answers.append(answer)
    with pytest.raises(kind):
        client.download_video_content("a", memory, max_retries=0)
    assert memory.getvalue() == b""


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "video/webm"},
        {"Content_Type": f"{PROMISED.upper()}; codecs=avc1"},
        {"Content_Type": "application/octet-stream"},
        {"Content_Type": ""},
    ],
    ids=["other", "parameter", "bytes", "none"],
)
def test_a_video_of_another_kind_is_a_video(
    client: VideosClient, recorder: RequestRecorder, target: Path, headers: dict[str, Any]
) -> None:
    """So are bytes of which the server knows no more."""
    recorder.answers.append(content(VIDEO, **headers))
    assert client.download_video_content("a", target).size == len(VIDEO)


def test_what_comes_compressed_is_unpacked(client: VideosClient, recorder: RequestRecorder, target: Path) -> None:
    """Although it was asked for as it is."""
    recorder.answers.append(content(gzip.compress(VIDEO), Content_Encoding="gzip"))
    assert client.download_video_content("a", target).size == len(VIDEO)
    assert target.read_bytes() == VIDEO


def test_what_breaks_off_begins_anew(
    client: VideosClient, recorder: RequestRecorder, target: Path, clock: Clock
) -> None:
    """As often as it may, each time from the beginning: nothing is resumed, nothing doubled."""
    recorder.answers.extend([content(missing=1), content(VIDEO[:5000], missing=len(VIDEO) - 5000), content()])
    assert client.download_video_content("a", target).size == len(VIDEO)
    assert files_in(target.parent) == {target.name: VIDEO}
    memory = io.BytesIO(b"old")
    recorder.answers.extend([content(missing=1), content(VIDEO[:9])])
    client.download_video_content("a", memory)
    assert memory.getvalue() == VIDEO[:9]
    assert (len(recorder.requests), len(clock.pauses)) == (5, 3)
    assert [request.headers["Range"] for request in recorder.requests] == [None] * 5


@pytest.mark.parametrize(
    "broken", [content(missing=1), content(b"", missing=9), ScriptedAnswer(hang_up=True)], ids=range(3)
)
def test_what_never_comes_whole_leaves_nothing(
    client: VideosClient, recorder: RequestRecorder, target: Path, broken: ScriptedAnswer
) -> None:
    """An error that says what failed, and that nothing was changed by asking."""
    recorder.answers.append(broken)
    with pytest.raises(errors.TransportError) as caught:
        client.download_video_content("a", target, max_retries=0)
    assert caught.value.ambiguous is False
    assert files_in(target.parent) == {}


def test_what_cannot_go_back_is_not_written_twice(client: VideosClient, recorder: RequestRecorder) -> None:
    """Rather an error than a video behind the beginning of one; before the first byte it is tried again."""
    recorder.answers.extend([ScriptedAnswer(hang_up=True), content(missing=1)])
    pipe = Pipe()
    with pytest.raises(errors.TransportError):
        client.download_video_content("a", pipe, max_retries=5)
    assert len(recorder.requests) == 2
    written = b"".join(pipe.taken)
    assert written
    assert VIDEO.startswith(written)


def test_a_server_that_asks_for_patience_gets_it(
    client: VideosClient, recorder: RequestRecorder, target: Path, clock: Clock
) -> None:
    """As with every other call."""
    recorder.answers.extend([content(b"", 429, Retry_After="3"), content()])
    assert client.download_video_content("a", target).size == len(VIDEO)
    clock.assert_paused((3.0, 3.55))


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """Many bytes that are never all there at once."""

    def __init__(self, megabytes: int) -> None:
        self.left = megabytes * 16

    def __iter__(self) -> Iterator[bytes]:
        while self.left:
            self.left -= 1
            yield b"\x00" * (1 << 16)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def streaming(megabytes: int) -> tuple[Handler, list[Stream]]:
    made: list[Stream] = []

    def answer(_: httpx.Request) -> httpx.Response:
        made.append(Stream(megabytes))
        return httpx.Response(200, headers={"Content-Type": PROMISED}, stream=made[-1])

    return answer, made


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_the_memory_does_not_grow_with_the_video(target: Path, is_async: bool) -> None:  # noqa: FBT001 - a parameter
    """However long it is."""
    answer, _ = streaming(64)

    async def main() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        await AsyncVideosClient(token="t", http_client=http).download_video_content("a", target)

    client_of(answer).download_video_content("a", io.BytesIO(), timeout=1)  # what is imported is no memory of its own
    tracemalloc.start()
    try:
        asyncio.run(main()) if is_async else client_of(answer).download_video_content("a", target)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert target.stat().st_size == 64 << 20
    assert peak < 6 << 20


def test_an_endless_refusal_is_read_no_further_than_it_helps(target: Path) -> None:
    """A page may be of any length."""
    made: list[Stream] = []

    def answer(_: httpx.Request) -> httpx.Response:
        made.append(Stream(64))
        return httpx.Response(404, stream=made[-1])

    with pytest.raises(errors.NotFoundError):
        client_of(answer).download_video_content("a", target)
    assert made[0].left > 1000


def test_whoever_wants_to_know_is_told_how_far_it_is(
    client: VideosClient, recorder: RequestRecorder, target: Path
) -> None:
    """Of the whole, if the server says it; what goes wrong in there is the caller's, and leaves nothing."""
    told: list[tuple[int, int | None]] = []
    recorder.answers.extend([content()] * 2)
    client.download_video_content("a", target, on_progress=lambda *how: told.append(how))
    assert told[-1] == (len(VIDEO), len(VIDEO))
    assert [size for size, _ in told] == sorted({size for size, _ in told})

    def fail(*_: object) -> None:
        raise httpx.ReadError("mine")

    with pytest.raises(httpx.ReadError, match="mine"):
        client.download_video_content("b", target.with_name("b"), on_progress=fail)
    assert (list(files_in(target.parent)), len(recorder.requests)) == ([target.name], 2)


def test_a_download_that_is_cancelled_leaves_nothing(target: Path) -> None:
    """The task ends at once, and the client works on."""
    answer, _ = streaming(64)

    async def main() -> None:
        begun = asyncio.Event()
        client = AsyncVideosClient(token="t", http_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        task = asyncio.create_task(client.download_video_content("a", target, on_progress=lambda *_: begun.set()))
        await begun.wait()
        assert [path.suffix for path in target.parent.iterdir()] == [".part"]
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert files_in(target.parent) == {}
        assert (await client.download_video_content("a", target)).size == 64 << 20

    asyncio.run(main())


def test_bytes_of_no_kind_are_whatever_they_are(everything: ModuleType, target: Path) -> None:
    """Where a contract promises bytes and no more, an object in JSON, a page or nothing is what was asked for."""
    for body in (b'{"a": 1}', b"<p>", b""):

        def answer(_: httpx.Request, body: bytes = body) -> httpx.Response:
            return httpx.Response(200, content=body, headers={"Content-Type": "application/octet-stream"})

        saved = client_of(answer, everything).download_content("x", target, overwrite=True)
        assert (saved.size, target.read_bytes()) == (len(body), body)
