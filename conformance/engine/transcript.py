"""A transcript: the bytes that came over one connection, read as HTTP/1.1 without any forgiveness (RFC 9112)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum

from attrs import evolve, field, frozen

from conformance.engine.probe import Probe

__all__ = ["Flaw", "FlawKind", "RawAnswer", "Transcript", "WireReading", "read"]

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5]\d\d [\t \x21-\x7e\x80-\xff]*")
_ROUGH_STATUS_LINE = re.compile(rb"HTTP/(\d(?:\.\d)?)\s+(\d{3})")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHUNK = re.compile(rb"([0-9A-Fa-f]+)([ \t]*;[^\r\n]*)?\r\n")
_BODILESS = (204, 304)
_LONGEST_SHOWN = 80
_MOST_DIGITS = 18
_ENDLESS = 10**_MOST_DIGITS  # no server has so many bytes
_MOST_INTERIM = 64  # answers of status 1xx to one request


class FlawKind(Enum):
    """What is wrong with an answer."""

    STATUS_LINE = "status-line"
    FIELDS = "fields"
    CONTENT_LENGTH = "content-length"
    LENGTH = "length"
    BODILESS = "bodiless"


@frozen
class Flaw:
    """One place at which an answer is not what HTTP/1.1 allows."""

    kind: FlawKind
    detail: str = field(repr=False)


@frozen
class RawAnswer:
    """One answer as it was found in the bytes."""

    version: str
    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    flaws: tuple[Flaw, ...] = ()

    def values(self, name: str) -> list[str]:
        """Return every value of a header, in any case."""
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def is_last(self) -> bool:
        """Whether the server ends the connection with it (RFC 9112, 9.3)."""
        return self.says("connection", "close") or (self.version == "1.0" and not self.says("connection", "keep-alive"))

    def says(self, name: str, option: str) -> bool:
        """Tell whether a header that is a list has a member."""
        return option in {word.strip().lower() for value in self.values(name) for word in value.split(",")}


@frozen
class WireReading:
    """Final answers in the order in which they came, those of status 1xx apart, and what is left over."""

    answers: tuple[RawAnswer, ...] = ()
    interim: tuple[RawAnswer, ...] = ()
    rest: bytes = field(default=b"", repr=False)


@frozen
class Transcript:
    """What came over a connection.

    Attributes:
        probes: what was sent, in this order.
        closed: whether the server closed it in time.
        early: how many bytes came before the body of a request that waited for a go-ahead was sent.
    """

    probes: tuple[Probe, ...] = field(repr=False)
    reading: WireReading
    closed: bool
    early: int = 0


def read(data: bytes, methods: Sequence[str], *, closed: bool) -> WireReading:
    """Read the answers to requests of some methods, in their order.

    What is wrong is remembered as a flaw, and the reading goes on as a lenient client would.

    Args:
        data: all that came over the connection.
        methods: of the requests.
        closed: whether nothing more can come.
    """
    answers: list[RawAnswer] = []
    interim: list[RawAnswer] = []
    position = 0
    while len(answers) < len(methods):
        skipped = _garbage(data, position)
        if skipped and answers:
            answers[-1] = _with_extra(answers[-1], methods[len(answers) - 1], skipped)
            position += skipped
        found = _answer(data, position, methods[len(answers)], closed=closed)
        if found is None or len(interim) >= _MOST_INTERIM:
            break
        answer, position = found
        (interim if answer.status < 200 else answers).append(answer)
    rest = data[position:]
    if rest and answers and len(answers) == len(methods):
        answers[-1] = _with_extra(answers[-1], methods[-1], len(rest))
    return WireReading(tuple(answers), tuple(interim), rest)


def _garbage(data: bytes, position: int) -> int:
    """Return how many bytes stand before the next status line; 0 where there is none."""
    found = data.find(b"HTTP/", position)
    return max(0, found - position)


def _with_extra(answer: RawAnswer, method: str, count: int) -> RawAnswer:
    bodiless = method == "HEAD" or answer.status in _BODILESS
    if bodiless:
        what = f"the answer to {method}" if method == "HEAD" else f"a {answer.status}"
        flaw = Flaw(FlawKind.BODILESS, f"{what} is followed by {count} bytes of a body")
    else:
        flaw = Flaw(FlawKind.LENGTH, f"{count} bytes follow where the answer ends by its own account")
    return evolve(answer, flaws=(*answer.flaws, flaw))


def _answer(data: bytes, start: int, method: str, *, closed: bool) -> tuple[RawAnswer, int] | None:
    """Read one answer; None where it is not there yet, or will never be."""
    end = _END_OF_HEAD.search(data, start)
    if end is None:
        return None
    lines = data[start : end.end()].split(b"\n")[:-2]
    rough = _ROUGH_STATUS_LINE.match(lines[0])
    if rough is None:
        return None
    flaws = [*_status_line_flaws(lines[0]), *_line_flaws(lines[1:])]
    headers = tuple(_fields(lines[1:]))
    answer = RawAnswer(rough[1].decode(), int(rough[2]), headers)
    if method == "HEAD" or answer.status < 200 or answer.status in _BODILESS:
        flaws += _length_flaws(answer)
        if answer.status == _BODILESS[0] and answer.values("content-length"):
            flaws.append(Flaw(FlawKind.CONTENT_LENGTH, "a 204 has a `Content-Length`"))
        return evolve(answer, flaws=tuple(flaws)), end.end()
    body = _body(answer, data, end.end(), closed=closed)
    if body is None:
        return None
    content, position, short = body
    return evolve(answer, body=content, flaws=(*flaws, *_length_flaws(answer), *short)), position


def _status_line_flaws(line: bytes) -> Iterator[Flaw]:
    plain = line.removesuffix(b"\r")
    if not _STATUS_LINE.fullmatch(plain):
        yield Flaw(FlawKind.STATUS_LINE, f"the status line is {_shown(plain)}")
    if plain == line:
        yield Flaw(FlawKind.STATUS_LINE, "the status line ends in a bare LF")


def _line_flaws(lines: Sequence[bytes]) -> Iterator[Flaw]:
    for raw in lines:
        line = raw.removesuffix(b"\r")
        name, colon, value = line.partition(b":")
        if line == raw:
            yield Flaw(FlawKind.FIELDS, f"the line {_shown(line)} ends in a bare LF")
        if line[:1] in (b" ", b"\t"):
            yield Flaw(FlawKind.FIELDS, f"the line {_shown(line)} is folded")
        elif not colon:
            yield Flaw(FlawKind.FIELDS, f"the line {_shown(line)} has no colon")
        elif name != name.rstrip():
            yield Flaw(FlawKind.FIELDS, f"white space stands before the colon of {_shown(line)}")
        elif not _TOKEN.fullmatch(name):
            yield Flaw(FlawKind.FIELDS, f"{_shown(name)} is no name of a header")
        if _CONTROL.search(value):
            yield Flaw(FlawKind.FIELDS, f"the line {_shown(line)} holds a control character")


def _fields(lines: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.removesuffix(b"\r").partition(b":")
        yield name.strip().decode("latin-1"), value.strip(b" \t").decode("latin-1")


def _length_flaws(answer: RawAnswer) -> Iterator[Flaw]:
    values = answer.values("content-length")
    if len(values) > 1:
        yield Flaw(FlawKind.CONTENT_LENGTH, f"there are {len(values)} `Content-Length`: {', '.join(values)}")
    for value in values:
        if not (value.isascii() and value.isdigit()):
            yield Flaw(FlawKind.CONTENT_LENGTH, f"`Content-Length: {value}` is no number of bytes")
    if values and answer.values("transfer-encoding"):
        yield Flaw(FlawKind.CONTENT_LENGTH, "there is a `Content-Length` beside a `Transfer-Encoding`")


def _body(answer: RawAnswer, data: bytes, start: int, *, closed: bool) -> tuple[bytes, int, list[Flaw]] | None:
    """Return a body, where it ends, and what is wrong with its length; None where more is to come."""
    if answer.says("transfer-encoding", "chunked"):
        return _chunked(data, start, closed=closed)
    said = [value for value in answer.values("content-length") if value.isascii() and value.isdigit()]
    lengths = [int(value[-_MOST_DIGITS:]) if len(value.lstrip("0")) <= _MOST_DIGITS else _ENDLESS for value in said]
    if answer.values("transfer-encoding") or not lengths:
        return (data[start:], len(data), []) if closed else None
    end = start + lengths[0]
    if len(data) >= end:
        return data[start:end], end, []
    if not closed:
        return None
    flaw = Flaw(FlawKind.LENGTH, f"{lengths[0]} bytes are declared, and {len(data) - start} came")
    return data[start:], len(data), [flaw]


def _chunked(data: bytes, start: int, *, closed: bool) -> tuple[bytes, int, list[Flaw]] | None:
    content, position = bytearray(), start
    while (head := _CHUNK.match(data, position)) is not None:
        size = int(head[1], 16)
        position = head.end()
        if size == 0:
            end = data.find(b"\r\n", position)
            while end > position:  # trailer fields
                position = end + 2
                end = data.find(b"\r\n", position)
            if end == position:
                return bytes(content), position + 2, []
            break
        content += data[position : position + size]
        position += size + 2
        if data[position - 2 : position] != b"\r\n":
            break
    if closed or len(data) > position:
        trouble = "breaks off" if len(data) <= position else f"cannot be read at {_shown(data[position:])}"
        return bytes(content), len(data), [Flaw(FlawKind.LENGTH, f"the chunked body {trouble}")] if closed else []
    return None


def _shown(data: bytes) -> str:
    text = data.decode("latin-1")
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")
