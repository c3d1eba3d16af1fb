"""A job that was accepted is never lost, and every refusal is an error that says why."""

from __future__ import annotations

import asyncio
import copy
import datetime as dt
import inspect
import json
import pickle
import re
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiid_videos import AsyncVideosClient, VideosClient, errors, models
from aiid_videos.models import Video
from conformance.contract import load
from tests.client.recorder import JOB
from tests.client.settings import TOKEN

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}
JSON = {"Content-Type": "application/json", "X-Oneapi-Request-Id": "req-7"}


def answered(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Video:
    """What the client makes of an answer."""
    response = httpx.Response(status, content=content, headers=JSON if headers is None else headers)
    transport = httpx.MockTransport(lambda _: response)
    return VideosClient(token=TOKEN, http_client=httpx.Client(transport=transport)).create_video(**BARE)


def job(**changes: Any) -> Video:
    """What the client makes of a job with some fields changed; `...` leaves one out."""
    fields = {name: value for name, value in {**JOB, **changes}.items() if value is not ...}
    return answered(json.dumps(fields).encode())


def test_the_published_answer_is_read() -> None:
    """Every value as it was sent."""
    video = job()
    assert (video.id, video.object, video.model, video.status) == ("video_abc123", "video", "sora-2", "queued")
    assert (video.progress, video.created_at, video.seconds) == (0, 1764347090922, "8")
    assert (video.task_id, video.error, video.metadata) == (None, None, None)
    assert video.raw == JOB
    assert (video.stage, video.done) == ("waiting", False)


@pytest.mark.parametrize(
    ("changes", "read"),
    [
        ({"status": "generating"}, {"status": "generating", "stage": None, "done": False}),
        ({"status": "video_url"}, {"status": "video_url", "stage": None}),
        ({"status": "failed"}, {"stage": "failed", "done": True}),
        ({"model": "model-of-tomorrow"}, {"model": "model-of-tomorrow"}),
        ({"progress": "10"}, {"progress": 10}),
        ({"progress": 10.0}, {"progress": 10}),
        ({"progress": "about 10"}, {"progress": "about 10"}),
        ({"progress": "1_0"}, {"progress": "1_0"}),
        ({"progress": 10.5}, {"progress": 10.5}),
        ({"progress": ...}, {"progress": None}),
        ({"seconds": 8}, {"seconds": "8"}),
        ({"seconds": None}, {"seconds": None}),
        ({"id": 17}, {"id": "17"}),
        ({"status": ..., "object": ..., "created_at": ...}, {"id": "video_abc123", "status": None}),
        ({"size": {"w": 1}}, {"size": {"w": 1}}),
        ({"error": "out of luck"}, {"error": "out of luck"}),
        ({"metadata": None}, {"metadata": None}),
        ({"new_field": [1, {"a": None}]}, {"additional_properties": {"new_field": [1, {"a": None}]}}),
        ({"raw": 1}, {"additional_properties": {"raw": 1}}),
    ],
    ids=str,
)
def test_what_the_contract_does_not_foresee_is_readable(changes: dict[str, Any], read: dict[str, Any]) -> None:
    """Unknown values pass, numbers and texts become each other where that is unambiguous, the rest stays."""
    video = job(**changes)
    assert {name: getattr(video, name) for name in read} == read
    assert {name: video.raw.get(name, ...) for name in changes} == changes


def test_a_wrong_character_does_not_lose_the_job() -> None:
    """Latin-1 in a field of text, where JSON is UTF-8; and a byte order mark before it all."""
    latin = json.dumps({**JOB, "size": "é"}, ensure_ascii=False).encode("latin-1")
    assert (answered(latin).id, answered(latin).size) == ("video_abc123", "\ufffd")
    assert answered(b"\xef\xbb\xbf" + json.dumps(JOB).encode()).raw == JOB


def test_nested_objects_keep_what_is_new_in_them() -> None:
    """They are models too."""
    video = job(error={"code": 7, "message": "no", "hint": "x"}, metadata={"url": "https://a.example", "w": 1})
    assert isinstance(video.error, models.VideoError)
    assert (video.error.code, video.error.message, video.error.raw["hint"]) == ("7", "no", "x")
    assert video.metadata is not None
    assert (video.metadata.url, video.metadata.additional_properties) == ("https://a.example", {"w": 1})


WHEN = dt.datetime(2025, 11, 28, 16, 24, 50, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (1764347090, WHEN),
        (1764347090000, WHEN),
        (1764347090000000, WHEN),
        (1764347090000000000, WHEN),
        ("1764347090", WHEN),
        (1764347090.5, WHEN.replace(microsecond=500000)),
        ("2025-11-28T16:24:50Z", WHEN),
        ("2025-11-28T17:24:50+01:00", WHEN),
        ("2025-11-28T16:24:50", WHEN),
        (0, None),
        (-5, None),
        (10**30, None),
        ("soon", None),
        (None, None),
        ([], None),
        (True, None),
    ],
    ids=str,
)
def test_a_time_is_read_in_whichever_unit_it_comes(sent: Any, read: dt.datetime | None) -> None:
    """Seconds, milli-, micro- or nanoseconds; always aware, and never an error."""
    video = job(created_at=sent, completed_at=sent)
    assert (video.created_time, video.completed_time) == (read, read)
    assert video.raw["created_at"] == sent


A = {"error": {"code": "", "message": "Invalid token (request id: 2026)", "type": "new_api_error"}}
A_CODE = {"error": {"code": "model_not_found", "message": "No channel", "type": "new_api_error"}}
B = {"code": "invalid_request", "message": "prompt is required", "data": None}
C = {"error": {"message": "Task is not completed yet", "type": "invalid_request_error"}}
URL = {"error": {"message": "Invalid URL (GET /v1/videos)", "type": "x", "param": "", "code": ""}}
HTML = b"<!DOCTYPE html><html><head><title>api.example | 524: A timeout\n occurred</title></head></html>"


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


REFUSALS: list[tuple[int, bytes, type[errors.AnswerError], Any, str]] = [
    (401, dumped(A), errors.UnauthorizedError, None, "Invalid token (request id: 2026)"),
    (503, dumped(A_CODE), errors.ServiceUnavailableError, "model_not_found", "No channel"),
    (400, dumped(B), errors.BadRequestError, "invalid_request", "prompt is required"),
    (404, dumped(C), errors.NotFoundError, None, "Task is not completed yet"),
    (404, dumped(URL), errors.NotFoundError, None, "Invalid URL (GET /v1/videos)"),
    (405, dumped(URL), errors.ClientError, None, "Invalid URL (GET /v1/videos)"),
    (402, dumped({"error": "no credit"}), errors.PaymentRequiredError, None, "no credit"),
    (422, dumped({"detail": "bad"}), errors.UnprocessableContentError, None, "bad"),
    (422, dumped({"detail": [{"loc": ["n"]}]}), errors.UnprocessableContentError, None, '{"detail": [{"loc": ["n"]}]}'),
    (422, b"\x00\xff\x00", errors.UnprocessableContentError, None, "\x00\ufffd\x00"),
    (500, b'{"a":' * 900 + b"1" + b"}" * 900, errors.InternalServerError, None, '{"a":' * 40),
    (403, dumped({"error": {"code": 12, "message": "no"}}), errors.ForbiddenError, 12, "no"),
    (413, b"", errors.ContentTooLargeError, None, "no reason given"),
    (415, b"nope", errors.UnsupportedMediaTypeError, None, "nope"),
    (429, dumped(["slow", "down"]), errors.TooManyRequestsError, None, '["slow", "down"]'),
    (500, HTML, errors.InternalServerError, None, "api.example | 524: A timeout occurred"),
    (502, b"\xff\xfe", errors.BadGatewayError, None, "\ufffd\ufffd"),
    (504, b"{", errors.GatewayTimeoutError, None, "{"),
    (524, HTML, errors.ServerError, None, "api.example | 524: A timeout occurred"),
    (418, b"[" * 100_000, errors.ClientError, None, "[" * 200),
    (302, b"", errors.StatusError, None, "no reason given"),
    (200, dumped({"success": False, "message": "no quota"}), errors.RefusedError, None, "no quota"),
    (200, dumped({"error": {"message": "no", "code": "x"}}), errors.RefusedError, "x", "no"),
    (200, dumped({"id": "", "message": "no"}), errors.RefusedError, None, "no"),
    (200, b"", errors.UndecodableAnswerError, None, "the body is not what the contract promises"),
    (200, HTML, errors.UndecodableAnswerError, None, "the body is not what the contract promises"),
    (200, b"null", errors.UndecodableAnswerError, None, "the body is not what the contract promises"),
    (
        200,
        dumped({"status": "queued"}),
        errors.UndecodableAnswerError,
        None,
        "the body is not what the contract promises",
    ),
    (204, b"", errors.UndecodableAnswerError, None, "the body is not what the contract promises"),
]


# After these the server may have made a job, whatever it says.
#: The codes with which the contract lets a server say that nothing was made.
NOTHING_MADE = {
    code
    for schema in load().document.data["components"]["schemas"].values()
    for each in schema.get("properties", {}).values()
    for code in each.get("x-nothing-made", ())
}
AMBIGUOUS = {
    errors.BadGatewayError,
    errors.GatewayTimeoutError,
    errors.InternalServerError,
    errors.ServerError,
    errors.ServiceUnavailableError,
    errors.UndecodableAnswerError,
}


@pytest.mark.parametrize(
    ("status", "content", "kind", "code", "message"),
    REFUSALS,
    ids=[f"{each[0]}-{at}" for at, each in enumerate(REFUSALS)],
)
def test_every_refusal_says_why(
    status: int, content: bytes, kind: type[errors.AnswerError], code: Any, message: str
) -> None:
    """In whatever shape the reason comes, or none; the raw answer is always there."""
    with pytest.raises(errors.AnswerError) as caught:
        answered(content, status)
    error = caught.value
    assert type(error) is kind
    assert (error.status_code, error.code, error.message) == (status, code, message)
    assert (error.content, error.request_id) == (content, "req-7")
    assert (error.request.method, error.request.url) == ("POST", "https://api.aiid.edu.kg/v1/videos")
    assert str(error).startswith(f"{status}")
    assert message in str(error)
    assert "request id req-7" in str(error)
    assert error.ambiguous is (kind in AMBIGUOUS and code not in NOTHING_MADE)
    assert error.ambiguous is ("look before you try again" in str(error))


def test_an_undocumented_success_still_gives_the_job() -> None:
    """Some servers answer 202 where the contract says 200: the job is no less accepted."""
    video = answered(dumped(JOB), 202)
    assert (video.id, video.raw) == ("video_abc123", JOB)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*JOB, "error", "message", "code", "detail", "success", "data", "x"]), inner)
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=300, derandomize=True, database=None)
@given(status=st.integers(200, 599), answer=ANYTHING)
def test_no_answer_is_a_surprise(status: int, answer: Any) -> None:
    """Whatever is answered is a job, if it is a success with an id (a text or a number), or else an error of ours."""
    outcome = outcome_of(dumped(answer), status)
    name = answer.get("id") if isinstance(answer, dict) else None
    named = type(name) in (int, float, str) and name != ""
    assert isinstance(outcome, Video) is (status < 300 and named)
    if isinstance(outcome, Video):
        assert dumped(outcome.raw) == dumped(answer)
        assert repr(outcome).startswith("Video(")
        times = (outcome.created_time, outcome.completed_time, outcome.expiry_time)
        assert {time.tzinfo for time in times if time is not None} <= {dt.UTC}
    else:
        assert (outcome.status_code, outcome.content) == (status, dumped(answer))
        assert dumped(outcome.answer) == dumped(answer)


@settings(deadline=None, max_examples=300, derandomize=True, database=None)
@given(status=st.integers(200, 599), content=st.binary(max_size=30))
def test_bytes_that_are_no_job_are_an_error(status: int, content: bytes) -> None:
    """With the status and the very bytes; a success that nobody can read is one of its own."""
    with pytest.raises(errors.AnswerError) as caught:
        answered(content, status)
    assert (caught.value.status_code, caught.value.content) == (status, content)
    assert isinstance(caught.value, errors.UndecodableAnswerError) is (status < 300)


def outcome_of(content: bytes, status: int) -> Video | errors.AnswerError:
    try:
        return answered(content, status)
    except errors.AnswerError as error:
        return error


def test_the_asynchronous_client_raises_the_same_errors() -> None:
    """It is the same code that decides."""

    async def main() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(400, json=B))
        async with AsyncVideosClient(token=TOKEN, http_client=httpx.AsyncClient(transport=transport)) as client:
            await client.create_video(**BARE)

    with pytest.raises(errors.BadRequestError, match="prompt is required"):
        asyncio.run(main())


def drawn(drawing: str) -> dict[str, str]:
    """Each class of a drawn tree, with the class above it."""
    above: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for line in drawing.splitlines():
        found = re.match(r"^([ │├└─]*)(\w+Error)\b", line)
        if found:
            depth = len(found[1])
            path = [(at, name) for at, name in path if at < depth]
            above[found[2]] = path[-1][1] if path else "Exception"
            path.append((depth, found[2]))
    return above


def test_the_drawn_tree_is_the_tree() -> None:
    """The docstring that people read and the classes that they catch."""
    real = {
        name: kind.__mro__[1].__name__
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == errors.__name__
    }
    warned = {name: parent for name, parent in real.items() if parent == "UserWarning"}
    assert errors.__doc__ is not None
    assert drawn(errors.__doc__) == {name: parent for name, parent in real.items() if name not in warned}
    assert all(f"`{name}`" in errors.__doc__ for name in warned)
    assert sorted([*real, "SentRequest"]) == errors.__all__


def test_errors_survive_being_pickled_and_copied() -> None:
    """They travel between processes with all that they say."""
    with pytest.raises(errors.AnswerError) as caught:
        answered(dumped(B), 400)
    for twin in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):  # noqa: S301 - made above
        assert type(twin) is errors.BadRequestError
        assert str(twin) == str(caught.value)
        assert vars(twin) == vars(caught.value)


def test_jobs_are_values() -> None:
    """Equal by what they say, frozen, and safe to pickle."""
    first, second = job(), job()
    assert first == second
    assert len({first, second}) == 1
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301 - made above
    with pytest.raises(AttributeError):
        first.status = "failed"  # type: ignore[misc]  # that is the point
