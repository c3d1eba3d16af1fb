"""Why a body cannot be read, and how much of one is read at all."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

__all__ = ["Limits", "MalformedBody", "Trouble"]


class Trouble(Enum):
    """Why a body could not be read."""

    MEDIA_TYPE = "media type"
    MALFORMED = "malformed"
    TOO_LARGE = "too large"


class MalformedBody(ValueError):
    """The body cannot be read; `trouble` says of which kind, `tolerable` whether some readers take it all the same."""

    def __init__(self, trouble: Trouble, message: str, *, tolerable: bool = False) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.tolerable = tolerable


@frozen
class Limits:
    """What a reader takes before it refuses: sizes in bytes, counts in parts and headers."""

    body_size: int = 64 * 1024 * 1024
    part_count: int = 1000
    header_size: int = 8 * 1024
    header_count: int = 16
