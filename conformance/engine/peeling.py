"""Takes escapes off a text, layer by layer, and remembers where in the text each character of a view stands."""

from __future__ import annotations

import html.entities
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator

from attrs import field, frozen

__all__ = ["View", "views"]

_LAYERS = 3  # of escapes within escapes
_ESCAPE = re.compile(
    r"\\{1,4}(?:u\{?0{0,6}([0-7][0-9a-f])\}?|x([0-7][0-9a-f]))"  # JSON, JavaScript, C
    r"|\\{1,4}([01][0-7]{2})"  # octal
    r"|\\([rn])"
    r"|\\([^a-z0-9\s])"
    r"|%(?:25){0,3}([0-7][0-9a-f])"
    r"|&(?:amp;){0,3}(?:\#x0{0,6}([0-7]?[0-9a-f])(?![0-9a-f]);?|\#0{0,6}([0-9]{1,3})(?![0-9]);?|([a-z]{2,8});)"
    r"|=([2-7][0-9a-f])"  # quoted-printable
)
_IN_HEX, _IN_OCTAL, _LINE_END, _AS_IT_IS, _IN_DECIMAL, _NAMED = (1, 2, 6, 7, 10), 3, 4, 5, 8, 9
_ENTITIES = {
    name.rstrip(";").lower(): char
    for name, char in html.entities.html5.items()
    if len(char) == 1 and char.isascii() and not char.isalnum()
}
# Breaks a word up without being seen, or stands between the letters of UTF-16.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_FOLD = re.compile(r"=?[\r\n]+[ \t]*")
_SEPARATED = re.compile(r"(?<=[0-9a-f]{2})(?:[ :-]|,? ?0x)(?=[0-9a-f]{2})")
_LISTED = re.compile(r"(?<=[0-9])(?:, *| +)(?=[0-9])")
_BLANK = re.compile(r"\s+")
_MARKS = {_ESCAPE: "\\%&=", _FOLD: "\r\n", _SEPARATED: " :-,x", _LISTED: " ,"}
"""Characters without which a pattern finds nothing: most long texts have none."""
_Written = str | Callable[[re.Match[str]], str]


@frozen
class _Layer:
    """Where in one text the parts stand that are written otherwise in another; all else is the same in both."""

    starts: array[int] = field(factory=lambda: array("q"))
    ends: array[int] = field(factory=lambda: array("q"))
    old_starts: array[int] = field(factory=lambda: array("q"))
    old_ends: array[int] = field(factory=lambda: array("q"))

    def before(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the old text of a place, of at least one character, in the new one."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, position: int) -> tuple[int, int]:
        index = bisect_right(self.starts, position) - 1
        if index < 0:
            return position, position + 1
        if position < self.ends[index]:
            return self.old_starts[index], self.old_ends[index]
        moved = self.old_ends[index] + position - self.ends[index]
        return moved, moved + 1


@frozen
class View:
    """A text as it reads when some escapes are taken off.

    Attributes:
        text: in lower case.
        is_joined: blanks are left out of it, so that words of a few letters meet that do not belong together.
    """

    text: str = field(repr=False)
    is_joined: bool = False
    _layers: tuple[_Layer, ...] | None = field(default=None, repr=False)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the first text a place stands."""
        for layer in reversed(self._layers or ()):
            start, end = layer.before(start, end)
        return start, end

    def peeled(self, pattern: re.Pattern[str], write: _Written, *, is_joined: bool = False) -> View | None:
        """Return the view in which what a pattern finds is written otherwise; None where that changes nothing."""
        if not any(mark in self.text for mark in _MARKS.get(pattern, ("",))):
            return None
        if self._layers is None:
            text = pattern.sub(write, self.text)
            return None if text == self.text else View(text, is_joined, None)
        layer = _Layer()
        pieces: list[str] = []
        done = length = 0
        for found in pattern.finditer(self.text):
            written = write if isinstance(write, str) else write(found)
            if written == found[0]:
                continue
            start, end = found.span()
            pieces += (self.text[done:start], written)
            length += start - done
            layer.starts.append(length)
            length += len(written)
            layer.ends.append(length)
            layer.old_starts.append(start)
            layer.old_ends.append(end)
            done = end
        if not pieces:
            return None
        return View("".join((*pieces, self.text[done:])), is_joined, (*self._layers, layer))


def views(text: str, *, placed: bool = False) -> Iterator[View]:
    """Yield a text as it is, then with one layer after the other taken off of what may hide a word in it.

    Args:
        text: of any kind, and any length.
        placed: the views shall tell where in the text a place of theirs stands, which takes some time.
    """
    view = View(_lowered(text), layers=() if placed else None)
    yield view
    for _ in range(_LAYERS):
        plainer = view.peeled(_ESCAPE, _character_of)
        if plainer is None:
            break
        view = plainer
        yield view
    for pattern in (_UNSEEN, _FOLD):
        plainer = view.peeled(pattern, "")
        if plainer is not None:
            view = plainer
            yield view
    for pattern, written, is_joined in ((_SEPARATED, "", False), (_LISTED, ",", False), (_BLANK, "", True)):
        plainer = view.peeled(pattern, written, is_joined=is_joined)
        if plainer is not None:
            yield plainer


def _lowered(text: str) -> str:
    """Return a text in lower case, each character in its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _character_of(escape: re.Match[str]) -> str:
    """Return the character that an escape stands for; the escape itself where that is none of ASCII."""
    kind = escape.lastindex or 0
    code = escape[kind]
    if kind in _IN_HEX:
        return chr(int(code, 16)).lower()
    if kind == _IN_OCTAL:
        return chr(int(code, 8)).lower()
    if kind == _LINE_END:
        return "\n"
    if kind == _AS_IT_IS:
        return code
    if kind == _IN_DECIMAL:
        return chr(int(code)).lower() if int(code) < 128 else escape[0]
    return _ENTITIES.get(code, escape[0])
