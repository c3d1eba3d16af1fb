"""The heads of fields: a name, below it a type, below that its marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from attrs import field, frozen

from scripts.source_page.lines import PageText, TextLine
from scripts.source_page.words import LABELS, SECTIONS, is_name, is_type, kinds_in

__all__ = ["FieldHead", "find_heads", "required_mark"]

_MARKS = ("required", "deprecated", "read-only", "write-only", "nullable", "optional", "location")
_SENTENCE = re.compile(r"[.\u3002!?\uff01\uff1f,;]$")
# A label of one or two words, and one value: anything longer is a sentence.
_DEFAULT = re.compile(r"[^:\s]{1,20}(?: [^:\s]{1,12})?: ?(?:[\"\[{].{0,80}|[^\s,]{0,60}[^\s,.\u3002!?:])")


@frozen
class FieldHead:
    """A field's head, from line to line; `gap` is what stands between the one before and this one."""

    line: TextLine
    start: int
    end: int
    name: str
    kinds: frozenset[str]
    marks: tuple[str, ...]
    gap: tuple[TextLine, ...] = field(default=(), repr=False)

    @property
    def path(self) -> tuple[str, ...]:
        """The names from the outermost object down."""
        return tuple(self.name.replace("[]", "").split("."))

    def has(self, meaning: str) -> bool:
        """Tell whether one of the marks has a meaning."""
        return any(LABELS.means(mark, meaning) for mark in self.marks)

    @property
    def location(self) -> str | None:
        """The place in the request that a mark names."""
        return next((mark.strip().lower() for mark in self.marks if LABELS.means(mark, "location")), None)


def find_heads(lines: PageText) -> list[FieldHead]:
    """Return the heads in the order of the page."""
    found: list[FieldHead] = []
    index = 0
    while index < len(lines):
        below = _begins(lines, index)
        if below is None:
            index += 1
            continue
        end, marks = _marks(lines, below + 1)
        kinds = kinds_in(_bare(lines[below].text))
        found.append(FieldHead(lines[index], index, end, _bare(lines[index].text), kinds, tuple(marks)))
        index = end
    return found


def required_mark(heads: Sequence[FieldHead]) -> str | None:
    """Return the word for `required` in a language that nobody has listed.

    A credential is always required, so it is the mark behind the place of one; else the mark that comes most often.
    """
    unknown: Counter[str] = Counter()
    for head in heads:
        if head.has("required"):
            return None
        strange = [
            mark for mark in head.marks if LABELS.meaning(mark, *_MARKS) is None and not _DEFAULT.fullmatch(mark)
        ]
        if strange and head.location == "header":
            return strange[0]
        unknown.update(strange[:1])
    word, count = unknown.most_common(1)[0] if unknown else ("", 0)
    return word if count > 1 else None


def _bare(text: str) -> str:
    return text.strip().strip("`*")


def _next(lines: PageText, index: int) -> int | None:
    """Return the index of the next line that says something, at most one blank line on."""
    return next((at for at in range(index, min(index + 2, len(lines))) if lines[at].text.strip()), None)


def _begins(lines: PageText, index: int) -> int | None:
    """Return the index of the type, where a field begins at a line."""
    if lines[index].is_code or not is_name(_bare(lines[index].text)):
        return None
    if index and lines[index - 1].text.rstrip().endswith((",", ":")):
        return None  # a listed value, or what a label announces
    below = _next(lines, index + 1)
    if below is None or lines[below].is_code or not is_type(_bare(lines[below].text)):
        return None
    if below > index + 1 and _begins(lines, below) == below + 1:
        return None  # a heading, and below it a field that is called like a type
    return below


def _marks(lines: PageText, index: int) -> tuple[int, list[str]]:
    """Return where the head ends, and its marks."""
    marks: list[str] = []
    while index < len(lines):
        text = _bare(lines[index].text)
        if not text:
            following = _next(lines, index + 1)
            # Past a blank line `Body` is a heading, and no place.
            known = following is not None and LABELS.meaning(_bare(lines[following].text), *_MARKS[:-1]) is not None
            if not known or following is None or _begins(lines, following) is not None:
                break
            index = following
            continue
        if (below := _begins(lines, index)) is not None:
            # `required`, then a field called `object`: the mark is no field of type object.
            if not LABELS.means(text, "required", "deprecated") or _begins(lines, below) is None:
                break
        elif not _is_mark(text) or _is_heading(text):
            break
        marks.append(text)
        index += 1
    return index, marks


def _is_heading(text: str) -> bool:
    """Tell whether a line is the next part's heading: `Body`, where `body` would be a place."""
    return LABELS.means(text, *SECTIONS) and text not in LABELS.words["location"]


def _is_mark(text: str) -> bool:
    if LABELS.meaning(text, *_MARKS) is not None or _DEFAULT.fullmatch(text):
        return not text.endswith(":")
    return len(text) <= 24 and len(text.split()) <= 3 and not _SENTENCE.search(text) and not text.endswith(":")
