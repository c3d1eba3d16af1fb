"""Writes the blocks of a file of Bruno's (`.bru`): a dictionary, a text, a list of names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

__all__ = ["dictionary", "key", "names", "text", "value"]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]+")
_QUOTES = "'''"
# What stands at the beginning or at the end of a value and is taken for something else.
_TAKEN = re.compile(r"@file\(.*|\[.*|'''.*|.*@contentType\([^)]*\)", re.DOTALL)


def dictionary(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return a block of keys and values, as `key` and `value` write them; nothing where there are none."""
    lines = [f"{written}: {shown}" for written, shown in pairs]
    return f"{name} {{\n{_indented(lines)}}}\n" if lines else ""


def text(name: str, said: str) -> str:
    """Return a block of lines; nothing where there are none."""
    return f"{name} {{\n{_indented(said.splitlines())}}}\n" if said else ""


def names(name: str, listed: Iterable[str]) -> str:
    """Return a block that lists names; nothing where there are none."""
    lines = ",\n".join(f"  {each}" for each in listed)
    return f"{name} [\n{lines}\n]\n" if lines else ""


def key(name: str, *, enabled: bool = True) -> str:
    """Return a key; one that is more than letters and digits stands in quotes, and one that is not sent behind `~`."""
    written = name if _PLAIN_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    return written if enabled else f"~{written}"


def value(said: str) -> str | None:
    """Return a value, which stands between three quotes where it has several lines; None where it cannot be written."""
    if said != said.strip() or _QUOTES in said or "\r" in said:
        return None
    if "\n" in said:
        # Four columns of each line are taken away when it is read, two of which every block has.
        lines = "".join(f"  {line}\n" for line in said.split("\n"))
        return f"{_QUOTES}\n{lines}{_QUOTES}"
    is_json = said[:1] == "[" and said[-1:] == "]"
    return None if _TAKEN.fullmatch(said) and not is_json else said


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"  {line}\n" if line else "\n" for said in lines for line in said.split("\n"))
