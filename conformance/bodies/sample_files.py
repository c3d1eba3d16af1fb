"""Sample files: small, real, and of a type that the contract allows where they are sent."""

from __future__ import annotations

import io
import mimetypes
import struct
import wave
import zlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from types import MappingProxyType

from attrs import field, frozen

__all__ = ["SampleFile", "png", "sample_file"]


@frozen
class SampleFile:
    """What an ordinary client would send as a file."""

    value: bytes = field(repr=False)
    filename: str
    media_type: str


@lru_cache(maxsize=256)
def sample_file(allowed: tuple[str, ...]) -> SampleFile:
    """Return a file of a type that is allowed, a picture where that is one.

    Args:
        allowed: media types, of which each may hold `*`; none at all allow any.
    """
    for media_type, value in _files().items():
        if not allowed or any(fnmatchcase(media_type, pattern.lower()) for pattern in allowed):
            return SampleFile(value, _name_of(media_type), media_type)
    media_type = allowed[0].replace("*", "octet-stream")
    return SampleFile(_files()[_OCTETS], _name_of(media_type), media_type)


@cache
def png(width: int = 512, height: int = 512) -> bytes:
    """Return a real PNG image."""
    row = b"\0" + b"\x30\x60\x90" * width
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


_OCTETS = "application/octet-stream"
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


@cache
def _files() -> Mapping[str, bytes]:
    """By media type, the likeliest first."""
    return MappingProxyType(
        {
            "image/png": png(),
            "audio/wav": _sound(),
            "video/mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom\0\0\0\x08mdat",
            "application/pdf": _PDF,
            _OCTETS: bytes(range(256)),
            "text/plain": b"A sample.\n",
            "application/json": b'{"a": 1}',
        }
    )


def _sound() -> bytes:
    """Return a tenth of a second of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return written.getvalue()


def _name_of(media_type: str) -> str:
    return f"sample{mimetypes.guess_extension(media_type) or '.bin'}"
