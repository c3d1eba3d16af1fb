"""Text for a terminal of any width: whole words, hanging indents, and nothing that could command it."""

from __future__ import annotations

from textwrap import wrap

from rich.console import Console
from rich.text import Text

__all__ = ["block", "one_line", "plural", "printable"]


def block(
    console: Console, label: str, text: str, *, style: str = "", hang: int | None = None, fold: bool = False
) -> None:
    """Print a label and a text beside it, wrapped between words.

    Args:
        console: to print on.
        label: printed in front of the first line, as it is.
        text: of one paragraph.
        style: of the text; never the only bearer of a meaning.
        hang: the indent of the further lines; the label's length where it is left out.
        fold: break words that are longer than a line; without it they stay whole, as ids and addresses must.
    """
    indent = len(label) if hang is None else hang
    room = max(console.width, indent + 20)
    wrapped = wrap(
        text,
        room,
        initial_indent=" " * len(label),
        subsequent_indent=" " * indent,
        break_long_words=fold,
        break_on_hyphens=False,
    )
    for index, line in enumerate(wrapped or [""]):
        start = label if index == 0 else " " * indent
        console.print(Text.assemble(start, (line[len(start) :], style)), soft_wrap=True)


def printable(text: str) -> str:
    """Write out what could command a terminal: a server may have chosen it."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def one_line(text: str, longest: int = 300) -> str:
    """Return a text in one printable line, cut where it is long."""
    shown = printable(text)
    return shown if len(shown) <= longest else f"{shown[: longest - 2]} …"
