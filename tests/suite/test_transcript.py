"""The strict reading of what comes over a connection: every flaw is seen, and nothing sound is called one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from conformance.engine.transcript import FlawKind, WireReading, read

GET, HEAD = ("GET",), ("HEAD",)
_SOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}"


def _kinds(reading: WireReading) -> list[FlawKind]:
    return [flaw.kind for answer in reading.answers for flaw in answer.flaws]


@pytest.mark.parametrize(
    ("data", "methods"),
    [
        (_SOUND, GET),
        (b"HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\n{}", GET),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", GET),
        (b"HTTP/1.1 200 Sch\xf6n\r\nX:\r\nY: a\tb \xe4\r\ncontent-length:0\r\n\r\n", GET),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 27\r\n\r\n", HEAD),
        (b"HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n", GET),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 27\r\n\r\n", GET),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00a;x=1\r\n0123456789\r\n0\r\nT: 1\r\n\r\n", GET),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + _SOUND, GET),
        (_SOUND + b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n", ("GET", "HEAD")),
        (_SOUND + _SOUND, ("GET", "GET")),
    ],
)
def test_what_is_sound_has_no_flaw(data: bytes, methods: Sequence[str]) -> None:
    """Every way to write an answer that RFC 9112 allows is read to its end, and found right."""
    reading = read(data, methods, closed=True)
    assert (len(reading.answers), _kinds(reading), reading.rest) == (len(methods), [], b"")


@pytest.mark.parametrize(
    ("data", "methods", "kind"),
    [
        (b"HTTP/1.1 404\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.STATUS_LINE),
        (b"HTTP/2 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.STATUS_LINE),
        (b"HTTP/1.1  404 Not Found\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.STATUS_LINE),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.STATUS_LINE),
        (b"HTTP/1.1 404 Not\0Found\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.STATUS_LINE),
        (b"HTTP/1.1 404 Not Found\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.STATUS_LINE),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length : 2\r\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 Not Found\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 Not Found\r\nX: a\rb\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 Not Found\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 Not Found\r\nX Y: a\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 Not Found\r\nnonsense\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.FIELDS),
        (b"HTTP/1.1 404 N\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", GET, FlawKind.CONTENT_LENGTH),
        (b"HTTP/1.1 404 N\r\nContent-Length: 2, 2\r\n\r\n{}", GET, FlawKind.CONTENT_LENGTH),
        (b"HTTP/1.1 404 N\r\nContent-Length: +2\r\n\r\n{}", GET, FlawKind.CONTENT_LENGTH),
        (
            b"HTTP/1.1 404 N\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            GET,
            FlawKind.CONTENT_LENGTH,
        ),
        (b"HTTP/1.1 204 N\r\nContent-Length: 0\r\n\r\n", GET, FlawKind.CONTENT_LENGTH),
        (b"HTTP/1.1 404 N\r\nContent-Length: 3\r\n\r\n{}", GET, FlawKind.LENGTH),
        (b"HTTP/1.1 404 N\r\nContent-Length: 1\r\n\r\n{}", GET, FlawKind.LENGTH),
        (b"HTTP/1.1 404 N\r\nContent-Length: 1\r\n\r\n{}" + _SOUND, ("GET", "GET"), FlawKind.LENGTH),
        (b"HTTP/1.1 200 N\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}", GET, FlawKind.LENGTH),
        (b"HTTP/1.1 200 N\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", GET, FlawKind.LENGTH),
        (b"HTTP/1.1 200 N\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", GET, FlawKind.LENGTH),
        (_SOUND, HEAD, FlawKind.BODILESS),
        (_SOUND + _SOUND, ("GET", "HEAD"), FlawKind.BODILESS),
        (b"HTTP/1.1 204 N\r\n\r\n{}", GET, FlawKind.BODILESS),
    ],
)
def test_each_flaw_is_seen_and_called_by_its_name(data: bytes, methods: Sequence[str], kind: FlawKind) -> None:
    """What RFC 9112 forbids is a flaw of its own kind and of no other, and the answer is read all the same."""
    reading = read(data, methods, closed=True)
    assert len(reading.answers) == len(methods)
    assert set(_kinds(reading)) == {kind}


@pytest.mark.parametrize("size", range(len(_SOUND)))
def test_an_answer_on_its_way_is_awaited(size: int) -> None:
    """What has not come yet is not wrong: as long as the connection is open there is no answer, and no flaw."""
    assert read(_SOUND[:size], GET, closed=False).answers == ()


def test_what_is_no_http_is_left_over() -> None:
    """Bytes that are no answer stay as they are, for whoever tells of them."""
    reading = read(b"220 mail.example ESMTP\r\n\r\n", GET, closed=True)
    assert (reading.answers, reading.rest) == ((), b"220 mail.example ESMTP\r\n\r\n")
