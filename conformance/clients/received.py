"""What a client sent: one request as it came over the wire."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

__all__ = ["UNREAD", "Received", "WhichHost"]

UNREAD = "was not read"
"""The trouble with a request that the judge cut off before it had read it."""

WhichHost = Literal["here", "elsewhere"]
"""The host that the client was given, or the other one, to which an answer may send it on."""


@frozen
class Received:
    """One request.

    Attributes:
        place: the host at which it came in.
        target: as it stood in the first line, query and all.
        headers: in their order, the names in lower case.
        raw: every byte, as far as it was read.
        trouble: why it is no request, or not a whole one; empty where it is.
    """

    place: WhichHost
    method: str = ""
    target: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    raw: bytes = field(default=b"", repr=False)
    trouble: str = ""

    @property
    def path(self) -> bytes:
        """The path as it was written."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> bytes:
        """The query as it was written, without its question mark."""
        return self.target.partition(b"?")[2]

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a header field, which is named in lower case."""
        return tuple(value for known, value in self.headers if known == name)

    def header(self, name: str) -> str | None:
        """Return the value of a header field; where it was sent several times, the first."""
        return next(iter(self.values(name)), None)
