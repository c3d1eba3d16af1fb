"""A file of JSON in which no string is longer than a limit, so that no reader need hold what nobody looks at.

Nor is anything nested deeper than anybody means it: readers keep the path of all that they are in.
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
_DEEPEST = 100
_LONGEST_NUMBER = 1_000  # digits
_DIGITS = re.compile(rb"[0-9]{%d}" % _LONGEST_NUMBER)
_BRACKETS = re.compile(rb"[\[\]{}]")
_ESCAPE = 6  # bytes of the longest escape


class CutStrings:
    """Reads like a file; `at` is how many bytes of the real one were read."""

    def __init__(self, file: BinaryIO, longest: int) -> None:
        self.mark = secrets.token_hex(16)
        self.at = 0
        self._file = file
        self._longest = longest
        self._held = b""  # the beginning of an escape that the next chunk ends
        self._depth = 0
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
                self._descend(data[at:end])
                self._within, self._length, self._dropping = quote >= 0, 0, False
                at = end
                continue
            found = _CONTENT.match(data, at)
            end = found.end() if found is not None else at
            if end == len(data):
                whole = len(data) if is_last else _whole(data, at)
                made.append(self._shortened(data[at:whole]))
                self._held = data[whole:]
                break
            made.append(self._shortened(data[at:end]))
            at = end
            if data[at : at + 1] == b'"':
                self._within = False
            elif len(data) - at < _ESCAPE and not is_last:
                self._held = data[at:]
                break
            made.append(data[at : at + 1])  # the quote, or an escape that is none: the reader of JSON says so
            at += 1
        return b"".join(made)

    def _descend(self, structure: bytes) -> None:
        """Follow the brackets outside of strings.

        Raises:
            ValueError: they are nested too deeply, or something else stands there that has no end.
        """
        if len(structure) > _LONGEST_NUMBER and _DIGITS.search(structure) is not None:
            raise ValueError("it holds a number that nobody can read")
        opened = structure.count(b"[") + structure.count(b"{")
        closed = structure.count(b"]") + structure.count(b"}")
        if self._depth + opened > _DEEPEST:  # perhaps one after the other, and not one in the other
            depth = self._depth
            for bracket in _BRACKETS.finditer(structure):
                depth += 1 if bracket[0] in b"[{" else -1
                if depth > _DEEPEST:
                    raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
        self._depth += opened - closed

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
        cut = fitting.end() if fitting is not None else 0
        while cut < len(content) and cut and content[cut] & 0xC0 == 0x80:  # within a character
            cut -= 1
        return content[:cut] + self.mark.encode()


def _whole(data: bytes, start: int) -> int:
    """Return where the last whole character of some bytes ends."""
    for back in range(1, min(4, len(data) - start) + 1):
        lead = data[-back]
        if lead & 0xC0 != 0x80:
            size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
            return len(data) - back if size > back else len(data)
    return len(data)
