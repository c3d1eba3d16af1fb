"""Rules about numbers in prose: how many there are of something comes from the contract (`x-counts`).

`x-counts: {models: '#/components/schemas/Model/enum'}` says that `models` counts what that list has. A number before
the noun, with a word or two between them at most, has to be that count, in all prose from there downwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from attrs import frozen

from conformance.contract.document import Document, Tokens
from conformance.errors import ContractError
from conformance.lint.diagnostics import Found, rule
from conformance.lint.elements import Element, Outline

__all__ = ["LAST", "RULES", "Mention", "counts", "mended", "mentions"]

_KEY = "x-counts"
_PROSE = ("title", "summary", "description")

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_UNITS += " seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = dict(zip(_UNITS.split(), range(20), strict=True))
_WORDS |= dict(zip(_TENS.split(), range(20, 100, 10), strict=True))
_WORDS |= {f"{ten}-{unit}": _WORDS[ten] + _WORDS[unit] for ten in _TENS.split() for unit in _UNITS.split()[1:10]}
_NUMBERS = {number: word for word, number in _WORDS.items()}
_NO_ADJECTIVE = "a|an|and|as|at|by|for|from|in|of|on|or|per|the|to|with"


@frozen
class Mention:
    """A number in a text, with what it counts; `start` and `end` are those of the number."""

    start: int
    end: int
    phrase: str
    written: str
    noun: str

    @property
    def number(self) -> int:
        """The number, written in digits or as a word."""
        return int(self.written) if self.written.isdigit() else _WORDS[self.written.lower()]

    def as_written(self, number: int) -> str:
        """Return another number as this one is written: as a word where it is one and there is one."""
        word = "" if self.written.isdigit() else _NUMBERS.get(number, "")
        return (word.capitalize() if self.written[0].isupper() else word) or str(number)


def mentions(text: str, nouns: Mapping[str, object]) -> Iterator[Mention]:
    """Yield the numbers before nouns that count something, in their order."""
    for found in _pattern(tuple(nouns)).finditer(text):
        noun = " ".join(found["noun"].lower().split())
        yield Mention(*found.span("number"), " ".join(found[0].split()), found["number"], noun)


def counts(document: Document) -> dict[str, int]:
    """Return the nouns that the whole document counts, each with how many there are."""
    found = {str(noun): _size(document, place) for noun, place in _declared(document.data).items()}
    return {noun: size for noun, size in found.items() if size is not None}


@rule("counted", "`x-counts` maps nouns to lists or mappings of this document")
def counted(outline: Outline) -> Iterator[Found]:
    """A place that has no length would count nothing, and keep silent about it."""
    for element in outline.elements:
        declared = element.node.get(_KEY, {})
        if not isinstance(declared, Mapping) or not all(isinstance(place, str) for place in declared.values()):
            yield (*element.tokens, _KEY), "`x-counts` maps nouns to places, such as `#/components/schemas/Name/enum`"
            continue
        for noun, place in declared.items():
            if _size(outline.document, place) is None:
                yield (*element.tokens, _KEY, str(noun)), f"`{place}` is no list or mapping of this document; name one"


@rule("count", "a number in prose before what `x-counts` counts is the right one")
def count(outline: Outline) -> Iterator[Found]:
    """A list that grows leaves no old number behind."""
    for place, text, nouns in _prose(outline):
        for mention in mentions(text, nouns):
            right = _size(outline.document, nouns[mention.noun])
            if right is not None and mention.number != right:
                write = mention.as_written(right)
                yield place, f"says `{mention.phrase}`, and `{nouns[mention.noun]}` lists {right}; write `{write}`"


def mended(document: Document) -> bytes:
    """Return a document's bytes with the right number in each place that `count` finds."""
    outline = Outline.of(document)
    wrong = {found[0] for found in count.judge(outline)}
    text = document.raw.decode("utf-8")
    spans = [(document.span(place), nouns) for place, _, nouns in _prose(outline) if place in wrong]
    for (start, end), nouns in sorted(spans, key=lambda item: item[0], reverse=True):
        written = text[start:end]
        for mention in reversed(list(mentions(written, nouns))):
            right = _size(document, nouns[mention.noun])
            if right is not None and mention.number != right:
                written = f"{written[: mention.start]}{mention.as_written(right)}{written[mention.end :]}"
        text = f"{text[:start]}{written}{text[end:]}"
    return text.encode("utf-8")


def _prose(outline: Outline) -> Iterator[tuple[Tokens, str, dict[str, str]]]:
    """Yield each text for people that something is counted in: its place, what it says, and the nouns."""
    for element in outline.elements:
        nouns = _in_force(element)
        for key in _PROSE if nouns else ():
            if isinstance(text := element.node.get(key), str):
                yield (*element.tokens, key), text, nouns


def _in_force(element: Element) -> dict[str, str]:
    """Return what is counted here: what stands at the element, then what stands above."""
    above = {} if element.parent is None else _in_force(element.parent)
    return {**above, **_declared(element.node)}


def _declared(node: Mapping[str, object]) -> dict[str, str]:
    declared = node.get(_KEY)
    if not isinstance(declared, Mapping):
        return {}
    return {str(noun).lower(): place for noun, place in declared.items() if isinstance(place, str)}


def _size(document: Document, place: str) -> int | None:
    try:
        named = document.lookup(place) if place.startswith("#") else None
    except ContractError:
        return None
    return len(named) if isinstance(named, list | Mapping) else None


@cache
def _pattern(nouns: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(sorted(_WORDS, key=len, reverse=True))
    named = "|".join(re.escape(noun).replace(r"\ ", r"\s+") for noun in sorted(nouns, key=len, reverse=True))
    between = rf"(?:(?!(?:{_NO_ADJECTIVE})\b)[a-z][a-z-]*\s+){{0,2}}"
    return re.compile(rf"(?<![\w.,-])(?P<number>\d+|{words})\s+{between}(?P<noun>{named})(?![\w-])", re.IGNORECASE)


RULES = (counted,)
LAST = (count,)
"""Asked where all else is in order: what is counted may be what is wrong."""
