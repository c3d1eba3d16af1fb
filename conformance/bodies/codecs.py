"""One codec for each kind of body: writes parts as bytes, and reads them back strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qsl, quote_plus

from attrs import frozen

from conformance.bodies import multipart
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.strict_json import StrictJsonError, strict_json, write_json
from conformance.bodies.troubles import Limits, MalformedBody, Trouble
from conformance.contract import BodyKind, MediaType, Operation

__all__ = ["Codec", "codec", "documented_media", "essence"]

_JSON_CHARSETS = ("", "utf-8", "utf8", "us-ascii")


@frozen
class Codec:
    """How one kind of body is written and read.

    Attributes:
        content_type: the header that announces a body, from its media type.
        encode: bytes from parts.
        decode: parts from the `Content-Type` header and bytes; raises MalformedBody.
    """

    content_type: Callable[[MediaType, Framing], str]
    encode: Callable[[MediaType, Sequence[Part], Framing], bytes]
    decode: Callable[[MediaType, str, bytes, Limits], tuple[Part, ...]]


def codec(media: MediaType) -> Codec:
    """Return the codec of a media type."""
    return _CODECS[media.kind]


def essence(content_type: str | None) -> str:
    """Return a media type without parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def documented_media(operation: Operation, content_type: str | None) -> MediaType:
    """Return the media type of an operation that a `Content-Type` header names.

    Raises:
        MalformedBody: the operation documents no such media type.
    """
    given = essence(content_type)
    known = operation.body.media if operation.body is not None else ()
    for media in known:
        wanted = essence(media.name)
        if wanted in (given, "*/*") or (wanted.endswith("/*") and given.startswith(wanted[:-1])):
            return media
    expected = " or ".join(media.name for media in known) or "no body"
    raise MalformedBody(Trouble.MEDIA_TYPE, f"expected {expected}, got {given or 'no Content-Type'}")


def _write_json(media: MediaType, parts: Sequence[Part], _: Framing) -> bytes:
    if _is_whole(media):
        return b"".join(part.value for part in parts)
    members = (json.dumps(part.name or "", ensure_ascii=False).encode() + b":" + part.value for part in parts)
    return b"{" + b",".join(members) + b"}"


def _read_json(media: MediaType, content_type: str, body: bytes, _: Limits) -> tuple[Part, ...]:
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip('" ')
    if charset not in _JSON_CHARSETS:
        raise MalformedBody(Trouble.MALFORMED, f"the charset of JSON is UTF-8, not {charset}", tolerable=True)
    try:
        value = strict_json(body.decode())
    except UnicodeDecodeError as error:
        raise MalformedBody(Trouble.MALFORMED, f"the body is not UTF-8: {error.reason}", tolerable=True) from None
    except StrictJsonError as error:
        raise MalformedBody(Trouble.MALFORMED, f"the body {error}", tolerable=error.tolerable) from None
    if _is_whole(media):
        return (Part(media.inputs[0].name, body),)
    if not isinstance(value, dict):
        raise MalformedBody(Trouble.MALFORMED, "the body is no JSON object")
    return tuple(Part(name, write_json(member)) for name, member in value.items())


def _write_urlencoded(_: MediaType, parts: Sequence[Part], __: Framing) -> bytes:
    return "&".join(f"{quote_plus(part.name or '')}={quote_plus(part.value)}" for part in parts).encode()


def _read_urlencoded(_: MediaType, __: str, body: bytes, limits: Limits) -> tuple[Part, ...]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="surrogateescape",
            max_num_fields=limits.part_count,
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise MalformedBody(Trouble.MALFORMED, f"the form cannot be read: {error}", tolerable=True) from None
    return tuple(Part(name, value.encode("utf-8", "surrogateescape")) for name, value in pairs)


def _write_octets(_: MediaType, parts: Sequence[Part], __: Framing) -> bytes:
    return b"".join(part.value for part in parts)


def _read_octets(media: MediaType, _: str, body: bytes, __: Limits) -> tuple[Part, ...]:
    return (Part(media.inputs[0].name, body),)


def _is_whole(media: MediaType) -> bool:
    return any(declared.is_whole for declared in media.inputs)


def _named(media: MediaType, _: Framing) -> str:
    """Announce a body by its media type; of a range, something that is in it."""
    return media.name.replace("*/*", "application/octet-stream").replace("/*", "/octet-stream")


_CODECS: Mapping[BodyKind, Codec] = {
    "multipart": Codec(
        lambda _, framing: framing.content_type,
        lambda _, parts, framing: multipart.encode(parts, framing),
        lambda _, content_type, body, limits: multipart.read(content_type, body, limits),
    ),
    "json": Codec(_named, _write_json, _read_json),
    "urlencoded": Codec(_named, _write_urlencoded, _read_urlencoded),
    "octets": Codec(_named, _write_octets, _read_octets),
}
