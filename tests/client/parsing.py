"""Two independent readers of multipart bodies: what both find is what was sent."""

from __future__ import annotations

import email.policy
import io
from email.message import Message
from email.parser import BytesParser

import multipart
from attrs import field, frozen


@frozen
class ParsedPart:
    """One part, as a reader found it."""

    name: str
    filename: str | None
    content_type: str | None
    content: bytes = field(repr=False)


class RawHeaders(email.policy.Compat32):
    """Keeps headers as they came, where `email` would mark text that is not ASCII as of unknown kind."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - named by the base class
        """Return a header's value unchanged."""
        return value


def boundary(headers: Message) -> str:
    """The boundary that a Content-Type header names."""
    value = headers.get_param("boundary")
    assert isinstance(value, str)
    return value


def by_multipart(headers: Message, body: bytes) -> list[ParsedPart]:
    """Read with the package `multipart`."""
    parser = multipart.MultipartParser(io.BytesIO(body), boundary(headers), strict=True)
    return [ParsedPart(part.name, part.filename, part.headers.get("Content-Type"), part.raw) for part in parser.parts()]


def by_email(headers: Message, body: bytes) -> list[ParsedPart]:
    """Read with the standard library's `email`."""
    head = f"MIME-Version: 1.0\r\nContent-Type: {headers['Content-Type']}\r\n\r\n".encode()
    message = BytesParser(policy=RawHeaders()).parsebytes(head + body)
    parts = message.get_payload()
    assert isinstance(parts, list)
    found = []
    for part in parts:
        assert isinstance(part, Message)
        disposition = dict(part.get_params([], header="Content-Disposition", unquote=True))
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append(
            ParsedPart(
                _text(disposition["name"]),
                _text(disposition["filename"]) if "filename" in disposition else None,
                part["Content-Type"],
                content,
            )
        )
    return found


def _text(value: str) -> str:
    """Undo the way in which `email` keeps bytes that are not ASCII."""
    return value.encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape")
