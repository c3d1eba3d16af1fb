"""Nothing that a value or a filename contains can add a part to a form, or change another one."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aiid_videos import VideosClient
from tests.client.parsing import ParsedPart, boundary, by_email, by_multipart
from tests.client.recorder import JOB

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
# What forms, headers and quoted strings are made of, so that it comes up often.
CONTROLS = ["\r\n", "\r", "\n", "\x00", "\x0b", "\x0c", "\x1b", "\x1c", "\x85", "\u2028", "\u2029"]
SYNTAX = ["--", "--+++", '"', "\\", ";", "=", "%", "%22", ":", "filename*=utf-8''x", 'name="model"', "X: y", "é", "猫"]
PIECES = st.sampled_from([*CONTROLS, *SYNTAX, "Content-Disposition: form-data"])
HOSTILE = st.lists(st.one_of(PIECES, st.text(string.ascii_letters, max_size=3)), max_size=12).map("".join)
ANY_TEXT = st.one_of(TEXT, HOSTILE)


def unescaped(name: str) -> str:
    """A name without the escapes that clients use in quoted strings."""
    return unquote(name).replace("\\", "")


class Wire:
    """Sends through the client, and reads back what went out."""

    def __init__(self) -> None:
        self.last: httpx.Request | None = None
        transport = httpx.MockTransport(self._answer)
        self.client = VideosClient(token="t", http_client=httpx.Client(transport=transport))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.last = request
        return httpx.Response(200, json=JOB)

    def parts(self, **given: Any) -> list[ParsedPart]:
        """The parts that a call sends, about which both readers agree."""
        self.client.create_video(**given)
        assert self.last is not None
        headers = Message()
        headers["Content-Type"] = self.last.headers["Content-Type"]
        body = self.last.content
        assert boundary(headers).encode() not in b"".join(str(value).encode() for value in given.values())
        parts = by_multipart(headers, body)
        # The two differ in which escapes of names they take back.
        assert [(unescaped(part.name), part.content) for part in by_email(headers, body)] == [
            (unescaped(part.name), part.content) for part in parts
        ]
        return parts


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """One client for all examples."""
    made = Wire()
    yield made
    made.client.close()


unhurried = settings(
    deadline=None,
    max_examples=150,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@unhurried
@given(prompt=ANY_TEXT, user=ANY_TEXT)
@example(prompt='\r\n--+++\r\nContent-Disposition: form-data; name="n"\r\n\r\n9\r\n--+++--', user="")
def test_a_text_arrives_as_it_is(wire: Wire, prompt: str, user: str) -> None:
    """Also where it is made to look like the end of its part."""
    parts = wire.parts(model="sora-2", prompt=prompt, user=user)
    assert [(part.name, part.filename, part.content) for part in parts] == [
        ("model", None, b"sora-2"),
        ("prompt", None, prompt.encode()),
        ("user", None, user.encode()),
    ]


@unhurried
@given(filename=ANY_TEXT, content=st.one_of(st.binary(), ANY_TEXT.map(str.encode)))
@example(filename='x"; name="model', content=b"")
@example(filename="data:text/html\r\nX-Injected: yes,", content=b"\r\n--")
def test_a_filename_stays_in_its_part(wire: Wire, filename: str, content: bytes) -> None:
    """Its last segment arrives, perhaps escaped; it adds no parameter, no header and no part."""
    parts = wire.parts(model="sora-2", prompt="p", image=(filename, content), seconds="8")
    assert [(part.name, part.content) for part in parts] == [
        ("model", b"sora-2"),
        ("prompt", b"p"),
        ("image", content),
        ("seconds", b"8"),
    ]
    assert parts[2].filename is not None
    assert unescaped(parts[2].filename) == unescaped(re.split(r"[/\\]", filename)[-1] or "image")


@unhurried
@given(name=ANY_TEXT, value=ANY_TEXT)
def test_the_name_of_a_further_field_stays_in_its_part(wire: Wire, name: str, value: str) -> None:
    """Names that come from data are as harmless as values."""
    parts = wire.parts(model="sora-2", prompt="p", extra_fields={name: value}, seconds="8")
    assert [part.content for part in parts] == [b"sora-2", b"p", b"8", value.encode()]
    assert [part.name for part in parts[:3]] == ["model", "prompt", "seconds"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


@unhurried
@given(value=st.dictionaries(ANY_TEXT, JSON, max_size=4))
def test_an_object_arrives_as_it_is(wire: Wire, value: dict[str, Any]) -> None:
    """Whatever its names and texts hold."""
    parts = wire.parts(model="sora-2", prompt="p", metadata=value)
    assert [part.name for part in parts] == ["model", "prompt", "metadata"]
    assert json.loads(parts[2].content) == value


@pytest.mark.parametrize(
    "kind", ["image/png\r\nX: y", "image/png\n", "image", "", "image/pn g", 'image/"x"', "image/é"]
)
def test_a_media_type_is_no_way_out_either(wire: Wire, kind: str) -> None:
    """One that is none is refused."""
    with pytest.raises(ValueError, match="media type"):
        wire.parts(model="sora-2", prompt="p", image=("a", b"", kind))
