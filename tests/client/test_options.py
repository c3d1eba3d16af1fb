"""What a call can be told beside its arguments, and what it tells beside its result."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import httpx
import pytest

from aiid_videos import AsyncVideosClient, VideosClient, errors
from aiid_videos.types import Response
from tests.client.parsing import by_multipart
from tests.client.recorder import JOB, RequestRecorder, ScriptedAnswer
from tests.client.scripted import Clock, Told, client_of, handler
from tests.client.settings import TOKEN

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}
HALF = "\ud800"


def test_headers_and_fields_that_the_contract_does_not_name_are_sent(
    client: VideosClient, recorder: RequestRecorder
) -> None:
    """Those of the call, and those of the client, of which the call's go first."""
    told = client.with_options(extra_headers={"X-Trace": "t-1", "X-Team": "a"})
    told.create_video(**BARE, extra_headers={"X-Team": "b"}, extra_fields={"new": [1, None]})
    assert (recorder.last.headers["X-Trace"], recorder.last.headers["X-Team"]) == ("t-1", "b")
    parts = {part.name: part.content for part in by_multipart(recorder.last.headers, recorder.last.body)}
    assert parts["new"] == b"[1,null]"
    client.create_video(**BARE)
    assert recorder.last.headers["X-Trace"] is None


def test_a_header_of_the_call_replaces_the_clients_in_any_case(client: VideosClient, recorder: RequestRecorder) -> None:
    """Names of headers have no case, and two values of one would be joined, or one of them lost."""
    told = client.with_options(extra_headers={"X-Team": "a"})
    told.create_video(**BARE, extra_headers={"x-team": "b"})
    assert recorder.last.headers.get_all("X-Team") == ["b"]


def test_a_client_with_other_options_shares_the_connections(client: VideosClient, recorder: RequestRecorder) -> None:
    """And leaves the first one as it was."""
    patient = client.with_options(timeout=httpx.Timeout(3, read=None), max_retries=0)
    assert patient.create_video(**BARE).id == client.create_video(**BARE).id
    assert patient._lanes is client._lanes
    assert (patient._settings.timeouts.read, client._settings.timeouts.read) == (None, 10)
    recorder.answers.extend([ScriptedAnswer.of({}, 503, Retry_After="0")])
    with pytest.raises(errors.ServiceUnavailableError):
        patient.create_video(**BARE)
    assert client.create_video(**BARE).status == "queued"


UNSENDABLE: list[tuple[str, dict[str, Any]]] = [
    ("X-A holds characters", {"extra_headers": {"X-A": "a\r\nX-Injected: yes"}}),
    ("X-A holds characters", {"extra_headers": {"X-A": "é"}}),
    ("is no name of a header", {"extra_headers": {"X A": "a"}}),
    ("is no name of a header", {"extra_headers": {"": "a"}}),
    ("Authorization is what the client says itself", {"extra_headers": {"Authorization": "Bearer other"}}),
    ("content-type is what the client says itself", {"extra_headers": {"content-type": "text/plain"}}),
    ("prompt holds half a character", {"prompt": HALF}),
    ("metadata holds half a character", {"metadata": {"a": HALF}}),
    ("a field's name holds half a character", {"extra_fields": {HALF: 1}}),
    ("prompt is given twice", {"extra_fields": {"prompt": "another"}}),
    ("metadata: Out of range float", {"metadata": {"a": math.nan}}),
    ("fps: Out of range float", {"fps": math.inf}),
    ("is not a media type", {"image": ("a.png", b"", "image/png\r\nX: y")}),
]


@pytest.mark.parametrize(("said", "given"), UNSENDABLE, ids=range(len(UNSENDABLE)))
def test_what_cannot_be_sent_is_refused_before_anything_is(
    said: str, given: dict[str, Any], client: VideosClient, recorder: RequestRecorder
) -> None:
    """By an error of the package that is a ValueError too, and says which value it is."""
    with pytest.raises(errors.InvalidRequestError, match=said) as caught:
        client.create_video(**{**BARE, **given})
    assert isinstance(caught.value, ValueError)
    assert recorder.requests == []


@pytest.mark.parametrize("option", [{"timeout": "2"}, {"max_retries": "2"}], ids=str)
def test_an_option_of_a_wrong_type_is_refused_before_anything_is_sent(
    option: dict[str, Any], client: VideosClient, recorder: RequestRecorder
) -> None:
    """A text from the environment would be noticed only after the answer, and a job lost with it."""
    with pytest.raises(TypeError, match="number"):
        client.create_video(**BARE, **option)
    assert recorder.requests == []


@pytest.mark.parametrize("name", ["", ".", "..", HALF, "x" * 100_000], ids=["empty", "dot", "dots", "half", "long"])
def test_an_id_that_would_name_something_else_is_refused(
    name: str, client: VideosClient, recorder: RequestRecorder
) -> None:
    """Or nothing at all: an empty one would ask for the list."""
    with pytest.raises(errors.InvalidRequestError):
        client.retrieve_video(name)
    assert recorder.requests == []


def test_a_success_tells_the_request_id(client: VideosClient, recorder: RequestRecorder) -> None:
    """For support, as an error does; two answers about the same job are the same job."""
    recorder.answers.extend([ScriptedAnswer.of(JOB, X_Oneapi_Request_Id="req-9"), ScriptedAnswer.of(JOB)])
    told, silent = client.create_video(**BARE), client.create_video(**BARE)
    assert (told.request_id, silent.request_id) == ("req-9", None)
    assert told == silent
    assert "request_id" not in told.raw


def test_the_raw_answer_is_at_hand(client: VideosClient, recorder: RequestRecorder) -> None:
    """Status, headers and bytes, with what was read of them; a refusal is raised as ever."""
    recorder.answers.append(ScriptedAnswer.of(JOB, 202, X_Anything="yes"))
    answer = client.with_raw_response.create_video(**BARE)
    assert isinstance(answer, Response)
    assert (answer.status_code, answer.headers["x-anything"], answer.repeats) == (202, "yes", 0)
    assert answer.parsed is not None
    assert answer.parsed.raw == JOB
    assert b"video_abc123" in answer.content
    recorder.answers.append(ScriptedAnswer.of({"error": "no"}, 400))
    with pytest.raises(errors.BadRequestError):
        client.with_raw_response.retrieve_video("x")
    assert client.create_video(**BARE).id == "video_abc123"


def test_the_raw_answer_can_be_awaited(recorder: RequestRecorder) -> None:
    """In the same way."""

    async def main() -> Response[Any]:
        async with AsyncVideosClient(token=TOKEN, base_url=recorder.url) as client:
            return await client.with_raw_response.create_video(**BARE)

    assert asyncio.run(main()).status_code == 200


REFUSED = httpx.ConnectError("refused")
BUSY = httpx.Response(429, headers={"Retry-After": "1"})
#: What happens in turn, how often it was sent again, whether it is ambiguous, and what is said of it.
TRIED: list[tuple[tuple[Told, ...], int, bool, str]] = [
    ((REFUSED,), 2, False, "ConnectError: refused; repeated 2 times (POST"),
    ((BUSY,), 2, False, "; repeated 2 times (POST"),
    ((REFUSED, httpx.ReadTimeout("slow")), 1, True, "ReadTimeout: slow; repeated once (POST"),
    ((BUSY, 500), 1, True, "; repeated once (POST"),
    ((500,), 0, True, "it was not repeated: look"),
]


@pytest.mark.parametrize(("steps", "repeats", "ambiguous", "said"), TRIED, ids=range(len(TRIED)))
def test_an_error_says_how_often_it_was_tried(
    steps: tuple[Told, ...], repeats: int, *, ambiguous: bool, said: str, clock: Clock
) -> None:
    """And what it says of trying again is true also where some retries are used up."""
    answer, seen = handler(*steps)
    with pytest.raises(errors.VideosError) as caught:
        client_of(answer).create_video(**BARE)
    error = caught.value
    assert isinstance(error, (errors.AnswerError, errors.TransportError))
    assert (error.repeats, error.ambiguous, len(seen)) == (repeats, ambiguous, repeats + 1)
    assert said in str(error)
    assert ("it was not repeated again: look before" in str(error)) is (ambiguous and repeats > 0)
    assert len(clock.pauses) == repeats


@pytest.mark.parametrize("after", ["0", "1", "3600"])
def test_a_create_that_may_have_been_carried_out_is_sent_once_whatever_it_is_asked(after: str, clock: Clock) -> None:
    """A 503 proves nothing, and so does a wish that comes with it; when to come back is told."""
    answer, seen = handler(httpx.Response(503, headers={"Retry-After": after}))
    with pytest.raises(errors.ServiceUnavailableError) as caught:
        client_of(answer).create_video(**BARE)
    assert (caught.value.ambiguous, caught.value.repeats, len(seen)) == (True, 0, 1)
    assert caught.value.retry_after == float(after)
    assert str(caught.value).endswith("so it was not repeated: look before you try again.")
    assert clock.pauses == []


@pytest.mark.parametrize(("after", "retries", "repeats"), [("1", 2, 2), ("1", 0, 0), ("3600", 2, 0)])
def test_a_refusal_leaves_no_doubt_however_often_it_was_repeated(
    after: str, retries: int, repeats: int, clock: Clock
) -> None:
    """What ended the repeating was a limit: of retries, or of patience."""
    answer, seen = handler(httpx.Response(429, headers={"Retry-After": after}))
    with pytest.raises(errors.TooManyRequestsError) as caught:
        client_of(answer).create_video(**BARE, max_retries=retries)
    assert (caught.value.ambiguous, caught.value.repeats, len(seen)) == (False, repeats, repeats + 1)
    assert "look before" not in str(caught.value)
    assert len(clock.pauses) == repeats


def test_a_success_tells_how_often_it_was_tried(clock: Clock) -> None:
    """In the raw answer."""
    answer, _ = handler(BUSY, {})
    assert client_of(answer).with_raw_response.create_video(**BARE).repeats == 1
    assert len(clock.pauses) == 1
