"""Hostile servers as named behaviours, on top of the reference server, which answers whatever they leave alone.

A behaviour is what a server does with one connection once it has read a request. It writes bytes, or writes none; when
it returns, the connection is closed. `hostile` applies one behaviour after the other to every so many requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import json
import re
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import brotli
from attrs import define, field, frozen

from conformance.reference import ReferenceServer
from tests.suite.servers import listening

__all__ = ["BEHAVIOURS", "FAMILIES", "Hostile", "hostile"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_MEGABYTE = 1024 * 1024
_ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b[31mred\u202egnp.exe\x9b31m\r\x08"


@frozen
class Wire:
    """One connection, after a request has come."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: bytes = field(repr=False)
    elsewhere: str

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def linger(self) -> None:
        """Say nothing more, until the other side leaves."""
        while await self.reader.read(65536):
            pass

    def reset(self) -> None:
        """End the connection with a reset, and not with an end of data."""
        own: socket.socket = self.writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Wire], Awaitable[None]]


def _head(*lines: str, status: str = "400 Bad Request") -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1")


def _answered(body: bytes, *lines: str, status: str = "400 Bad Request") -> bytes:
    kind = () if any(line.lower().startswith("content-type") for line in lines) else ("Content-Type: application/json",)
    return _head(*kind, *lines, f"Content-Length: {len(body)}", status=status) + body


def _says(*pieces: bytes) -> Behaviour:
    """A server that writes some bytes and closes the connection."""

    async def say(wire: Wire) -> None:
        await wire.say(*pieces)

    return say


def _breaks_off(*pieces: bytes) -> Behaviour:
    """A server that writes some bytes and resets the connection."""

    async def break_off(wire: Wire) -> None:
        await wire.say(*pieces)
        await asyncio.sleep(0.01)  # a reset takes away what is still under way
        wire.reset()

    return break_off


def _repeats(begin: bytes, piece: bytes, pause: float = 0.0) -> Behaviour:
    """A server that goes on for ever."""

    async def repeat(wire: Wire) -> None:
        await wire.say(begin)
        while not wire.writer.is_closing():
            await wire.say(piece)
            await asyncio.sleep(pause)

    return repeat


def _json(value: str | bytes, *lines: str, status: str = "400 Bad Request") -> Behaviour:
    return _says(_answered(value.encode() if isinstance(value, str) else value, *lines, status=status))


def _packed(data: bytes, coding: str) -> Behaviour:
    return _says(_answered(data, f"Content-Encoding: {coding}"))


def _zeros(megabytes: int) -> bytes:
    """A gzip file of so many megabytes of nothing, made of one that is repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(bytes(_MEGABYTE)) for _ in range(megabytes)), packer.flush()])


async def _waits(wire: Wire) -> None:
    await wire.linger()


async def _redirects(wire: Wire) -> None:
    await wire.say(_answered(b"{}", f"Location: {wire.elsewhere}", status="307 Temporary Redirect"))


async def _smuggles(wire: Wire) -> None:
    """Sends an acceptance that nobody asked for behind a refusal, and keeps the connection."""
    refusal = _answered(b'{"error":{"message":"no"}}')
    job = _answered(b'{"id":"video_smuggled","object":"video","status":"completed"}', status="200 OK")
    await wire.say(refusal + job)
    await wire.linger()


_YEAR_ONE = "Mon, 01 Jan 0001 00:00:00"
_CHARSETS = ("utf-16", "zlib", "hex", "base64", "idna", "punycode", "unicode_escape", "undefined", "utf-7", "rot13")
_CHUNKED = _head("Content-Type: application/json", "Transfer-Encoding: chunked")
_PLENTY = _head("Content-Type: application/json", "Content-Length: 999999999999")
_NO = b'{"error":{"message":"no"}}'
FAMILIES: Mapping[str, Mapping[str, Behaviour]] = {
    "without-end": {
        "endless-body": _repeats(_PLENTY, b"a" * 65536),
        "endless-chunks": _repeats(_CHUNKED, b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        "endless-drops": _repeats(_CHUNKED, b"1\r\na\r\n"),
        "dripping-body": _repeats(_PLENTY, b"a", 0.05),
        "dripping-head": _repeats(b"HTTP/1.1 400 Bad\r\nX-A: ", b"a", 0.05),
        "endless-head": _repeats(b"HTTP/1.1 400 Bad\r\n", b"X-A: b\r\n" * 1000),
        "endless-header-line": _repeats(b"HTTP/1.1 400 Bad\r\nX-A: ", b"a" * 65536),
        "endless-status-line": _repeats(b"HTTP/1.1 400 ", b"a" * 65536),
        "endless-interim": _repeats(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100),
        "endless-trailers": _repeats(_CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-A: b\r\n" * 1000),
        "never-answers": _waits,
    },
    "bombs": {
        "gzip-bomb": _packed(_zeros(256), "gzip"),
        "gzip-in-gzip-bomb": _packed(gzip.compress(_zeros(256)), "gzip, gzip"),
        "deflate-bomb": _packed(zlib.compress(bytes(256 * _MEGABYTE)), "deflate"),
        "brotli-bomb": _packed(brotli.compress(bytes(64 * _MEGABYTE), quality=5), "br"),
        "brotli-bomb-in-gzip": _packed(gzip.compress(brotli.compress(bytes(64 * _MEGABYTE), quality=5)), "br, gzip"),
        "zstandard": _packed(b"\x28\xb5\x2f\xfd\x04\x58" + bytes(40), "zstd"),
        "many-codings": _packed(gzip.compress(_NO), ", ".join(["gzip"] * 2000)),
        "no-gzip": _packed(b"not gzip", "gzip"),
        "no-brotli": _packed(b"not brotli", "br"),
        "gzip-cut-short": _packed(gzip.compress(_NO * 100)[:-20], "gzip"),
    },
    "lengths": {
        "length-too-short": _says(_head("Content-Length: 2") + _NO),
        "length-too-long": _says(_head("Content-Length: 500") + _NO),
        "length-negative": _says(_head("Content-Length: -5") + _NO),
        "length-twice": _says(_head("Content-Length: 5", "Content-Length: 7") + _NO),
        "length-of-5000-digits": _says(_head("Content-Length: " + "9" * 5000) + _NO),
        "length-in-hexadecimal": _says(_head("Content-Length: 0x1a") + _NO),
        "length-and-chunks": _says(_head("Content-Length: 5", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"),
        "chunk-size-of-5000-digits": _says(_CHUNKED + b"f" * 5000 + b"\r\n{}"),
        "chunk-size-negative": _says(_CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n"),
        "chunk-extension-of-a-megabyte": _says(_CHUNKED + b"2;" + b"a" * _MEGABYTE + b"\r\n{}\r\n0\r\n\r\n"),
        "chunks-without-end": _says(_CHUNKED + b"2\r\n{}\r\n"),
        "answer-to-nobody": _smuggles,
        "body-of-a-204": _says(_head(status="204 No Content") + _NO),
    },
    "resets": {
        "reset-at-once": _breaks_off(),
        "reset-in-the-status-line": _breaks_off(b"HTTP/1.1 4"),
        "reset-in-the-head": _breaks_off(b"HTTP/1.1 400 Bad\r\nContent-Le"),
        "reset-in-the-body": _breaks_off(_head("Content-Length: 500"), b'{"error'),
        "reset-in-a-chunk": _breaks_off(_CHUNKED, b'1a\r\n{"error'),
        "reset-before-the-last-chunk": _breaks_off(_CHUNKED, b"2\r\n{}\r\n"),
        "closed-at-once": _says(),
        "closed-in-the-head": _says(b"HTTP/1.1 400 Bad\r\nContent-Le"),
        "closed-in-the-body": _says(_head("Content-Length: 500"), b'{"error'),
        "closed-after-the-answer": _says(_answered(_NO)),
    },
    "no-http": {
        "tls-alert": _says(b"\x15\x03\x01\x00\x02\x02\x46"),
        "ssh": _says(b"SSH-2.0-OpenSSH_9.6\r\n"),
        "http-0.9": _says(b"<html>It works!</html>\n"),
        "http-2": _says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)),
        "binary": _says(bytes(range(256)) * 64),
        "switching-protocols": _says(_head("Upgrade: h2c", "Connection: Upgrade", status="101 Switching"), b"x"),
        "status-000": _says(_answered(_NO, status="000 Nothing")),
        "status-999": _says(_answered(_NO, status="999 Everything")),
        "status-of-words": _says(_answered(_NO, status="four hundred")),
        "no-reason": _says(_answered(_NO, status="400")),
        "version-9": _says(_answered(_NO).replace(b"HTTP/1.1", b"HTTP/9.9")),
    },
    "redirects": {
        "to-another-host": _redirects,
        "to-a-file": _json("{}", "Location: file:///etc/passwd", status="302 Found"),
        "to-metadata": _json("{}", "Location: http://169.254.169.254/latest/", status="301 Moved Permanently"),
        "to-itself": _json("{}", "Location: /v1/videos", status="308 Permanent Redirect"),
        "to-nonsense": _json("{}", "Location: http://[::1:99999/\x7f" + _ESCAPES.encode().decode("latin-1"),
                             status="303 See Other"),
        "to-javascript": _json("{}", "Location: javascript:alert(1)", "Refresh: 0; url=file:///", status="302 Found"),
    },
    "headers": {
        "thousands": _says(_answered(_NO, *(f"X-{number}: {number}" for number in range(2000)))),
        "ten-thousands": _says(_answered(_NO, *(f"X-{number}: {number}" for number in range(50_000)))),
        "a-line-of-a-megabyte": _says(_answered(_NO, "X-A: " + "a" * _MEGABYTE)),
        "no-colon": _says(_answered(_NO, "nonsense")),
        "nul": _says(_answered(_NO, "X-A: a\0b")),
        "folded": _says(_answered(_NO, "X-A: a\r\n  b\r\n\tc")),
        "bare-line-feeds": _says(_answered(_NO).replace(b"\r\n", b"\n")),
        "not-ascii": _says(_answered(_NO, "X-\xe9: \xff\xfe", "Content-Type: \xff")),
        "cookies": _says(_answered(_NO, *(f"Set-Cookie: a{n}=b; Domain=.com; Max-Age={'9' * 20}" for n in range(900)))),
        "escapes": _says(_answered(_NO, "X-A: \x1b[2Jx", f"WWW-Authenticate: {'Basic ' * 2000}")),
        "type-with-hostile-parameters": _json(_NO, "Content-Type: application/json;" + ' a="\\' * 3000),
        "type-of-a-kilobyte": _json(_NO, "Content-Type: " + "a/" * 500),
        "dates": _json(_NO, "Date: Mon, 99 Foo 99999 99:99:99 GMT", "Last-Modified: " + "9" * 5000, "Expires: 0"),
        "date-of-year-one": _json(_NO, f"Date: {_YEAR_ONE} GMT", f"Last-Modified: {_YEAR_ONE} -2359"),
        "long-lists": _json(_NO, "Vary: " + ",".join("a" * 9 for _ in range(5000)), "Cache-Control: " + "a=," * 9000),
    },
    "patience": {
        "retry-after-1e9": _json(_NO, "Retry-After: 1000000000", status="429 Too Many Requests"),
        "retry-after-negative": _json(_NO, "Retry-After: -5", status="429 Too Many Requests"),
        "retry-after-nothing": _json(_NO, "Retry-After: 0", status="429 Too Many Requests"),
        "retry-after-5000-digits": _json(_NO, "Retry-After: " + "9" * 5000, status="429 Too Many Requests"),
        "retry-after-year-one": _json(
            _NO, f"Retry-After: {_YEAR_ONE} -2359", status="503 Service Unavailable"
        ),
        "retry-after-nonsense": _json(_NO, "Retry-After: \xb2", status="429 Too Many Requests"),
    },
    "json": {
        "deep": _json("[" * 100_000 + "]" * 100_000),
        "deep-objects": _json('{"a":' * 100_000 + "1" + "}" * 100_000),
        "number-of-5000-digits": _json('{"error":{"code":' + "9" * 5000 + ',"message":"no"}}'),
        "numbers": _json('{"error":{"code":NaN,"message":Infinity,"type":-Infinity,"param":1e99999}}'),
        "names-twice": _json('{"error":{"message":"no"},"error":{"message":"no"}}'),
        "not-utf-8": _json(b'{"error":{"message":"\xff\xfe\xed\xa0\x80"}}'),
        "surrogates": _json('{"error":{"message":"\\ud800\\udfff\\u0000"}}'),
        "millions-of-values": _json("[" + "[]," * 2_000_000 + "[]]"),
        "megabytes-of-text": _json(json.dumps({"error": {"message": "a at b() in " * 600_000}})),
        "megabytes-of-paths": _json(json.dumps({"error": {"message": "/usr/a." * 200_000}})),
        "megabytes-of-escapes": _json('{"error":{"message":"' + "\\u0073%25&amp;" * 200_000 + '"}}'),
        "entities-of-5000-digits": _json('{"error":{"message":"&#' + "9" * 5000 + ';"}}'),
        "names-by-the-thousand": _json(json.dumps({f"a{number}": number for number in range(15_000)})),
        "escapes": _json(json.dumps({"error": {"message": _ESCAPES + "[bold]x[/] <script> | `x` ::error::"}})),
        "a-list": _json("[]"),
    },
    "texts": {
        f"charset-{name}": _json('{"error":{"message":"n\xf6"}}', f"Content-Type: application/json; charset={name}")
        for name in _CHARSETS
    }
    | {
        "html-for-json": _json("<html><!--" + "<a " * 100_000, 'Content-Type: text/html; charset="\\'),
        "nothing-for-json": _json("", "Content-Type: application/json"),
    },
}  # fmt: skip
BEHAVIOURS: Mapping[str, Behaviour] = {
    f"{family}/{name}": behaviour for family, found in FAMILIES.items() for name, behaviour in found.items()
}


@define
class Hostile:
    """What a hostile server did.

    Attributes:
        url: to be tested.
        applied: names of behaviours, in the order in which they were applied.
        answered: requests that the reference server was given, so far; those of raw connections once each.
        visits: connections to the host that redirects lead to.
    """

    url: str = ""
    applied: list[str] = field(factory=list)
    answered: int = 0
    visits: int = 0


@contextmanager
def hostile(server: ReferenceServer, names: Sequence[str], every: int = 1, spared: int = 0) -> Iterator[Hostile]:
    """Stand in front of a server, and behave in one way after the other.

    Args:
        server: answers what is left alone.
        names: of behaviours, each applied in its turn.
        every: so many requests one behaves so.
        spared: so many requests at the beginning are left alone.
    """
    told = Hostile()
    turns = itertools.cycle([(name, BEHAVIOURS[name]) for name in names])
    count = itertools.count(1)
    address = urlsplit(server.url)

    async def visited(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.visits += 1
        writer.close()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _request(reader)
        if request is not None:
            head, body = request
            number = next(count)
            if number > spared and number % every == 0:
                name, behaviour = next(turns)
                told.applied.append(name)
                await behaviour(Wire(reader, writer, head, trap.url))
                return
            told.answered += 1
            await _forwarded(head + body, address.hostname or "", address.port or 0, reader, writer)
            return

    with listening(visited) as trap, listening(handle) as peer:
        told.url = peer.url
        yield told


async def _request(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    """Read a request; of one without a length, such as one in chunks, only what has come with the head."""
    head = await reader.read(65536)
    while head and b"\r\n\r\n" not in head:
        piece = await reader.read(65536)
        if not piece:
            break
        head += piece
    if not head:
        return None
    start, _, body = head.partition(b"\r\n\r\n")
    length = _LENGTH.search(start + b"\r\n")
    missing = (int(length[1]) if length else 0) - len(body)
    if 0 < missing < 4 * _MEGABYTE and b"expect:" not in start.lower():
        body += await reader.readexactly(missing)
    return start + b"\r\n\r\n", body


async def _forwarded(
    request: bytes, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Give a request to the server behind, and its answer back; it is the last on its connection."""
    theirs, ours = await asyncio.open_connection(host, port)
    ours.write(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
    to_them = asyncio.ensure_future(_pumped(reader, ours))
    try:
        await _pumped(theirs, writer)
    finally:
        to_them.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await to_them
        ours.close()


async def _pumped(reader: Any, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
