"""One codec for each kind of body: what is written is read back, and what is no such body is refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.bodies.codecs import codec, documented_media
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.representations import representations, write
from conformance.bodies.requests import can_stand, read_body, read_parameters, write_headers, write_target
from conformance.bodies.samples import samples
from conformance.bodies.strict_json import write_json
from conformance.bodies.troubles import Limits, MalformedBody, Trouble
from conformance.bodies.validity import Validity, judge
from conformance.contract import FORM, Contract, Location, MediaType, Operation
from tests.suite.contracts import Json, answers, loaded

_FAST = settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
_JSON, _URLENCODED, _OCTETS = "application/json", "application/x-www-form-urlencoded", "application/octet-stream"
_MEMBERS: Json = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"type": "string"},
        "whole": {"type": "integer", "minimum": 1},
        "half": {"type": "number"},
        "yes": {"type": "boolean"},
        "maybe": {"type": ["string", "null"]},
        "list": {"type": "array", "items": {"type": "integer"}},
        "words": {"type": "array", "items": {"type": "string"}, "examples": [["a", "b"], ["c"]]},
        "object": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        "either": {"oneOf": [{"type": "integer"}, {"enum": ["all", "none"]}]},
    },
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract with a body of each kind, and a parameter in each place."""
    folder = tmp_path_factory.mktemp("service")
    bodies = {
        "form": {FORM: {"schema": _MEMBERS}},
        "json": {_JSON: {"schema": _MEMBERS}},
        "urlencoded": {_URLENCODED: {"schema": _MEMBERS}},
        "octets": {_OCTETS: {}},
        "whole": {_JSON: {"schema": {"type": "array", "items": {"type": "integer"}, "examples": [[1, 2]]}}},
        "several": {_JSON: {"schema": _MEMBERS}, "image/*": {}},
    }
    paths: Json = {
        f"/{name}": {"post": {"operationId": name, "requestBody": {"content": content}, "responses": answers()}}
        for name, content in bodies.items()
    }
    places = [("query", "q"), ("header", "X-H"), ("cookie", "c"), ("path", "p")]
    parameters = [{"name": name, "in": place, "required": True, "schema": {"type": "string"}} for place, name in places]
    paths["/of/{p}/x"] = {"get": {"operationId": "placed", "parameters": parameters, "responses": answers()}}
    return loaded(folder, paths)


def _media(contract: Contract, name: str) -> MediaType:
    media = contract.operation(name).media
    assert media is not None
    return media


def _written(media: MediaType, parts: Sequence[Part]) -> tuple[str, bytes]:
    found = codec(media)
    return found.content_type(media, Framing()), found.encode(media, parts, Framing())


def _carried(parts: Sequence[Part]) -> list[tuple[str | None, bytes, str | None]]:
    return [(part.name, part.value, part.filename) for part in parts]


@pytest.mark.parametrize("name", ["form", "json", "urlencoded", "octets", "whole"])
def test_every_sample_is_read_back(service: Contract, name: str) -> None:
    """Each documented way to write each input is valid as sent, and read back as the value that was meant."""
    operation, media = service.operation(name), _media(service, name)
    for declared in media.inputs:
        for way in representations(declared, media.kind):
            for value in samples(way):
                others = [] if declared.is_whole or declared.name == "text" else [_text(media)]
                content_type, body = _written(media, [*others, *write(way, value)])
                read_as, parts = read_body(operation, content_type, body)
                reading = judge(operation, parts, read_as)
                assert reading.validity is Validity.VALID, (declared.name, way.kind, body, reading.problems)
                assert reading.values[declared.name] == value, (declared.name, way.kind, body)


def _text(media: MediaType) -> Part:
    return Part("text", b'"a"' if media.kind == "json" else b"a")


_names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda leaf: st.lists(leaf, max_size=3) | st.dictionaries(st.text(max_size=4), leaf, max_size=3),
    max_leaves=5,
)


@given(members=st.dictionaries(_names, _values, max_size=4))
@_FAST
def test_json_members_are_read_back(service: Contract, members: dict[str, Any]) -> None:
    """Members of any name and value are one JSON object for every reader, and are read back as they were written."""
    media = _media(service, "json")
    parts = [Part(name, write_json(value)) for name, value in members.items()]
    content_type, body = _written(media, parts)
    assert json.loads(body) == members
    assert _carried(codec(media).decode(media, content_type, body, Limits())) == _carried(parts)


@given(pairs=st.lists(st.tuples(_names, st.text(max_size=12)), max_size=5))
@_FAST
def test_urlencoded_pairs_are_read_back(service: Contract, pairs: list[tuple[str, str]]) -> None:
    """Pairs of any text, repeated names and empty values included, are the form that every library writes."""
    media = _media(service, "urlencoded")
    parts = [Part(name, value.encode()) for name, value in pairs]
    content_type, body = _written(media, parts)
    assert body.decode() == urlencode(pairs)
    assert parse_qsl(body.decode(), keep_blank_values=True) == pairs
    assert _carried(codec(media).decode(media, content_type, body, Limits())) == _carried(parts)


@given(value=st.binary(max_size=200))
@_FAST
def test_octets_are_read_back(service: Contract, value: bytes) -> None:
    """Any bytes are a body of bytes, and nothing is added or lost."""
    media = _media(service, "octets")
    content_type, body = _written(media, [Part("body", value)])
    assert (content_type, body) == (_OCTETS, value)
    assert [part.value for part in codec(media).decode(media, content_type, body, Limits())] == [value]


@given(value=st.binary(max_size=80), name=_names.filter(lambda text: not set(text) & set('"\r\n%\\;')))
@_FAST
def test_parts_of_a_form_are_read_back(service: Contract, value: bytes, name: str) -> None:
    """A part of a form holds any bytes, also such as look like the end of it."""
    media = _media(service, "form")
    parts = [Part(name, b"--" + value), Part(name, value, "a.bin", "application/octet-stream")]
    content_type, body = _written(media, parts)
    assert _carried(codec(media).decode(media, content_type, body, Limits())) == _carried(parts)


@pytest.mark.parametrize(
    ("name", "content_type", "body"),
    [
        ("form", f"{FORM}; boundary=x", b""),
        ("form", f"{FORM}; boundary=x", b"text=a"),
        ("form", f"{FORM}; boundary=x", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na'),
        ("form", f"{FORM}; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\na\r\n--x--\r\n"),
        ("form", FORM, b"--x--\r\n"),
        ("json", _JSON, b""),
        ("json", _JSON, b"{"),
        ("json", _JSON, b'{"text": "a"} {}'),
        ("json", _JSON, b'{"text": "a",}'),
        ("json", _JSON, b"text=a"),
        ("json", _JSON, b"[]"),
        ("json", _JSON, b'"text"'),
        ("whole", _JSON, b"[1, 2"),
    ],
)
def test_a_body_that_no_reader_takes_is_refused(service: Contract, name: str, content_type: str, body: bytes) -> None:
    """A body that is cut, of another form or of another type is no body of its kind, for any reader."""
    with pytest.raises(MalformedBody) as raised:
        read_body(service.operation(name), content_type, body)
    assert raised.value.trouble is Trouble.MALFORMED
    assert not raised.value.tolerable


@pytest.mark.parametrize(
    ("name", "content_type", "body"),
    [
        ("json", _JSON, b'{"text": "a", "text": "b"}'),
        ("json", _JSON, b'{"half": NaN, "text": "a"}'),
        ("json", _JSON, b'{"text": "\xff"}'),
        ("json", _JSON, b'{"text": "\\ud800"}'),
        ("json", f"{_JSON}; charset=utf-16", b'{"text": "a"}'),
        ("urlencoded", _URLENCODED, b"text"),
        ("urlencoded", _URLENCODED, "text=\u00e9".encode()),
        ("urlencoded", _URLENCODED, b"&".join([b"text=a"] * 1001)),
    ],
)
def test_a_body_that_some_readers_take_is_refused_and_marked(
    service: Contract, name: str, content_type: str, body: bytes
) -> None:
    """What the letter forbids and some readers take is not ours to send as valid, nor to call invalid."""
    with pytest.raises(MalformedBody) as raised:
        read_body(service.operation(name), content_type, body)
    assert raised.value.tolerable


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=UTF-8", '; charset="utf-8"', "; x=y"])
def test_json_is_utf_8_whatever_is_said(service: Contract, charset: str) -> None:
    """The usual spellings of the charset change nothing."""
    body = '{"text": "\u00e9"}'.encode()
    _, parts = read_body(service.operation("json"), _JSON + charset, body)
    assert _carried(parts) == [("text", '"\u00e9"'.encode(), None)]


@pytest.mark.parametrize(
    ("name", "given_type", "expected"),
    [
        ("json", _JSON, _JSON),
        ("json", "Application/JSON; charset=utf-8", _JSON),
        ("json", FORM, None),
        ("json", None, None),
        ("several", "image/png", "image/*"),
        ("several", "IMAGE/webp", "image/*"),
        ("several", "images/png", None),
        ("placed", _JSON, None),
    ],
)
def test_the_media_type_decides_the_reader(
    service: Contract, name: str, given_type: str | None, expected: str | None
) -> None:
    """A body is read as the documented media type that its header names, in any case, or refused for it."""
    if expected is not None:
        assert documented_media(service.operation(name), given_type).name == expected
        return
    with pytest.raises(MalformedBody) as raised:
        read_body(service.operation(name), given_type, b"{}")
    assert raised.value.trouble is Trouble.MEDIA_TYPE


@given(body=st.binary(max_size=120), content_type=st.text(max_size=30))
@_FAST
def test_reading_any_body_ends(service: Contract, body: bytes, content_type: str) -> None:
    """Whatever comes in, a reader gives parts or a reason, and judging the parts gives a verdict."""
    for name in ("form", "json", "urlencoded", "octets", "whole", "several"):
        operation, media = service.operation(name), _media(service, name)
        for header in (codec(media).content_type(media, Framing()), content_type):
            try:
                read_as, parts = read_body(operation, header, body)
            except MalformedBody as error:
                assert str(error)  # noqa: PT017 - either end is right, and each is held
                continue
            assert judge(operation, parts, read_as).validity in Validity


def _placed(operation: Operation, values: dict[Location, bytes]) -> list[Part]:
    return [Part(found.name, values[found.location], location=found.location) for found in operation.parameters]


@given(
    query=st.binary(max_size=40),
    header=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    cookie=st.binary(max_size=40),
    path=st.binary(min_size=1, max_size=40),
)
@_FAST
def test_parameters_are_read_back_in_every_place(
    service: Contract, query: bytes, header: str, cookie: bytes, path: bytes
) -> None:
    """A value that can stand in its place comes through path, query, header and cookie as it was, to the byte."""
    operation = service.operation("placed")
    parts = _placed(operation, {"query": query, "header": header.encode(), "cookie": cookie, "path": path})
    if not all(can_stand(part) for part in parts):
        assert path in (b".", b"..")
        return
    target, headers = write_target(operation, parts), write_headers(parts)
    assert target.isascii()
    assert operation.serves(target.partition("?")[0])
    found = read_parameters(operation, target, headers)
    assert {(part.location, part.name, part.value) for part in found} == {
        (part.location, part.name, part.value) for part in parts
    }


@pytest.mark.parametrize(
    ("location", "value"),
    [
        ("path", b""),
        ("path", b"."),
        ("path", b".."),
        ("path", b"a" * 1001),
        ("query", b"a" * 4001),
        ("header", b"a\nb"),
        ("header", b" a"),
        ("header", "\u00e9".encode()),
        ("cookie", b"a" * 2001),
    ],
)
def test_what_cannot_stand_in_its_place_is_told(location: Location, value: bytes) -> None:
    """What a client would mend, drop or refuse to send is not sent at all."""
    assert not can_stand(Part("name", value, location=location))


def test_a_parameter_that_is_json_is_read_as_json(tmp_path: Path) -> None:
    """A parameter with a `content` of JSON carries a whole document."""
    content = {_JSON: {"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}}}
    parameter = {"name": "filter", "in": "query", "required": True, "content": content}
    paths = {"/it": {"get": {"operationId": "getIt", "parameters": [parameter], "responses": answers()}}}
    operation = loaded(tmp_path, paths).operation("getIt")
    verdicts = {}
    for text in ('{"a": 1}', '{"a": "1"}', "a", "{}"):
        parts = read_parameters(operation, f"/it?filter={text.replace(' ', '%20')}", ())
        verdicts[text] = judge(operation, parts).validity
    assert verdicts == {
        '{"a": 1}': Validity.VALID,
        '{"a": "1"}': Validity.INVALID,
        "a": Validity.INVALID,
        "{}": Validity.INVALID,
    }
