"""A contract may grow: whatever it gains, the client says it rightly on the wire and keeps its flat arguments."""

from __future__ import annotations

import importlib
import inspect
import io
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.client.growth import GROWN_JOB
from tests.client.parsing import ParsedPart, by_multipart
from tests.client.recorder import NOTHING, Recorded, RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN


@pytest.fixture
def videos(grown: ModuleType, recorder: RequestRecorder) -> Any:
    """A client of the grown contract."""
    with grown.VideosClient(token=TOKEN, base_url=recorder.url) as client:
        yield client


def parts(sent: Recorded) -> list[ParsedPart]:
    return by_multipart(sent.headers, sent.body)


FIELDS: list[tuple[dict[str, Any], list[ParsedPart]]] = [
    ({"strength": "0.5"}, [ParsedPart("strength", None, None, b"0.5")]),
    ({"strength": None}, []),
    (
        {"style": {"name": "noir", "tint": "red"}},
        [ParsedPart("style", None, "application/json", b'{"name":"noir","tint":"red"}')],
    ),
    ({"quality": "low"}, [ParsedPart("quality", None, None, b"low")]),
    ({"quality": 3}, [ParsedPart("quality", None, None, b"3")]),
    (
        {"filters": ["sepia", "noir"]},
        [ParsedPart("filters", None, None, b"sepia"), ParsedPart("filters", None, None, b"noir")],
    ),
    ({"camera": "pan"}, [ParsedPart("camera", None, None, b"pan")]),
    ({"label": {"text": "a"}}, [ParsedPart("label", None, "application/json", b'{"text":"a"}')]),
    ({"crop": "top"}, [ParsedPart("crop", None, None, b"top")]),
    ({"tint": "blue"}, [ParsedPart("tint", None, None, b"blue")]),
    ({"loops": 2}, [ParsedPart("loops", None, None, b"2")]),
    ({"audio": ("a.mp3", b"x")}, [ParsedPart("audio", "a.mp3", "audio/mpeg", b"x")]),
]


@pytest.mark.parametrize(("given", "expected"), FIELDS, ids=lambda value: next(iter(value), None) if value else None)
def test_a_form_gains_a_field(
    videos: Any, recorder: RequestRecorder, given: dict[str, Any], expected: list[ParsedPart]
) -> None:
    """Nullable, merged, of several types, listed, required, in a merged form: each is one flat argument."""
    recorder.answers.append(ScriptedAnswer.of(GROWN_JOB))
    videos.create_video(model="sora-2", prompt="p", scale=5, **given)
    bare = [
        ParsedPart(name, None, None, text) for name, text in [("model", b"sora-2"), ("prompt", b"p"), ("scale", b"5")]
    ]
    assert parts(recorder.last) == [*bare, *expected]


def test_what_is_required_of_a_form_is_required_of_its_caller(grown: ModuleType) -> None:
    """Also a whole number with a bound, and what only one part of an `allOf` demands."""
    signature = inspect.signature(grown.VideosClient.create_video).parameters
    required = [name for name, each in signature.items() if each.default is inspect.Parameter.empty]
    assert required == ["self", "model", "prompt", "scale"]


def test_an_answer_gains_members(videos: Any, recorder: RequestRecorder, grown: ModuleType) -> None:
    """A number with a bound, an object, an enumeration, and what an `allOf` adds are read and typed."""
    recorder.answers.append(ScriptedAnswer.of({**GROWN_JOB, "cost": "1.5", "visibility": "hidden"}))
    job = videos.create_video(model="sora-2", prompt="p", scale=5)
    assert (job.cost, job.owner, job.region) == (1.5, grown.models.Owner(name="ada", tier=1), "eu")
    assert job.visibility == "hidden"
    assert job.stage == "waiting"


def test_a_list_with_parameters_of_each_style(videos: Any, recorder: RequestRecorder) -> None:
    """Percent-encoded; lists repeated, or joined by the delimiter of their style; objects spread out or deep."""
    recorder.answers.extend([ScriptedAnswer.of({"data": [GROWN_JOB], "next": "n"})] * 2)
    page = videos.list_videos(
        after="a b&c=ä/+",
        status=["queued", "failed"],
        fields=["id", "a,b"],
        tags=("x|y", "z"),
        where={"model": "m 1", "limit": 2},
        sort={"model": "up"},
        deleted=False,
        shape={"a": [1, None]},
    )
    assert recorder.last.method == "GET"
    assert recorder.last.path == (
        "/v1/videos?after=a%20b%26c%3D%C3%A4%2F%2B&status=queued&status=failed&fields=id,a%2Cb&tags=x%7Cy%7Cz"
        "&where%5Bmodel%5D=m%201&where%5Blimit%5D=2&model=up&deleted=false&shape=%7B%22a%22%3A%5B1%2Cnull%5D%7D"
    )
    assert (page.data[0].id, page.next) == ("video_abc123", "n")
    videos.list_videos(after="")
    assert recorder.last.path == "/v1/videos?after="


def test_headers_and_cookies_go_where_the_contract_says(videos: Any, recorder: RequestRecorder) -> None:
    """An enumerated header; the operation's own parameter replaces that of the path; lists are joined."""
    recorder.answers.append(ScriptedAnswer.of(GROWN_JOB))
    videos.get_video(video_id="a/b", x_region="eu", x_parts=[1, 2], session="a b;c")
    assert (recorder.last.method, recorder.last.path) == ("GET", "/v1/videos/a%2Fb")
    assert (recorder.last.headers["X-Region"], recorder.last.headers["X-Parts"]) == ("eu", "1,2")
    assert recorder.last.headers["Cookie"] == "session=a%20b%3Bc"
    with pytest.raises(ValueError, match="X-Region holds characters that a header cannot carry"):
        videos.get_video(video_id="a", x_region="eu\r\nX-Evil: 1")
    assert len(recorder.requests) == 1


def test_what_is_gone_and_what_is_bytes(videos: Any, recorder: RequestRecorder) -> None:
    """A DELETE without an answer's body, and an answer in a media type that is no JSON."""
    recorder.answers.extend([NOTHING, ScriptedAnswer(200, b"\x00mp4", (("Content-Type", "video/mp4"),))])
    assert videos.delete_video(video_id="v") is None
    assert (recorder.last.method, recorder.last.path) == ("DELETE", "/v1/videos/v")
    assert videos.download_video("v", saved := io.BytesIO()).size == len(saved.getvalue()) == 4
    assert recorder.last.path == "/v1/videos/v/content"


def test_a_second_form_has_a_path_parameter(videos: Any, recorder: RequestRecorder) -> None:
    """A parameter with the name of a field says in its name where it stands."""
    recorder.answers.append(ScriptedAnswer.of(GROWN_JOB))
    videos.remix_video(video_id="v", prompt="p", prompt_query=True, hints=["a"], mask=b"m")
    assert (recorder.last.method, recorder.last.path) == ("POST", "/v1/videos/v/remix?prompt=true")
    assert [part.name for part in parts(recorder.last)] == ["prompt", "mask", "hints"]


def test_a_json_operation(videos: Any, recorder: RequestRecorder) -> None:
    """Null is sent where it means something; a mixed enumeration takes each of its kinds."""
    recorder.answers.extend([ScriptedAnswer.of({"cost": 2})] * 2)
    assert videos.estimate_cost(model="sora-2").cost == 2
    assert json.loads(recorder.last.body) == {"model": "sora-2"}
    assert recorder.last.headers["Content-Type"] == "application/json"
    videos.estimate_cost(model="sora-2", budget=None, choice=2)
    assert json.loads(recorder.last.body) == {"model": "sora-2", "budget": None, "choice": 2}


def test_refusals_by_status_and_by_range(videos: Any, recorder: RequestRecorder, grown: ModuleType) -> None:
    """An exact status has a class of its own; what only a range covers is read all the same."""
    refusal = {"error": {"message": "no", "code": "x"}}
    recorder.answers.extend([ScriptedAnswer.of(refusal, 404), ScriptedAnswer.of(refusal, 418)])
    with pytest.raises(grown.errors.NotFoundError, match="404 x: no"):
        videos.get_video(video_id="v", x_region="eu")
    get_video = importlib.import_module("grown_videos.api.videos.get_video")
    answer = get_video.sync_detailed(client=videos, video_id="v", x_region="eu")
    assert answer.status_code == 418
    assert isinstance(answer.parsed, grown.models.ErrorAnswer)


def test_webhooks_are_listed_and_call_nothing(grown: ModuleType) -> None:
    """They are for servers to send; a reader of the README learns that there are any."""
    readme = (Path(str(grown.__file__)).parents[1] / "README.md").read_text(encoding="utf-8")
    assert "- `videoEnded`: A job has ended." in readme
    assert not hasattr(grown.VideosClient, "video_ended")
