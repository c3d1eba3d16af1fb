"""Filters for the client's templates: contract text as Python source, without a way to break out."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

from openapi_python_client.strings import safe_for_docstring

from scripts.generator.base_paths import shared_path

__all__ = ["FILTERS", "sentence"]

WIDTH = 100


def _safe(text: str) -> str:
    return str(safe_for_docstring(text))


def sentence(text: str) -> str:
    """A description on one line, which begins and ends as a sentence does; nothing where it says nothing."""
    line = " ".join(text.split())
    if not re.search(r"\w", line):
        return ""
    first = line.partition(" ")[0]
    if re.fullmatch(r"[a-z]+[,;:.]?", first):
        line = line[0].upper() + line[1:]
    return line if re.search(r"[.!?…]\W*$", line) else f"{line.rstrip(',;:')}."


def docstring(text: str, indent: int) -> str:
    """A whole docstring, wrapped, for a place that is indented by some columns."""
    body = docblock(text, indent)
    if "\n" not in body and indent + len(body) + 6 <= WIDTH:
        return f'"""{body}"""'
    first, _, rest = body.partition("\n")
    return f'"""{first}\n{rest}\n{" " * indent}"""' if rest else f'"""{first}\n{" " * indent}"""'


def docblock(text: str, indent: int, taken: int = 0) -> str:
    """Text for the inside of a docstring, wrapped; some columns of the first line are taken already.

    A label that is shorter than the indentation leaves room in front of it, which is not used.
    """
    taken = max(taken, 0)
    words = " ".join(_safe(text).split())
    lines = textwrap.wrap(
        words, WIDTH - indent, initial_indent=" " * taken, break_long_words=False, break_on_hyphens=False
    )
    return f"\n{' ' * indent}".join(lines)[taken:]


def docline(text: str) -> str:
    """Text for the inside of a docstring, on one line."""
    return " ".join(_safe(text).split())


def pystr(text: str) -> str:
    """A string literal; also a valid string of TOML."""
    return json.dumps(str(text), ensure_ascii=False)


def pytuple(values: Iterable[str]) -> str:
    """A tuple of string literals."""
    return "(" + "".join(f"{pystr(value)}, " for value in values) + ")"


def hidden(declaration: str) -> str:
    """A field declaration whose value stays out of the repr."""
    annotation, _, default = declaration.partition(" = ")
    options = f"default={default}, repr=False" if default else "repr=False"
    return f"{annotation} = field({options})"


FILTERS: dict[str, Callable[..., Any]] = {
    "docblock": docblock,
    "docline": docline,
    "docstring": docstring,
    "hidden": hidden,
    "pyrepr": repr,
    "pystr": pystr,
    "pytuple": pytuple,
    "shared_path": shared_path,
}
