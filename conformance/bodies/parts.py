"""Writes `multipart/form-data` bodies, ordinary ones and every edge_case one that a client might send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote

from attrs import field, frozen

__all__ = ["Framing", "Part", "encode"]


@frozen
class Part:
    """One part of a form, as bytes on the wire."""

    name: str | None
    value: bytes = field(repr=False)
    filename: str | None = None
    content_type: str | None = None
    charset: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@frozen
class Framing:
    """How parts are wrapped; every default is what an ordinary client does."""

    boundary: str = "videos-conformance-boundary"
    quoted: bool = False
    preamble: bytes = b""
    epilogue: bytes = b""
    newline: bytes = b"\r\n"
    header_case: Literal["title", "lower", "upper"] = "title"
    filename_style: Literal["quoted", "extended"] = "quoted"
    disposition_last: bool = False
    reverse: bool = False
    closed: bool = True
    media_type: str = "multipart/form-data"
    parameters: str = ""

    @property
    def content_type(self) -> str:
        """The value of the `Content-Type` header that announces the body."""
        boundary = f'"{self.boundary}"' if self.quoted else self.boundary
        return f"{self.media_type}; boundary={boundary}{self.parameters}"


def encode(parts: Iterable[Part], framing: Framing) -> bytes:
    """Write a body.

    Names and filenames are written as browsers do: UTF-8 in a quoted string, with the quote and line
    breaks percent-encoded (HTML, "multipart/form-data encoding algorithm").
    """
    delimiter = b"--" + framing.boundary.encode()
    newline = framing.newline
    body = bytearray(framing.preamble + newline if framing.preamble else b"")
    ordered = tuple(parts)
    for part in ordered[::-1] if framing.reverse else ordered:
        body += delimiter + newline
        for line in _headers(part, framing):
            body += line.encode() + newline
        body += newline + part.value + newline
    if framing.closed:
        body += delimiter + b"--" + newline
    return bytes(body + framing.epilogue)


def _headers(part: Part, framing: Framing) -> list[str]:
    disposition = "form-data"
    if part.name is not None:
        disposition += f"; name={_quote(part.name)}"
    if part.filename is not None and framing.filename_style == "extended":
        disposition += f"; filename*=UTF-8''{quote(part.filename)}"
    elif part.filename is not None:
        disposition += f"; filename={_quote(part.filename)}"
    headers = [("Content-Disposition", disposition)]
    if part.content_type is not None:
        charset = f"; charset={part.charset}" if part.charset else ""
        headers.append(("Content-Type", part.content_type + charset))
    headers.extend(part.headers)
    if framing.disposition_last:
        headers.reverse()
    spell = {"title": str.title, "lower": str.lower, "upper": str.upper}[framing.header_case]
    return [f"{spell(name)}: {value}" for name, value in headers]


def _quote(text: str) -> str:
    return '"' + text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22") + '"'
