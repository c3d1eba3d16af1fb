"""A file of JSON in which no string is longer than a limit, so that no reader need hold what nobody looks at.

A recording may hold whole videos as one string each. What is cut off is replaced with a mark that no recording can
hold, because it is drawn anew each time.
"""

from __future__ import annotations

import re
import secrets
from typing import BinaryIO

__all__ = ["CutStrings"]

_CHUNK = 4 * 1024 * 1024  # a parser may look again at all of a string whenever it gets more of it
_CONTENT = re.compile(rb'(?:[^"\\]++|\\u[0-9A-Fa-f]{4}|\\[^u])*+', re.DOTALL)
_TOKENS = rb'(?:[^"\\]|\\u[0-9A-Fa-f]{4}|\\[^u]){0,%d}+'
_ESCAPE = 6  # bytes of the longest escape


class CutStrings:
    """Reads like a file; `at` is how many bytes of the real one were read."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        self.mark = secrets.token_hex(16)
        self.at = 0
        self._file = file
        self._longest = longest
        self._held = b""  # the beginning of an escape that the next chunk ends
        self._within = False
        self._length = 0
        self._dropping = False

    def read(self, size: int = -1) -> bytes:
        """Return some bytes; none at the end of the file."""
        if size == 0:
            return b""
        while True:
            chunk = self._file.read(_CHUNK)
            self.at += len(chunk)
            data, self._held = self._held + chunk, b""
            made = self._filtered(data, is_last=not chunk)
            if made or not chunk:
                return made

    def _filtered(self, data: bytes, *, is_last: bool) -> bytes:
        made: list[bytes] = []
        at = 0
        while at < len(data):
            if not self._within:
                quote = data.find(b'"', at)
                end = len(data) if quote < 0 else quote + 1
                made.append(data[at:end])
                self._within, self._length, self._dropping = quote >= 0, 0, False
                at = end
                continue
            found = _CONTENT.match(data, at)
            end = found.end() if found is not None else at
            made.append(self._shortened(data[at:end]))
            at = end
            if at == len(data):
                break
            if data[at : at + 1] == b'"':
                self._within = False
            elif len(data) - at < _ESCAPE and not is_last:
                self._held = data[at:]
                break
            made.append(data[at : at + 1])  # the quote, or an escape that is none: the reader of JSON says so
            at += 1
        return b"".join(made)

    def _shortened(self, content: bytes) -> bytes:
        """Return as much of some content of a string as there is room for."""
        if self._dropping:
            return b""
        room = self._longest - self._length
        self._length += len(content)
        if len(content) <= room:
            return content
        self._dropping = True
        fitting = re.match(_TOKENS % max(room, 0), content, re.DOTALL)
        return content[: _whole(content, fitting.end() if fitting is not None else 0)] + self.mark.encode()


def _whole(content: bytes, cut: int) -> int:
    """Move a cut to where no character is divided; what an earlier chunk began is ended."""
    if cut < len(content) and not _is_middle(content, cut):
        return cut
    back = min(cut, len(content) - 1)
    while back > 0 and _is_middle(content, back):
        back -= 1
    if not _is_middle(content, back):
        return back
    while _is_middle(content, cut):
        cut += 1
    return cut


def _is_middle(content: bytes, at: int) -> bool:
    return at < len(content) and content[at] & 0xC0 == 0x80
