"""The types that calls share."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import IO, Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from .errors import SentRequest

__all__ = ["BinaryWriter", "Download", "FileInput", "FileTarget", "Response"]

T = TypeVar("T")

#: A file: a path, its bytes, an object that reads bytes (sent from its start where it can be
#: rewound), or a name, one of these, and a media type (None: guessed by the name).
FileInput: TypeAlias = (
    Path
    | bytes
    | IO[bytes]
    | tuple[str, Path | bytes | IO[bytes]]
    | tuple[str, Path | bytes | IO[bytes], str | None]
)


class BinaryWriter(Protocol):
    """A binary file, a buffer, a pipe: whatever takes bytes."""

    def write(self, data: bytes, /) -> Any:
        """Take some bytes; a number says how many were taken, where it may be fewer than all."""
        ...


#: Where to save something: a path, or an object that takes bytes.
FileTarget: TypeAlias = str | PathLike[str] | BinaryWriter


class Download(NamedTuple):
    """What was saved.

    Attributes:
        path: Where it is, None if it was written to a file object.
        size: How many bytes it has.
        content_type: The media type that the server gave it, if it gave it any.
        request_id: What the server calls the exchange, if it says so.
    """

    path: Path | None
    size: int
    content_type: str | None
    request_id: str | None


@frozen(kw_only=True)
class Response(Generic[T]):
    """An answer, whatever its status.

    Attributes:
        status_code: The HTTP status.
        content: The body as it came.
        headers: The headers; names in any case.
        parsed: The body as the contract documents it for this status, None where it is not that.
        request_id: What the server calls this exchange, if it says so.
        request: What was asked.
        repeats: How often it was sent again before it was answered so.
    """

    status_code: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    parsed: T | None
    request_id: str | None
    request: SentRequest = field(repr=False)
    repeats: int = 0
