"""Reads a form back from its bytes, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from enum import Enum
from typing import Any

import multipart
from attrs import frozen

from conformance.bodies.parts import Part

__all__ = ["Limits", "MalformedBody", "Trouble", "read"]


class Trouble(Enum):
    """Why a body could not be read as a form."""

    MEDIA_TYPE = "media type"
    MALFORMED = "malformed"
    TOO_LARGE = "too large"


class MalformedBody(ValueError):
    """The body is not a form that can be read; `trouble` says of which kind."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


@frozen
class Limits:
    """What a reader takes before it refuses: sizes in bytes, counts in parts and headers."""

    body_size: int = 64 * 1024 * 1024
    part_count: int = 1000
    header_size: int = 8 * 1024
    header_count: int = 16


def read(content_type: str | None, body: bytes, limits: Limits | None = None) -> tuple[Part, ...]:
    """Read a `multipart/form-data` body.

    Raises:
        MalformedBody: the media type is another, the body is broken or truncated, a part has no name,
            or a limit is passed.
    """
    limits = limits or Limits()
    media_type, options = _options(content_type)
    if media_type != "multipart/form-data":
        given = media_type or "no Content-Type"
        raise MalformedBody(Trouble.MEDIA_TYPE, f"expected multipart/form-data, got {given}")
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
