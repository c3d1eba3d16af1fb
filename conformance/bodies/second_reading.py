"""A second reading of what is sent, by the standard library's own parsers: it shares no code with what wrote it."""

from __future__ import annotations

import json
from email import policy
from email.parser import BytesParser
from email.utils import collapse_rfc2231_value
from typing import Any
from urllib.parse import parse_qsl

from conformance.bodies.part import Part
from conformance.contract import FORM, MediaType

__all__ = ["SecondReading", "read_again"]

SecondReading = tuple[tuple[Part, ...], tuple[str, ...]]
"""The parts of a body, and what is wrong with the way that it is written."""


def read_again(media: MediaType, content_type: str, body: bytes) -> SecondReading:
    """Read a body once more.

    Args:
        media: what the body ought to be.
        content_type: as the header says it.
        body: as it is sent.
    """
    if media.kind == "multipart":
        return _multipart(content_type, body)
    if media.kind == "json":
        return _json(media, body)
    if media.kind == "urlencoded":
        pairs = parse_qsl(body.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape")
        return tuple(Part(name, value.encode("utf-8", "surrogateescape")) for name, value in pairs), ()
    return tuple(Part(declared.name, body) for declared in media.inputs[:1]), ()


def _json(media: MediaType, body: bytes) -> SecondReading:
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        return (), (str(error),)
    if isinstance(value, dict) and not any(declared.is_whole for declared in media.inputs):
        return tuple(Part(name, json.dumps(member).encode()) for name, member in value.items()), ()
    return tuple(Part(declared.name, body) for declared in media.inputs[:1]), ()


def _multipart(content_type: str, body: bytes) -> SecondReading:
    head = f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=policy.compat32).parsebytes(head + body)  # the newer policies take ten times as long
    if message.get_content_type() != FORM:
        return (), (f"the media type is {message.get_content_type()}",)
    troubles = tuple(type(defect).__name__ for defect in message.defects)
    return (tuple(map(_part, message.get_payload())) if message.is_multipart() else ()), troubles


def _part(part: Any) -> Part:
    stated = part.get_params([], "content-disposition")  # all at once: each question would read the header anew
    said = {name.lower(): value for name, value in reversed(stated)}
    name, filename = said.get("name"), said.get("filename")
    payload = part.get_payload(decode=True)
    is_typed = "content-type" in part
    return Part(
        name if isinstance(name, str) else None,
        payload if isinstance(payload, bytes) else b"",
        collapse_rfc2231_value(filename).strip() if filename is not None else None,
        part.get_content_type() if is_typed else None,
        part.get_content_charset() if is_typed else None,
    )
