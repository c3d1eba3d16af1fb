"""Wire truth: what is written can be read back, by us and by others, and is judged on its bytes."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.bodies.multipart import Framing, encode, read
from conformance.bodies.part import Part
from conformance.bodies.representations import representations, write
from conformance.bodies.samples import samples
from conformance.bodies.strict_json import StrictJsonError, strict_json
from conformance.bodies.troubles import Limits, MalformedBody, Trouble
from conformance.bodies.validity import Validity, judge
from conformance.contract import BodyKind, Contract, Input
from conformance.engine.probe import Expect
from conformance.probes.builder import Builder
from conformance.probes.framings import FramingCase, framing_cases, write_framed
from tests.suite.servers import Recorder, serving

_SAME = [framing_case for framing_case in framing_cases("multipart") if framing_case.expect is Expect.SAME]
_FAST = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))

_names = st.text(
    st.characters(codec="utf-8", exclude_characters='\r\n"\\\0%;', exclude_categories=["C", "Z"]),
    min_size=1,
    max_size=12,
)
_values = st.binary(max_size=200)
_parts = st.lists(
    st.builds(
        Part,
        _names,
        _values,
        st.none() | _names.map(lambda name: f"{name}.png"),
        st.sampled_from([None, "image/png", "application/json"]),
    ),
    min_size=1,
    max_size=5,
)


def _essence(part: Part) -> tuple[str | None, bytes, str | None]:
    return (part.name, part.value, part.filename)


@pytest.mark.parametrize("framing_case", _SAME, ids=lambda framing_case: framing_case.id)
@given(parts=_parts)
@_FAST
def test_every_framing_holds_its_parts(framing_case: FramingCase, parts: list[Part]) -> None:
    """However a form is framed, reading gives the parts back: names, filenames and every byte of their values."""
    framing = framing_case.framing
    found = read(framing.content_type, encode(parts, framing))
    expected = parts[::-1] if framing.reverse else parts
    assert list(map(_essence, found)) == list(map(_essence, expected))


def _others_opinion(content_type: str, body: bytes) -> list[Message]:
    document = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    assert document.is_multipart()
    payload = document.get_payload()
    assert isinstance(payload, list)
    return [part for part in payload if isinstance(part, Message)]


@pytest.mark.parametrize("framing_case", _SAME, ids=lambda framing_case: framing_case.id)
def test_others_read_the_same(contract: Contract, framing_case: FramingCase) -> None:
    """A parser that we did not choose finds the same names and values in every framing."""
    builder = Builder(contract, contract.billable[0])
    message = write_framed(builder, builder.required(), framing_case)
    content_type = dict(message.headers)["Content-Type"]
    ours = read(content_type, message.body)
    theirs = _others_opinion(content_type, message.body)
    assert [part.name for part in ours] == [part.get_param("name", header="content-disposition") for part in theirs]
    assert [part.value for part in ours] == [part.get_payload(decode=True) for part in theirs]
    reading = judge(contract.billable[0], ours)
    assert reading.validity is Validity.VALID
    plain = judge(contract.billable[0], builder.required())
    different = {name for name in plain.values if reading.values[name] != plain.values[name]}
    assert len(different) == (1 if "boundary-like-text" in framing_case.edits else 0)


@given(body=st.binary(max_size=300), boundary=st.sampled_from(["x", "videos", "a b"]))
@_FAST
def test_reading_anything_ends(body: bytes, boundary: str) -> None:
    """Any bytes are a form or are refused with a reason; nothing else comes out of the reader."""
    for text in (body, b"--" + boundary.encode() + b"\r\n" + body + b"\r\n--" + boundary.encode() + b"--\r\n"):
        try:
            read(f'multipart/form-data; boundary="{boundary}"', text)
        except MalformedBody:
            continue


@given(content_type=st.text(max_size=60))
@_FAST
def test_any_content_type_is_survived(content_type: str) -> None:
    """A media type of any spelling is understood or refused."""
    with suppress(MalformedBody):
        read(content_type, b"--x--\r\n")


@pytest.mark.parametrize(
    ("limits", "parts"),
    [
        (Limits(part_count=3), tuple(Part(f"a{i}", b"1") for i in range(4))),
        (Limits(body_size=50), (Part("a", b"1" * 60),)),
        (Limits(header_size=100), (Part("a", b"1", headers=(("X-Long", "a" * 200),)),)),
    ],
)
def test_limits_hold(limits: Limits, parts: tuple[Part, ...]) -> None:
    """A form that passes a limit is refused as too large, whichever limit it is."""
    framing = Framing()
    with pytest.raises(MalformedBody) as raised:
        read(framing.content_type, encode(parts, framing), limits)
    assert raised.value.trouble is Trouble.TOO_LARGE


def _kinds(contract: Contract, declared: Input) -> list[str]:
    """The names of the ways to write a field, the contract's first choice first."""
    return [way.kind for way in representations(declared, _body_kind(contract))]


def _body_kind(contract: Contract) -> BodyKind:
    media = contract.billable[0].media
    assert media is not None
    return media.kind


def _field(contract: Contract, kind: str) -> Input:
    """An optional field that is first of all written in one way."""
    optional = (declared for declared in contract.billable[0].fields if not declared.required)
    return next(declared for declared in optional if _kinds(contract, declared)[0] == kind)


def _integer(contract: Contract) -> Input:
    """An integer of which nothing more is said."""
    return next(f for f in contract.billable[0].fields if f.schema.types == {"integer"} and not f.bounds)


def _judged(contract: Contract, *parts: Part) -> Validity:
    required = Builder(contract, contract.billable[0]).required()
    return judge(contract.billable[0], (*required, *parts)).validity


@pytest.mark.parametrize(
    ("text", "validity"),
    [
        ("5", Validity.VALID),
        ("0", Validity.VALID),
        ("-7", Validity.VALID),
        ("9007199254740991", Validity.VALID),
        ("-0", Validity.VALID),
        ("", Validity.UNSPECIFIED),
        ("+1", Validity.UNSPECIFIED),
        ("007", Validity.UNSPECIFIED),
        ("1e3", Validity.UNSPECIFIED),
        ("1.0", Validity.UNSPECIFIED),
        (" 1 ", Validity.UNSPECIFIED),
        ("1_000", Validity.UNSPECIFIED),
        ("٣٢", Validity.UNSPECIFIED),
        ("\uff11\uff12", Validity.UNSPECIFIED),
        ("9007199254740993", Validity.UNSPECIFIED),
        ("9" * 5000, Validity.UNSPECIFIED),
        ("1e400", Validity.UNSPECIFIED),
        ("1.5", Validity.INVALID),
        ("abc", Validity.INVALID),
        ("true", Validity.INVALID),
        ("12abc", Validity.INVALID),
        ("{}", Validity.INVALID),
        ("--1", Validity.INVALID),
        ("0x10", Validity.INVALID),
        ("NaN", Validity.INVALID),
    ],
)
def test_numbers_as_they_are_written(contract: Contract, text: str, validity: Validity) -> None:
    """Only what no reader could take for an integer is invalid; an unusual spelling is left to the server."""
    assert _judged(contract, Part(_integer(contract).name, text.encode())) is validity


@pytest.mark.parametrize(
    ("data", "validity"),
    [
        (b'{"a": 1}', Validity.VALID),
        (b"{}", Validity.VALID),
        (b' {"a": [null, true, 1.5e3]} \n', Validity.VALID),
        (b'{"a": 1, "a": 2}', Validity.UNSPECIFIED),
        (b'{"a": "\\ud800"}', Validity.UNSPECIFIED),
        (b'{"a": ' + b"9" * 5000 + b"}", Validity.UNSPECIFIED),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", Validity.UNSPECIFIED),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, Validity.UNSPECIFIED),
        (b"{", Validity.INVALID),
        (b'{"a": 1} x', Validity.INVALID),
        (b"[object Object]", Validity.INVALID),
        (b"5", Validity.INVALID),
        (b"[]", Validity.INVALID),
        (b'"{}"', Validity.INVALID),
    ],
)
def test_json_as_it_is_written(contract: Contract, data: bytes, validity: Validity) -> None:
    """Strict JSON of the right type is valid, what some parsers read is left to the server, the rest is invalid."""
    field = _field(contract, "json")
    assert _judged(contract, Part(field.name, data, content_type="application/json")) is validity
    assert _judged(contract, Part(field.name, data)) is validity


@pytest.mark.parametrize(
    "data", [b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b"{'a': 1}", b'{"a": "\xff"}', b"", b"null"]
)
def test_what_some_parsers_read_is_never_valid(contract: Contract, data: bytes) -> None:
    """What is no JSON to the letter is never sent as something that must be accepted."""
    assert (
        _judged(contract, Part(_field(contract, "json").name, data, content_type="application/json"))
        >= Validity.UNSPECIFIED
    )


@pytest.mark.parametrize("text", ['{"a": NaN}', "Infinity", '{"a":1,"a":2}', "", "{} {}", "[1,]", "\ufeff{}", "01"])
def test_strict_json_is_strict(text: str) -> None:
    """Nothing passes for JSON that RFC 8259 does not call so, or that readers understand differently."""
    with pytest.raises(StrictJsonError):
        strict_json(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
        lambda leaf: st.lists(leaf, max_size=3) | st.dictionaries(st.text(), leaf, max_size=3),
        max_leaves=8,
    )
)
@_FAST
def test_strict_json_takes_json(value: object) -> None:
    """Whatever a JSON writer writes is read back as the same value."""
    assert strict_json(json.dumps(value)) == value
    assert strict_json(json.dumps(value, ensure_ascii=False)) == value


def test_every_documented_form_is_valid(contract: Contract) -> None:
    """Every sample of every documented form of every field is valid as sent, and says the value that was meant."""
    operation, builder = contract.billable[0], Builder(contract, contract.billable[0])
    for declared in operation.fields:
        for way in representations(declared, _body_kind(contract)):
            for value in samples(way):
                reading = judge(operation, builder.with_input(builder.required(), write(way, value)))
                assert reading.validity is Validity.VALID, (declared.name, way.kind, reading.problems)
                assert reading.values[declared.name] == value


@pytest.mark.parametrize("parts", [(), (Part("no-field-of-the-contract", b"1"),)], ids=["nothing", "something-else"])
def test_what_is_required_is_required(contract: Contract, parts: tuple[Part, ...]) -> None:
    """A form without its required fields is invalid for each of them, whatever else it has."""
    operation = contract.billable[0]
    reading = judge(operation, parts)
    assert reading.validity is Validity.INVALID
    missing = {problem.field for problem in reading.problems if problem.aspect == "required"}
    assert missing == {declared.name for declared in operation.fields if declared.required}


def test_what_the_contract_leaves_open(contract: Contract) -> None:
    """Unknown, repeated, empty and oddly encoded fields are the server's to take or to refuse."""
    text = next(f for f in contract.billable[0].fields if f.schema.is_text and not f.required)
    for parts in (
        (Part("no-field-of-the-contract", b"1"),),
        (Part(text.name, b"a"), Part(text.name, b"b")),
        (Part(text.name, b"\xff\xfe"),),
        (Part(text.name, b"a\0b"),),
        (Part(text.name, b"a", "a.txt"),),
        (Part(text.name, b"a", content_type="text/plain", charset="utf-16"),),
        (Part(_integer(contract).name, b""),),
    ):
        assert _judged(contract, *parts) is Validity.UNSPECIFIED, parts


def test_a_form_as_curl_writes_it(contract: Contract) -> None:
    """What `curl -F name=value` sends, as the published page has it, is valid, JSON without a content type included."""
    required = [declared for declared in contract.billable[0].fields if declared.required]
    several = next(f for f in contract.billable[0].fields if {"items", "array"} <= {*_kinds(contract, f)})
    form = [*required, _integer(contract), _field(contract, "json"), several]

    async def fine(scope: object, receive: object, send: object) -> None:
        del scope, receive
        assert callable(send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    recorder = Recorder(fine)
    with serving(recorder) as url:
        command = ["curl", "-sS", "--noproxy", "*", f"{url}/"]
        for declared in form:
            value = samples(representations(declared, _body_kind(contract))[0])[0]
            text = value if isinstance(value, str) else json.dumps(value)
            command += ["-F", f"{declared.name}={text}"]
        subprocess.run(command, check=True, timeout=20, capture_output=True)
    (request,) = recorder.requests
    content_type = request.header(b"content-type")
    assert content_type is not None
    reading = judge(contract.billable[0], read(content_type.decode(), request.body))
    assert reading.validity is Validity.VALID, reading.problems
    assert set(reading.values) == {declared.name for declared in form}
