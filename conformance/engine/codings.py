"""The codings in which a text may show a secret: found in all of them, and taken out."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from urllib.parse import quote, unquote

from attrs import field, frozen

__all__ = ["SHORTEST_SECRET", "Secrets"]

SHORTEST_SECRET = 6
_MARK = "[token]"
_WITHHELD = "[withheld: the token stands in it, in a coding of its own]"
_LAYERS = 3  # of escapes within escapes
_ESCAPE = re.compile(r"\\{1,4}(?:u\{?0{0,4}([0-9a-f]{2})\}?|x([0-9a-f]{2})|(?=/))", re.IGNORECASE)
_SEPARATED = re.compile(r"(?<=[0-9a-f]{2})[ :-](?=[0-9a-f]{2})", re.IGNORECASE)
_SOFT = "\u00ad\u200b\u2060\ufeff"  # break a word up without being seen


@frozen
class Secrets:
    """Some secrets, in whatever coding a text may show them."""

    plain: tuple[str, ...] = field(repr=False)
    _coded: tuple[str, ...] = field(init=False, repr=False)

    @_coded.default
    def _all_coded(self) -> tuple[str, ...]:
        """Return each secret as it is and coded, in lower case, the longest first."""
        written = {text for secret in self.plain for text in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""))}
        found = {coded.lower() for text in written for coded in _coded(text)}
        return tuple(sorted(found, key=lambda text: (-len(text), text)))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """What finds them however each character is escaped; slow to make, and needed only where one was found."""
        return re.compile("|".join(map(_escaped, self._coded)) or r"(?!)", re.IGNORECASE)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Secrets:
        """Return those that are long enough to be told from ordinary words."""
        return cls(tuple(dict.fromkeys(secret for secret in secrets if len(secret) >= SHORTEST_SECRET)))

    def are_in(self, text: str) -> bool:
        """Tell whether a text shows one."""
        return any(coded in form for form in _forms(text) for coded in self._coded)

    def taken_out(self, text: str) -> str:
        """Return a text that shows none."""
        if not self.are_in(text):
            return text
        text = self._pattern.sub(_MARK, text)
        return _WITHHELD if self.are_in(text) else text

    def masked(self, text: str) -> str | None:
        """Return a text that shows none and is as long as it was; None where one stands in a coding of its own.

        What is said of lengths then holds of it too, and JSON stays JSON.
        """
        if not self.are_in(text):
            return text
        text = self._pattern.sub(lambda found: "*" * len(found[0].encode("utf-8", "surrogateescape")), text)
        return None if self.are_in(text) else text


def _forms(text: str) -> Iterator[str]:
    """Yield a text in lower case, as it is and with one layer of escapes after the other taken off."""
    text = text.lower()
    yield text
    for _ in range(_LAYERS):
        plainer = _ESCAPE.sub(_character_of, text)
        plainer = html.unescape(unquote(plainer.replace("+", "%2b"), errors="surrogateescape")).lower()
        if plainer == text:
            break
        text = plainer
        yield text
    if any(char in text for char in _SOFT):
        yield text.translate(dict.fromkeys(map(ord, _SOFT)))
    if _SEPARATED.search(text):
        yield _SEPARATED.sub("", text)


def _character_of(escape: re.Match[str]) -> str:
    """Return the character that an escape stands for; before a slash it stands for nothing."""
    code = escape[1] or escape[2]
    return chr(int(code, 16)) if code else ""


def _coded(secret: str) -> Iterator[str]:
    """Yield a secret as it is, reversed, in hexadecimal, and what base64 makes of it wherever it stands in a text."""
    yield secret
    yield secret[::-1]
    data = secret.encode()
    yield data.hex()
    for before in range(3):
        bare = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # The first and the last character may hold bits of a neighbour.
        start = -(-before * 8 // 6)
        core = bare[start : (before + len(data)) * 8 // 6]
        if len(core) >= SHORTEST_SECRET:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _escaped(text: str) -> str:
    """Return a pattern of a text in which each character may be escaped as in JSON, a URL or HTML, also twice."""
    return "".join(map(_character, text))


def _character(char: str) -> str:
    code, named = ord(char), html.escape(char, quote=True)
    ways = [
        re.escape(char),
        rf"\\{{1,4}}{re.escape(char)}" if not char.isalnum() else "",
        rf"\\{{1,4}}u\{{?0{{0,4}}{code:02x}\}}?",
        rf"\\{{1,4}}x{code:02x}",
        rf"%(?:25){{0,3}}{code:02x}",
        rf"&(?:amp;){{0,3}}#0{{0,4}}{code};?",
        rf"&(?:amp;){{0,3}}#x0{{0,4}}{code:x};?",
        re.escape(named) if named != char else "",
    ]
    return f"(?:{'|'.join(way for way in ways if way)})[{_SOFT}]?"
