"""Texts that a server may have chosen, made harmless in Markdown: they format nothing, link nothing and end no cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.reports.layout import one_line, printable

__all__ = ["block", "cell", "code", "prose"]

_MARK = re.compile(r"[^\w ,.()'/:-]|:(?=//)|(?<=www)\.", re.IGNORECASE)
"""What may be a mark, or make a link of an address."""
_LONGEST = 500  # characters of a code span


def code(text: str) -> str:
    """Return a text as a code span; one of spaces alone would be none."""
    shown = one_line(text, _LONGEST)
    fence = "`" * (_longest_run("`", shown) + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) or not shown.strip() else ""
    return f"{fence}{pad}{shown or ' '}{pad}{fence}"


def block(indent: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines as a code block within a list item."""
    shown = [printable(line) for line in lines]
    fence = "`" * max(3, *(_longest_run("`", line) + 1 for line in shown))
    yield f"\n{indent}{fence}text\n"
    yield from (f"{indent}{line}\n" for line in shown)
    yield f"{indent}{fence}\n"


def prose(text: str) -> str:
    """Return a sentence of a contract, with code spans where it has them."""
    pieces = re.split(r"`([^`]+)`", printable(text))
    return "".join(code(piece) if index % 2 else cell(piece) for index, piece in enumerate(pieces))


def cell(text: str) -> str:
    """Return a text for a cell of a table, in which nothing is a mark, nor a link; a bar would end a code span too."""
    return _MARK.sub(lambda char: f"&#{ord(char[0])};", printable(text))


def _longest_run(mark: str, text: str) -> int:
    return max(map(len, re.findall(f"{re.escape(mark)}+", text)), default=0)
