"""The codings in which a text may show a secret: found in all of them, and taken out.

A secret is found as it is, reversed, in hexadecimal, as a list of numbers and in base64 of either alphabet wherever it
stands in what was coded; each of these in any case, escaped as in JSON, C, a URL, HTML or quoted-printable, three
layers deep, in UTF-16, with invisible characters, line folds or blanks in between, and cut into pieces, as long as a
piece has half of it or sixteen characters. It is not found where it is compressed, encrypted, hashed, or coded by
two of the others at once, such as base64 of base64: whatever is kept of an answer must not be decoded further either.

What is shorter than eight characters and has letters alone, or is an ordinary word of up to fifteen, cannot be told
from what servers say anyway. Such a word is taken out where it stands by itself, and that a text has it tells nothing.
A word of less than four characters is no secret at all.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from urllib.parse import quote

from attrs import field, frozen

from conformance.engine.peeling import View, views

__all__ = ["SHORTEST_SECRET", "Secrets", "is_telling"]

SHORTEST_SECRET = 6
"""So many characters are told from ordinary text, unless they are an ordinary word."""
_SHORTEST_WORD = 4
_LONGEST_WORD = 15
_LEAST = 16  # characters of a long secret that are as telling as half of a short one
_JOINED = 12  # where blanks are left out, fewer may be by chance
_MARK = "[token]"
_WITHHELD = "[withheld: the token stands in it, in a coding of its own]"
_ROUNDS = 3  # what is left when something is taken out may show another
_ORDINARY = re.compile(r"[a-z]+|[A-Z]+|[A-Z][a-z]+")
_NEIGHBOURS = 8  # places of one and the same short text in a secret


@frozen
class _Coded:
    """A secret in one coding, and how many characters of it are too many."""

    text: str = field(repr=False)
    least: int
    is_word: bool


def is_telling(secret: str) -> bool:
    """Tell whether a secret can be told from ordinary text."""
    is_word = len(secret) <= _LONGEST_WORD and _ORDINARY.fullmatch(secret) is not None
    return len(secret) >= SHORTEST_SECRET and not is_word


@frozen
class Secrets:
    """Some secrets, in whatever coding a text may show them."""

    _coded: tuple[_Coded, ...] = field(repr=False)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Secrets:
        """Return secrets of which half is too much, or sixteen characters; words count where they stand alone."""
        found: list[_Coded] = []
        for secret in dict.fromkeys(secrets):
            if is_telling(secret):
                found += _pieces(secret, max(SHORTEST_SECRET, min(_LEAST, len(secret) // 2)))
            elif len(secret) >= _SHORTEST_WORD:
                found += (_Coded(text, len(text), is_word=True) for text in _all_coded(secret))
        return cls(tuple(found))

    @classmethod
    def telling(cls, secrets: Iterable[str]) -> Secrets:
        """Return secrets of which three quarters tell whose they are: many have the beginning in common."""
        chosen = dict.fromkeys(filter(is_telling, secrets))
        return cls(
            tuple(one for secret in chosen for one in _pieces(secret, max(SHORTEST_SECRET, len(secret) * 3 // 4)))
        )

    @cached_property
    def _size(self) -> int:
        """How many characters are looked up at once."""
        return max(2, min((coded.least for coded in self._coded), default=2) * 3 // 5)

    @cached_property
    def _known(self) -> dict[str, list[tuple[_Coded, int]]]:
        """Every text of that size in the secrets, and where it stands."""
        found: dict[str, list[tuple[_Coded, int]]] = {}
        for coded in self._coded:
            for start in range(len(coded.text) - self._size + 1):
                places = found.setdefault(coded.text[start : start + self._size], [])
                if len(places) < _NEIGHBOURS:
                    places.append((coded, start))
        return found

    def are_in(self, text: str) -> bool:
        """Tell whether a text shows one."""
        return bool(self._coded) and any(True for view in views(text) for _ in self._places(view))

    def taken_out(self, text: str) -> str:
        """Return a text that shows none."""
        cleared = self._cleared(text, lambda _: _MARK)
        return _WITHHELD if cleared is None else cleared

    def masked(self, text: str) -> str | None:
        """Return a text that shows none and is as long as it was; None where one cannot be taken out so.

        What is said of lengths then holds of it too, and JSON stays JSON.
        """
        return self._cleared(text, lambda found: "*" * len(found.encode("utf-8", "surrogateescape")))

    def _cleared(self, text: str, mark: Callable[[str], str]) -> str | None:
        """Return a text with a mark in place of each secret; None where one is left all the same."""
        for _ in range(_ROUNDS):
            if not self.are_in(text):
                return text
            seen = views(text, placed=True)
            text = _without(text, sorted(view.place(*place) for view in seen for place in self._places(view)), mark)
        return None if self.are_in(text) else text

    def _places(self, view: View) -> Iterator[tuple[int, int]]:
        """Yield where a secret, or too much of it, stands in a view."""
        text, size, known = view.text, self._size, self._known
        least = min(coded.least for coded in self._coded)
        done = 0
        # Whatever is as long as the shortest piece holds a text of that size at one of these places.
        looked_at = range(0, len(text) - size + 1, max(1, least - size + 1))
        for at in [at for at in looked_at if text[at : at + size] in known]:
            if at < done:
                continue
            for coded, start in known[text[at : at + size]]:
                place = _extended(text, at, coded, start)
                if place is not None and not (view.is_joined and place[1] - place[0] < _JOINED):
                    yield place
                    done = place[1]
                    break


def _extended(text: str, at: int, coded: _Coded, start: int) -> tuple[int, int] | None:
    """Return how far a text agrees with a secret around a place, where that is too far."""
    secret = coded.text
    first, last, low, high = at, at, start, start
    while first > 0 and low > 0 and text[first - 1] == secret[low - 1]:
        first, low = first - 1, low - 1
    while last < len(text) and high < len(secret) and text[last] == secret[high]:
        last, high = last + 1, high + 1
    if last - first < coded.least:
        return None
    if coded.is_word and (text[max(first - 1, 0) : first].isalnum() or text[last : last + 1].isalnum()):
        return None
    return first, last


def _without(text: str, places: Iterable[tuple[int, int]], mark: Callable[[str], str]) -> str:
    """Return a text with a mark in place of each of some places, in their order; those that overlap are one."""
    apart: list[tuple[int, int]] = []
    for start, end in places:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    pieces: list[str] = []
    done = 0
    for start, end in apart:
        pieces += (text[done:start], mark(text[start:end]))
        done = end
    return "".join((*pieces, text[done:]))


def _pieces(secret: str, least: int) -> Iterator[_Coded]:
    """Yield a secret in all codings, with as many characters of each as so many of its own make."""
    for text in _all_coded(secret):
        yield _Coded(text, max(SHORTEST_SECRET, -(-len(text) * least // len(secret))), is_word=False)


def _all_coded(secret: str) -> tuple[str, ...]:
    """Return a secret as it is and coded, in lower case."""
    escaped = (json.dumps(secret)[1:-1], quote(secret, safe=""), "".join(f"%{byte:02x}" for byte in secret.encode()))
    # Letters of another case are something else in base64.
    written = dict.fromkeys((secret, *escaped, secret.swapcase(), secret.upper(), secret.lower()))
    coded = [coded.lower() for text in written for coded in _coded(text)]
    plainer = [view.text for view in views(secret) if len(view.text) >= SHORTEST_SECRET]  # it may hold escapes itself
    return tuple(dict.fromkeys((*coded, *plainer)))


def _coded(secret: str) -> Iterator[str]:
    """Yield a secret in codings of its bytes, and what base64 makes of it wherever it stands in a text."""
    yield secret
    yield secret[::-1]
    data = secret.encode()
    yield data.hex()
    yield ",".join(map(str, data))
    for before in range(3):
        bare = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # The first and the last character may hold bits of a neighbour.
        start = -(-before * 8 // 6)
        core = bare[start : (before + len(data)) * 8 // 6]
        if len(core) >= SHORTEST_SECRET:
            yield core
            yield core.replace("+", "-").replace("/", "_")
