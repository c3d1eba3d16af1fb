"""What is tried again and what is not, how long anything may take, and what may never be seen."""

from __future__ import annotations

import asyncio
import copy
import email.utils
import io
import logging
import pickle
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from tests.client.recorder import JOB, RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client would have made; none is really made."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(time, "sleep", made.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return made


def scripted(*steps: Exception | httpx.Response) -> tuple[VideosClient, list[httpx.Request]]:
    """A client whose server does some things in turn, then makes a job."""
    waiting: Iterator[Exception | httpx.Response] = iter(steps)
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        step = next(waiting, None) or httpx.Response(200, json=JOB)
        if isinstance(step, Exception):
            raise step
        return step

    return VideosClient(token=TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(answer))), seen


def busy(status: int, after: str | None) -> httpx.Response:
    return httpx.Response(status, headers={} if after is None else {"Retry-After": after})


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ConnectTimeout(""), httpx.PoolTimeout("")])
def test_what_was_never_sent_is_tried_again(error: Exception, pauses: list[float]) -> None:
    """Nothing can have happened yet; each pause is longer, within its jitter."""
    client, seen = scripted(error, error)
    assert client.create_video(**BARE).id == "video_abc123"
    assert len(seen) == 3
    assert 0.25 <= pauses[0] <= 0.5
    assert 0.5 <= pauses[1] <= 1.0


def test_trying_again_ends(pauses: list[float]) -> None:
    """After two retries by default, or as many as the client or the call says."""
    refused = httpx.ConnectError("refused")
    client, seen = scripted(*[refused] * 9)
    with pytest.raises(errors.TransportError, match="ConnectError: refused") as caught:
        client.create_video(**BARE)
    assert (len(seen), caught.value.ambiguous) == (3, False)
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
    with pytest.raises(errors.TransportError):
        client.create_video(**BARE, max_retries=0)
    assert len(seen) == 4
    assert len(pauses) == 2


AMBIGUOUS = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("Server disconnected without sending a response."),
    httpx.DecodingError("bad gzip"),
]


@pytest.mark.parametrize("error", AMBIGUOUS, ids=lambda error: type(error).__name__)
def test_what_may_have_been_carried_out_is_never_repeated(error: Exception, pauses: list[float]) -> None:
    """It could make, and bill, a second job; the error says so."""
    client, seen = scripted(error)
    with pytest.raises(errors.TransportError, match="look before you try again") as caught:
        client.create_video(**BARE)
    assert (len(seen), pauses, caught.value.ambiguous) == (1, [], True)
    assert isinstance(caught.value, TimeoutError) is isinstance(error, httpx.TimeoutException)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524, 408, 409])
def test_no_other_refusal_is_repeated(status: int) -> None:
    """Whatever Retry-After says."""
    client, seen = scripted(busy(status, "1"))
    with pytest.raises(errors.StatusError):
        client.create_video(**BARE)
    assert len(seen) == 1


PATIENT = [("0", 0.0, 0.25), ("3", 3.0, 3.55), (" 7 ", 7.0, 7.95)]


@pytest.mark.parametrize(("after", "least", "most"), PATIENT)
def test_a_server_that_asks_for_patience_gets_it(after: str, least: float, most: float, pauses: list[float]) -> None:
    """Never less than it asks for."""
    client, seen = scripted(busy(429, after))
    assert client.create_video(**BARE).id == "video_abc123"
    assert len(seen) == 2
    assert least <= pauses[0] <= most


@pytest.mark.parametrize(("after", "least", "most"), PATIENT)
def test_a_read_is_repeated_after_a_503_when_it_asks(
    after: str, least: float, most: float, pauses: list[float]
) -> None:
    """Reading twice does nothing twice."""
    client, seen = scripted(busy(503, after))
    assert client.retrieve_video("video_abc123").id == "video_abc123"
    assert len(seen) == 2
    assert least <= pauses[0] <= most


def test_a_date_to_wait_for_is_understood(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """The other form of Retry-After."""
    monkeypatch.setattr(time, "time", lambda: 1764347090.0)
    client, _ = scripted(busy(429, email.utils.formatdate(1764347100, usegmt=True)))
    client.create_video(**BARE)
    assert 10.0 <= pauses[0] <= 11.25


@pytest.mark.parametrize("after", [None, "", "soon", "-1", "61", "1e9", "Fri, 99 Nov 2026"])
def test_a_server_that_asks_for_nothing_sensible_is_not_asked_again(after: str | None, pauses: list[float]) -> None:
    """The caller knows better how long to wait."""
    client, seen = scripted(busy(429, after))
    with pytest.raises(errors.TooManyRequestsError):
        client.create_video(**BARE)
    assert (len(seen), pauses) == (1, [])


def test_an_upload_is_rewound_and_sent_again_in_full() -> None:
    """Each attempt sends the same bytes."""
    client, seen = scripted(busy(429, "0"), httpx.ConnectError("refused"))
    client.create_video(**BARE, image=("a.png", io.BytesIO(b"bytes of a cat")))
    assert [b"bytes of a cat" in request.content for request in seen] == [True] * 3


class Tape(io.BytesIO):
    """Can be read only once."""

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation


def test_what_cannot_be_rewound_is_sent_once(pauses: list[float]) -> None:
    """Rather the server's refusal than half a file."""
    client, seen = scripted(busy(429, "0"))
    with pytest.raises(errors.TooManyRequestsError):
        client.create_video(**BARE, image=("a.png", Tape(b"x")))
    assert (len(seen), pauses) == (1, [])


class Shrinking(io.BytesIO):
    """Loses its end as soon as it is read."""

    def read(self, size: int | None = -1) -> bytes:
        """Read some, and cut the rest off."""
        chunk = super().read(size)
        self.truncate(self.tell())
        return chunk


def test_a_file_that_shrinks_while_it_is_sent_is_an_error_of_the_file(recorder: RequestRecorder) -> None:
    """Both clients say so, and go on working."""
    image = ("a.png", bytes(1 << 20))

    async def main() -> None:
        async with AsyncVideosClient(token=TOKEN, base_url=recorder.url) as client:
            file = Shrinking(image[1])
            with pytest.raises(OSError, match="became shorter while it was sent") as caught:
                await client.create_video(**BARE, image=("a.png", file))
            assert f": {len(file.getvalue())} bytes of {1 << 20} were there" in str(caught.value)
            await client.create_video(**BARE, image=image)

    with VideosClient(token=TOKEN, base_url=recorder.url) as client:
        with pytest.raises(OSError, match="became shorter while it was sent"):
            client.create_video(**BARE, image=("a.png", Shrinking(image[1])))
        client.create_video(**BARE, image=image)
    asyncio.run(main())


def test_the_asynchronous_client_tries_again_in_the_same_way(pauses: list[float]) -> None:
    """With its own kind of sleep."""
    steps: list[Any] = [httpx.ConnectError("refused"), busy(429, "2"), httpx.ReadTimeout("slow")]

    def answer(_: httpx.Request) -> httpx.Response:
        step = steps.pop(0)
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, httpx.Response)
        return step

    async def main() -> None:
        transport = httpx.MockTransport(answer)
        async with AsyncVideosClient(token=TOKEN, http_client=httpx.AsyncClient(transport=transport)) as client:
            await client.create_video(**BARE)

    with pytest.raises(errors.TimedOutError, match="look before you try again"):
        asyncio.run(main())
    assert (len(steps), len(pauses)) == (0, 2)


def test_time_outs_are_finite_and_can_be_set() -> None:
    """By default, for the client and for the call."""
    seen: list[dict[str, float | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, json=JOB)

    def make(**options: Any) -> VideosClient:
        return VideosClient(token=TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(answer)), **options)

    make().create_video(**BARE)
    make(timeout=7).create_video(**BARE)
    make(timeout=7).create_video(**BARE, timeout=httpx.Timeout(3, read=None))
    assert seen[0] == {"connect": 10.0, "read": 120.0, "write": 120.0, "pool": 600.0}
    assert set(seen[1].values()) == {7}
    assert (seen[2]["connect"], seen[2]["read"]) == (3, None)


def test_a_real_server_that_does_not_answer_is_given_up() -> None:
    """It accepts, and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            VideosClient(token=TOKEN, base_url=url, timeout=0.2) as client,
            pytest.raises(errors.TimedOutError) as caught,
        ):
            client.create_video(**BARE)
    assert caught.value.ambiguous is True


def test_a_real_server_that_hangs_up_is_not_asked_twice(client: VideosClient, recorder: RequestRecorder) -> None:
    """It has read the request, so it may have made a job."""
    recorder.answers.append(ScriptedAnswer(hang_up=True))
    with pytest.raises(errors.TransportError) as caught:
        client.create_video(**BARE)
    assert caught.value.ambiguous is True
    assert len(recorder.requests) == 1


def test_nothing_listening_is_no_ambiguity(pauses: list[float]) -> None:
    """The sentence says what failed and where."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with VideosClient(token=TOKEN, base_url=url) as client, pytest.raises(errors.TransportError) as caught:
        client.create_video(**BARE)
    assert caught.value.ambiguous is False
    assert str(caught.value).endswith(f"(POST {url}/v1/videos)")
    assert len(pauses) == 2


def refusal_that_repeats_the_token(_: httpx.Request) -> httpx.Response:
    return httpx.Response(
        401,
        json={"error": {"message": f"bad key {TOKEN}", "code": TOKEN}},
        headers={"X-Oneapi-Request-Id": f"req {TOKEN}"},
    )


def failure_that_repeats_the_token(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset")


@pytest.mark.parametrize("answer", [refusal_that_repeats_the_token, failure_that_repeats_the_token])
def test_the_token_is_seen_nowhere(
    answer: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a repr, an error, a traceback, a log or a pickle, even where the server repeats it."""
    caplog.set_level(logging.DEBUG)
    client = VideosClient(token=TOKEN, http_client=httpx.Client(transport=httpx.MockTransport(answer)))
    with pytest.raises(errors.VideosError) as caught:
        client.create_video(**BARE)
    error = caught.value
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    for text in (repr(client), str(client), repr(error), str(error), repr(vars(error)), caplog.text):
        assert TOKEN not in text
    frames = [line for line in shown.format() if "test_sending.py" not in line]
    assert TOKEN not in "".join(frames)
    assert TOKEN.encode() not in pickle.dumps(error)


@pytest.mark.parametrize("kind", [VideosClient, AsyncVideosClient])
def test_a_client_is_not_pickled_or_copied(kind: type[VideosClient]) -> None:
    """Its token would travel with it."""
    client = kind(token=TOKEN)
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            attempt(client)
    with pytest.raises(TypeError, match="holds a token"):
        pickle.dumps(client._auth)


BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "no token: pass token=…, or set AIID_VIDEOS_TOKEN"),
    ({"token": " \n"}, "no token"),
    ({"token": "sk-a\r\nX-Injected: yes"}, "a header cannot carry"),
    ({"token": "sk-é"}, "a header cannot carry"),
    ({"token": "t", "base_url": "api.example.com"}, "must be an absolute http or https URL"),
    ({"token": "t", "base_url": "ftp://api.example.com"}, "must be an absolute http or https URL"),
    ({"token": "t", "base_url": "http://[::1"}, "must be an absolute http or https URL"),
    ({"token": "t", "base_url": "https://user:secret@api.example.com"}, "must not hold credentials"),
    ({"token": "t", "base_url": "https://api.example.com?key=secret"}, "must not hold credentials"),
    ({"token": "t", "base_url": "https://api.example.com/?"}, "must not hold credentials"),
    ({"token": "t", "base_url": "https://api.example.com/#"}, "must not hold credentials"),
    ({"token": "t", "max_connections": 0}, "must be a connection"),
    ({"token": "t", "base_url": ""}, "must be an absolute http or https URL"),
]


@pytest.mark.parametrize(("given", "message"), BAD, ids=range(len(BAD)))
def test_a_client_that_could_not_work_is_not_made(given: dict[str, Any], message: str) -> None:
    """One clear sentence, without the secret in it."""
    with pytest.raises(errors.ConfigurationError) as caught:
        VideosClient(**given)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "sk-" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_token_and_server_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, recorder: RequestRecorder) -> None:
    """So that no program needs to hold them; a slash at the end makes no difference."""
    monkeypatch.setenv("AIID_VIDEOS_TOKEN", f"{TOKEN}\n")
    monkeypatch.setenv("AIID_VIDEOS_BASE_URL", f"{recorder.url}/")
    with VideosClient() as client:
        client.create_video(**BARE)
    assert recorder.last.headers["Authorization"] == f"Bearer {TOKEN}"
    assert recorder.last.path == "/v1/videos"


def test_the_log_tells_what_happened(
    client: VideosClient, recorder: RequestRecorder, caplog: pytest.LogCaptureFixture
) -> None:
    """One line for each attempt and each answer, at debug, without bodies."""
    caplog.set_level(logging.DEBUG, logger="aiid_videos")
    recorder.answers.append(ScriptedAnswer.of(JOB, X_Oneapi_Request_Id="req-9"))
    client.create_video(model="sora-2", prompt="a private prompt", image=b"private bytes")
    lines = [record.getMessage() for record in caplog.records if record.name == "aiid_videos"]
    assert lines[0] == f"POST {recorder.url}/v1/videos: attempt 1"
    assert lines[1].startswith(f"POST {recorder.url}/v1/videos: 200 in 0.")
    assert lines[1].endswith("request id req-9")
    assert "private" not in caplog.text


def test_a_redirect_is_not_followed(client: VideosClient, recorder: RequestRecorder) -> None:
    """The token is for this server only."""
    recorder.answers.append(ScriptedAnswer(307, b"", (("Location", "https://elsewhere.example/"),)))
    with pytest.raises(errors.StatusError, match="307"):
        client.create_video(**BARE)
    assert len(recorder.requests) == 1


def test_the_callers_own_httpx_client_stays_open() -> None:
    """Whoever made it closes it."""
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=JOB))) as mine:
        with VideosClient(token=TOKEN, http_client=mine) as client:
            client.create_video(**BARE)
        assert not mine.is_closed
    with VideosClient(token=TOKEN) as client:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        client.create_video(**BARE)
