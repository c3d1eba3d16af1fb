"""A server that shows what it was sent, the token above all, wherever an answer can show anything, in all codings."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable, Sequence

from attrs import define, field

__all__ = ["Reflecting"]

_TOKEN = re.compile(rb"\r\nauthorization: *bearer ([^\r\n]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
Shape = Callable[[str], bytes]


def _answer(text: str, *lines: str, status: str = "400 Bad Request") -> bytes:
    body = f'{{"error":{{"message":"no: {text}","code":"{text}"}}}}'.encode()
    head = (f"HTTP/1.1 {status}", "Content-Type: application/json", *lines, f"Content-Length: {len(body)}",
            "WWW-Authenticate: Bearer", "Connection: close", "", "")  # fmt: skip
    return "\r\n".join(head).encode("latin-1", "replace") + body


def _chunked(text: str) -> bytes:
    body = b"2;seen=" + text.encode() + b"\r\n{}\r\n0\r\nX-Trailer: " + text.encode() + b"\r\n\r\n"
    return b"HTTP/1.1 400 No\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + body


_SHAPES: Sequence[Shape] = (
    _answer,
    lambda text: _answer(text, f"X-Seen: {text}"),
    lambda text: _answer("", f"X-Seen-{text}: yes"),
    lambda text: _answer("", status=f"400 No {text}"),
    lambda text: _answer("", f"Location: http://127.0.0.1:1/{text}", f"Set-Cookie: k={text}", status="307 Elsewhere"),
    lambda text: _answer("", f"X-A: {text[: len(text) // 2]}", f"X-B: {text[len(text) // 2 :]}"),
    lambda text: _answer("", f"X-Folded: {text[:5]}\r\n {text[5:]}"),
    lambda text: _answer("", f"Retry-After: {text}", f"Date: {text}", f"Allow: {text}", status="429 Slowly"),
    _chunked,
    # What libraries complain of they repeat.
    lambda text: b"HTTP/1.1 400 Bad\r\n" + text.encode() + b"\r\n\r\n",
    lambda text: b"HTTP/1.1 " + text.encode() + b" Bad\r\n\r\n",
    lambda text: text.encode() + b"\r\n\r\n",
    lambda text: _answer("", f"{text}\x01: a"),
    lambda text: b"HTTP/1.1 400 Bad\r\nContent-Length: " + text.encode() + b"\r\n\r\n{}",
    lambda text: b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: " + text.encode() + b"\r\n\r\n{}",
    lambda text: b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n" + text.encode() + b"\r\n",
    lambda text: _answer(text, status="500 Broken"),
    lambda text: _answer(text, status="200 OK"),
)


@define
class Reflecting:
    """Refuses a few requests plainly, then shows the token in one place after the other.

    Attributes:
        coded: writes the token in one coding after the other.
        spared: so many requests at the beginning are refused plainly.
    """

    coded: Sequence[Callable[[str], str]]
    spared: int = 12
    shown: int = 0
    _count: int = 0
    _turns: itertools.cycle[tuple[Shape, Callable[[str], str]]] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._turns = itertools.cycle(list(itertools.product(_SHAPES, self.coded)))

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if b"chunked" not in head.lower():
            await reader.readexactly(int(length[1]) if length else 0)
        token = _TOKEN.search(head)
        self._count += 1
        if token is None:
            writer.write(_answer("who are you?", status="401 Unauthorized"))
        elif self._count <= self.spared:
            writer.write(_answer("plainly"))
        else:
            self.shown += 1
            shape, coded = next(self._turns)
            writer.write(shape(coded(token[1].decode("latin-1"))))
        await writer.drain()
        while b"chunked" in head.lower() and await reader.read(65536):
            pass
