"""Writes `multipart/form-data`, the ordinary way and every odd way that a client might, and reads it strictly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Any, Literal
from urllib.parse import quote

import multipart
from attrs import frozen

from conformance.bodies.part import Part
from conformance.bodies.troubles import Limits, MalformedBody, Trouble
from conformance.contract import FORM

__all__ = ["Framing", "encode", "read"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)


@frozen
class Framing:
    """How parts are framed; every default is what an ordinary client does."""

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
    media_type: str = FORM
    parameters: str = ""
    colon: str = ": "
    disposition: str = "form-data"
    name_parameter: str = "name"
    token_names: bool = False
    name_last: bool = False
    last_line_end: bool = True

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
        body += delimiter + b"--" + (newline if framing.last_line_end else b"")
    return bytes(body + framing.epilogue)


def _headers(part: Part, framing: Framing) -> list[str]:
    parameters = []
    if part.name is not None:
        bare = framing.token_names and _TOKEN.fullmatch(part.name)
        parameters.append(f"{framing.name_parameter}={part.name if bare else _quote(part.name)}")
    if part.filename is not None and framing.filename_style == "extended":
        parameters.append(f"filename*=UTF-8''{quote(part.filename)}")
    elif part.filename is not None:
        parameters.append(f"filename={_quote(part.filename)}")
    if framing.name_last:
        parameters.reverse()
    headers = [("Content-Disposition", "; ".join([framing.disposition, *parameters]))]
    if part.content_type is not None:
        charset = f"; charset={part.charset}" if part.charset else ""
        headers.append(("Content-Type", part.content_type + charset))
    headers.extend(part.headers)
    if framing.disposition_last:
        headers.reverse()
    spell = {"title": str.title, "lower": str.lower, "upper": str.upper}[framing.header_case]
    return [f"{spell(name)}{framing.colon}{value}" for name, value in headers]


def _quote(text: str) -> str:
    return '"' + text.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22") + '"'


def read(content_type: str | None, body: bytes, limits: Limits | None = None) -> tuple[Part, ...]:
    """Read a `multipart/form-data` body.

    Raises:
        MalformedBody: the media type is another, the body is broken or truncated, a part has no name,
            or a limit is passed.
    """
    limits = limits or Limits()
    media_type, options = _options(content_type)
    if media_type != FORM:
        given = media_type or "no Content-Type"
        raise MalformedBody(Trouble.MEDIA_TYPE, f"expected {FORM}, got {given}")
    if not options.get("boundary"):
        raise MalformedBody(Trouble.MALFORMED, "the Content-Type header names no boundary")
    if len(body) > limits.body_size:
        raise MalformedBody(Trouble.TOO_LARGE, f"the body is larger than {limits.body_size} bytes")
    try:
        parser = multipart.PushMultipartParser(
            options["boundary"],
            max_header_size=limits.header_size,
            max_header_count=limits.header_count,
            max_segment_count=limits.part_count,
        )
        parts: list[Part] = []
        segment: Any = None
        value = bytearray()
        for event in parser.parse(body):
            if event is None:
                parts.append(_part(segment, bytes(value)))
                segment = None
            elif segment is None:
                segment, value = event, bytearray()
            else:
                value += event
        parser.close()
    except multipart.ParserLimitReached as error:
        raise MalformedBody(Trouble.TOO_LARGE, f"the form passes a limit: {error}") from error
    except (multipart.MultipartError, UnicodeError) as error:
        raise MalformedBody(Trouble.MALFORMED, f"the form cannot be read: {error}") from error
    return tuple(parts)


def _options(content_type: str | None) -> tuple[str, Mapping[str, str]]:
    media_type, options = multipart.parse_options_header(content_type or "")
    return str(media_type), options


def _part(segment: Any, value: bytes) -> Part:
    disposition = segment.header("Content-Disposition", "")
    filename = segment.filename
    if "filename*" in disposition.lower():  # RFC 5987, which the parser leaves alone
        message = Message()
        message["Content-Disposition"] = disposition
        filename = message.get_filename(filename)
    if not segment.name:
        raise MalformedBody(Trouble.MALFORMED, "a part has no name")
    return Part(segment.name, value, filename, segment.content_type, segment.charset, tuple(segment.headerlist))
