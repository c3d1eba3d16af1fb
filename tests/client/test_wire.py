"""What the client really sends, read from the bytes that a server received."""

from __future__ import annotations

import asyncio
import io
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from aiid_videos import AsyncVideosClient, VideosClient
from aiid_videos.api.videos import create_video
from aiid_videos.models import ContentItem, CreateVideoRequest, ErrorAnswer, InputReference, RequestMetadata
from tests.client.parsing import ParsedPart, boundary, by_email, by_multipart
from tests.client.recorder import RequestRecorder, ScriptedAnswer
from tests.client.settings import TOKEN

BARE: dict[str, Any] = {"model": "sora-2", "prompt": "a cat"}
PNG = b"\x89PNG\r\n\x1a\n\x00\xff--"


def sent(recorder: RequestRecorder) -> list[ParsedPart]:
    """The parts of the last request, about which both readers agree."""
    last = recorder.last
    parts = by_multipart(last.headers, last.body)
    assert parts == by_email(last.headers, last.body)
    return parts


def further(recorder: RequestRecorder) -> list[ParsedPart]:
    """The parts after those of a bare request."""
    return sent(recorder)[2:]


def test_a_bare_request_has_two_parts_of_text(client: VideosClient, recorder: RequestRecorder) -> None:
    """Nothing is sent that the caller did not give, and the token stands in its header."""
    client.create_video(**BARE)
    assert sent(recorder) == [ParsedPart("model", None, None, b"sora-2"), ParsedPart("prompt", None, None, b"a cat")]
    assert (recorder.last.method, recorder.last.path) == ("POST", "/v1/videos")
    assert recorder.last.headers["Authorization"] == f"Bearer {TOKEN}"
    assert recorder.last.headers["User-Agent"].startswith("aiid-videos/")


SCALARS: list[tuple[str, Any, bytes]] = [
    ("duration", 8, b"8"),
    ("width", 0, b"0"),
    ("height", -1, b"-1"),
    ("seed", 2**63, b"9223372036854775808"),
    ("fps", True, b"true"),
    ("n", 1.5, b"1.5"),
    ("seconds", "8", b"8"),
    ("size", "", b""),
    ("user", "日本語 é\r\n\t", "日本語 é\r\n\t".encode()),
    ("response_format", "url", b"url"),
    ("mode", "t2v", b"t2v"),
]


@pytest.mark.parametrize(("name", "value", "content"), SCALARS, ids=[name for name, *_ in SCALARS])
def test_a_scalar_is_text_as_people_write_it(
    client: VideosClient, recorder: RequestRecorder, name: str, value: Any, content: bytes
) -> None:
    """Never Python's notation, and never a filename or a media type that would make it a file."""
    client.create_video(**BARE, **{name: value})
    assert further(recorder) == [ParsedPart(name, None, None, content)]


OBJECTS: list[tuple[Any, bytes]] = [
    (
        {"style": "noir", "on": True, "none": None, "deep": [[1], {"é": 0.5}]},
        '{"style":"noir","on":true,"none":null,"deep":[[1],{"é":0.5}]}'.encode(),
    ),
    (RequestMetadata.from_dict({"style": "noir"}), b'{"style":"noir"}'),
    (RequestMetadata(additional_properties={"a": ContentItem.from_dict({"b": 1})}), b'{"a":{"b":1}}'),
    ({}, b"{}"),
]


@pytest.mark.parametrize(("value", "content"), OBJECTS, ids=["dict", "model", "nested-model", "empty"])
def test_an_object_is_one_part_of_json(
    client: VideosClient, recorder: RequestRecorder, value: Any, content: bytes
) -> None:
    """Booleans, nulls and nested values as JSON, whether given as dict or as model."""
    client.create_video(**BARE, metadata=value, parameters=value)
    assert further(recorder) == [
        ParsedPart("metadata", None, "application/json", content),
        ParsedPart("parameters", None, "application/json", content),
    ]


def test_a_list_is_one_part_for_each_item(client: VideosClient, recorder: RequestRecorder) -> None:
    """Texts with the media type that the contract names, objects as JSON, in their order."""
    client.create_video(
        **BARE,
        images=["https://a.example/1.png", "data:,x"],
        content=[{"type": "text", "text": "a"}, ContentItem.from_dict({"type": "b"})],
    )
    assert further(recorder) == [
        ParsedPart("images", None, "text/plain", b"https://a.example/1.png"),
        ParsedPart("images", None, "text/plain", b"data:,x"),
        ParsedPart("content", None, "application/json", b'{"type":"text","text":"a"}'),
        ParsedPart("content", None, "application/json", b'{"type":"b"}'),
    ]


def test_an_empty_list_sends_nothing(client: VideosClient, recorder: RequestRecorder) -> None:
    """There is no part that could stand for it."""
    client.create_video(**BARE, images=[], content=())
    assert further(recorder) == []


def files(folder: Path) -> list[tuple[str, Any, str, str, bytes]]:
    """Every way to give a file, and what it should look like on the wire."""
    path = folder / "kätzchen 猫.png"
    path.write_bytes(PNG)
    return [
        ("path", path, "kätzchen 猫.png", "image/png", PNG),
        ("bytes", PNG, "image", "application/octet-stream", PNG),
        ("empty", b"", "image", "application/octet-stream", b""),
        ("object", io.BytesIO(PNG), "image", "application/octet-stream", PNG),
        ("name-and-bytes", ("a.webp", PNG), "a.webp", "image/webp", PNG),
        ("name-bytes-type", ("a", PNG, "image/x-odd; q=1"), "a", "image/x-odd; q=1", PNG),
        ("name-object-none", ("a.jpg", io.BytesIO(PNG), None), "a.jpg", "image/jpeg", PNG),
        ("name-path", ("b.gif", path), "b.gif", "image/gif", PNG),
        ("no-name", ("", PNG), "image", "application/octet-stream", PNG),
        ("not-an-image", ("a.mp4", PNG), "a.mp4", "application/octet-stream", PNG),
        ("compressed", ("a.png.gz", PNG), "a.png.gz", "application/octet-stream", PNG),
        ("a-data-url", ("data:image/png;x,y", PNG), "png;x,y", "application/octet-stream", PNG),
        ("a-windows-path", ("C:\\cats\\a.png", PNG), "a.png", "image/png", PNG),
    ]


def test_a_file_always_has_a_name_and_a_type(client: VideosClient, recorder: RequestRecorder, tmp_path: Path) -> None:
    """Without a filename servers read text; the type is guessed, and kept to what the contract allows."""
    for case, value, name, kind, content in files(tmp_path):
        client.create_video(**BARE, image=value)
        assert further(recorder) == [ParsedPart("image", name, kind, content)], case
        assert not recorder.last.chunked, case


def test_an_open_file_is_sent_whole_under_its_own_name(
    client: VideosClient, recorder: RequestRecorder, tmp_path: Path
) -> None:
    """Wherever it was left off reading; and it stays open, because it is the caller's."""
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        file.read(4)
        client.create_video(**BARE, image=file)
        assert not file.closed
    assert further(recorder) == [ParsedPart("image", "cat.png", "image/png", PNG)]


def test_a_pipe_is_sent_in_chunks(client: VideosClient, recorder: RequestRecorder) -> None:
    """Its length is unknown, so none is claimed."""
    reader, writer = os.pipe()

    def feed() -> None:
        with os.fdopen(writer, "wb") as end:
            end.write(PNG * 100)

    feeding = threading.Thread(target=feed)
    feeding.start()
    with os.fdopen(reader, "rb") as pipe:
        client.create_video(**BARE, image=("pipe.png", pipe))
    feeding.join()
    assert recorder.last.chunked
    assert further(recorder) == [ParsedPart("image", "pipe.png", "image/png", PNG * 100)]


REFERENCES: list[tuple[Any, ParsedPart]] = [
    ("https://a.example/é.png", ParsedPart("", None, "text/plain", "https://a.example/é.png".encode())),
    ({"url": "x"}, ParsedPart("", None, "application/json", b'{"url":"x"}')),
    (InputReference.from_dict({"url": "x"}), ParsedPart("", None, "application/json", b'{"url":"x"}')),
    (PNG, ParsedPart("", "input_reference", "application/octet-stream", PNG)),
    (("a.png", PNG), ParsedPart("", "a.png", "image/png", PNG)),
    (io.BytesIO(PNG), ParsedPart("", "input_reference", "application/octet-stream", PNG)),
]


@pytest.mark.parametrize(("value", "part"), REFERENCES, ids=["text", "dict", "model", "bytes", "tuple", "object"])
def test_a_union_is_sent_as_what_the_value_is(
    client: VideosClient, recorder: RequestRecorder, value: Any, part: ParsedPart
) -> None:
    """A text, an object or a file, each with its own one of the media types that the contract allows."""
    client.create_video(**BARE, input_reference=value)
    assert further(recorder) == [ParsedPart("input_reference", part.filename, part.content_type, part.content)]


def test_fields_that_the_contract_does_not_name_can_be_sent(client: VideosClient, recorder: RequestRecorder) -> None:
    """As JSON where they are no texts or files."""
    client.create_video(**BARE, extra_fields={"a": "b", "c": [None, True], "d": ("d.png", PNG), "e": 2})
    assert further(recorder) == [
        ParsedPart("a", None, None, b"b"),
        ParsedPart("c", None, "application/json", b"[null,true]"),
        ParsedPart("d", "d.png", "image/png", PNG),
        ParsedPart("e", None, None, b"2"),
    ]


def test_the_asynchronous_client_sends_the_same_bytes(recorder: RequestRecorder, tmp_path: Path) -> None:
    """But for the boundary, which is new each time."""
    path = tmp_path / "cat.png"
    path.write_bytes(PNG * 1000)
    given: dict[str, Any] = {**BARE, "image": path, "metadata": {"a": 1}, "content": [{"b": 2}], "seconds": ""}

    async def main() -> None:
        async with AsyncVideosClient(token=TOKEN, base_url=recorder.url) as client:
            video = await client.create_video(**given)
            assert video.id == "video_abc123"

    asyncio.run(main())
    with VideosClient(token=TOKEN, base_url=recorder.url) as client:
        client.create_video(**given)
    first, second = recorder.requests
    assert boundary(first.headers) != boundary(second.headers)
    assert by_multipart(first.headers, first.body) == by_multipart(second.headers, second.body) == sent(recorder)


def test_the_plain_functions_take_a_model_and_return_refusals(client: VideosClient, recorder: RequestRecorder) -> None:
    """For those who would rather look at a value than catch an error."""
    body = CreateVideoRequest(model="sora-2", prompt="a cat", metadata={"a": 1}, image=("a.png", PNG))
    created = create_video.sync(client=client, body=body)
    assert created is not None
    assert not isinstance(created, ErrorAnswer)
    assert created.id == "video_abc123"
    assert [part.name for part in sent(recorder)] == ["model", "prompt", "image", "metadata"]

    recorder.answers.append(ScriptedAnswer.of({"error": {"message": "no", "code": "x"}}, 400, X_Oneapi_Request_Id="r1"))
    refused = create_video.sync_detailed(client=client, body=body)
    assert (refused.status_code, refused.request_id) == (400, "r1")
    assert isinstance(refused.parsed, ErrorAnswer)
    assert json.loads(refused.content)["error"]["code"] == "x"

    recorder.answers.append(ScriptedAnswer(524, b"<html>", ()))
    undocumented = create_video.sync_detailed(client=client, body=body)
    assert (undocumented.status_code, undocumented.parsed) == (524, None)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"image": "cat.png"}, TypeError, "image takes a pathlib.Path, bytes or a file opened in binary mode, not str"),
    ({"image": io.StringIO("x")}, TypeError, "image takes a pathlib.Path"),
    ({"image": 5}, TypeError, "image takes a pathlib.Path"),
    ({"image": ("a", b"", "image/png\r\nX: y")}, ValueError, "is not a media type"),
    ({"image": Path("/nowhere/cat.png")}, FileNotFoundError, "/nowhere/cat.png"),
    ({"image": Path("/")}, IsADirectoryError, "/"),
    ({"images": "https://a.example"}, TypeError, "images takes a list, not str"),
    ({"content": {"type": "text"}}, TypeError, "content takes a list, not dict"),
    ({"metadata": {"a": {1, 2}}}, TypeError, "metadata: Object of type set is not JSON serializable"),
    ({"metadata": {"a": float("nan")}}, ValueError, "metadata: Out of range float"),
    ({"parameters": {"a": "\ud800"}}, ValueError, "parameters holds half a character"),
    ({"user": "\ud800"}, ValueError, "user holds half a character"),
]


@pytest.mark.parametrize(("given", "kind", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_sent_is_refused_before_anything_is_sent(
    client: VideosClient, recorder: RequestRecorder, given: dict[str, Any], kind: type[Exception], message: str
) -> None:
    """With the field's name, and as the built-in error that people catch for it."""
    with pytest.raises(kind, match=message.replace(".", r"\.")):
        client.create_video(**BARE, **given)
    assert recorder.requests == []
