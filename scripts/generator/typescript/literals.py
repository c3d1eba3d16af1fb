"""Values and sentences of the contract as TypeScript, without a way to break out."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence

__all__ = ["comment", "key", "literal"]

_WIDTH = 120
_PLAIN = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)


def literal(value: object, indent: int = 0) -> str:
    """Write a value as source: on one line where there is room."""
    short = _short(value)
    if len(short) + indent <= _WIDTH - 40 or not isinstance(value, Mapping | list | tuple):
        return short
    pad = " " * (indent + 2)
    if isinstance(value, Mapping):
        rows = [f"{pad}{key(name)}: {literal(item, indent + 2)},\n" for name, item in value.items()]
        return "{\n" + "".join(rows) + " " * indent + "}"
    return "[\n" + "".join(f"{pad}{literal(item, indent + 2)},\n" for item in value) + " " * indent + "]"


def key(name: str) -> str:
    """Write a name as the key of an object."""
    return name if _PLAIN.fullmatch(name) and name != "__proto__" else f"[{_text(name)}]"


def comment(text: str, indent: int = 0) -> str:
    """Write text for the inside of a comment, wrapped."""
    words = " ".join(str(text).split()).replace("*/", "*\\/")
    lines = textwrap.wrap(words, _WIDTH - 3 - indent, break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * indent} * ".join(lines)


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key(name)}: {_short(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_short, value))}]"
    return _text(value)


def _text(value: object) -> str:
    # These two end a line in old engines, and hide in editors.
    return json.dumps(value, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
