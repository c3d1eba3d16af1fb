"""Texts that are nearly a listed value, nearly a number or nearly JSON, each made by one rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

__all__ = ["LENIENT_JSON", "NearMiss", "lenient_numbers", "near_misses"]

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
LENIENT_JSON: Mapping[str, tuple[str, int]] = {
    "single-quotes": ("{'a': 1}", 2),
    "trailing-comma": ('{"a": 1,}', 2),
    "comment": ('{"a": 1 /* one */}', 2),
    "bare-name": ("{a: 1}", 2),
    "not-a-number": ('{"a": NaN}', 2),
    "line-end": ('{"a": "\n"}', 1),
    "leading-zero": ('{"a": 01}', 2),
    "plus": ('{"a": +1}', 1),
    "python": ('{"a": True}', 3),
    "empty": ("", 2),
    "byte-order-mark": ('\ufeff{"a": 1}', 2),
    "utf-16": ('{"a": 1}'.encode("utf-16-le").decode(), 1),
}
"""What only parsers that go beyond RFC 8259 read, by the rule that it is made by; each with how many inputs try it."""


@frozen
class NearMiss:
    """A text that is no listed value; `is_spelling` where it is one in another spelling, which nobody can mistake."""

    rule: str
    text: str
    is_spelling: bool


# By rule, what it makes of a value, and whether that still can mean nothing else than the value.
_RULES: Sequence[tuple[str, Callable[[str], str], bool]] = (
    ("dot", lambda value: value.replace(".", "x", 1), False),  # where the values are made a regular expression
    ("cut", lambda value: value[:-1], False),
    ("extended", "{}x".format, False),
    ("nul", "{}\0x".format, False),  # where text ends at NUL
    ("prefixed", "x/{}".format, False),  # where a vendor before a slash is cut off
    ("tagged", "{}:x".format, False),  # where a tag behind a colon is
    ("family", lambda value: value.partition("-")[0], False),
    ("variant", "{}-fast".format, False),
    ("version", lambda value: re.sub(r"\d+", lambda found: str(int(found[0]) - 1), value, count=1), False),
    ("long", lambda value: value + "-x" * 130, False),  # where what is longer than a column is not looked up
    ("joined", lambda value: re.sub(r"[-_. ]", "", value), True),
    ("blank-before", " {}".format, True),
    ("case", str.swapcase, True),
    ("width", lambda value: value.translate(_WIDE), True),
    ("separators", lambda value: value.replace("-", "_"), True),
    ("line-end", "{}\n".format, True),  # where `$` matches before it, or white space is trimmed
    ("percent", lambda value: value.replace("-", "%2D", 1).replace(" ", "%20", 1), True),
    ("quotes", '"{}"'.format, True),
    ("array", lambda value: json.dumps([value]), True),
)


def near_misses(listed: Sequence[str]) -> Iterator[NearMiss]:
    """Yield one text for each rule that changes any listed value into one that is not listed."""
    if not listed:
        return
    known = set(listed)
    if (pair := f"{listed[0]},{listed[-1]}") not in known:
        yield NearMiss("list", pair, is_spelling=False)
    for rule, other in (("null", "null"), ("empty", ""), ("index", "1")):
        if other not in known:
            yield NearMiss(rule, other, is_spelling=False)
    for rule, change, is_spelling in _RULES:
        made = (changed for value in listed if (changed := change(value)) not in known and changed)
        nearly = next(made, None)
        if nearly is not None:
            yield NearMiss(rule, nearly, is_spelling)


def lenient_numbers(value: int) -> Mapping[str, tuple[str, int]]:
    """Return a number in spellings that only lenient parsers read, none of them as more than it is, by rule.

    Beside each stands with how many of the inputs that are alike it is tried.
    """
    size = abs(value)
    digits = str(size).zfill(2)
    return {
        "plus": (f"+{size}", 4),
        "blank-before": (f" {size}", 3),
        "line-end": (f"{size}\n", 4),
        "empty": ("", 3),
        "hexadecimal": (hex(size), 3),
        "exponent": (f"{size}e0", 3),
        "width": (str(size).translate(_WIDE), 3),
        "nul": (f"{size}\0x", 2),
        "underscore": (f"{digits[:-1]}_{digits[-1]}", 2),
        "comma": (f"{size:,}" if size > 999 else f"0,{size:03}", 3),
        "leading-zero": (f"0{size}", 2),
        "quotes": (f'"{size}"', 2),
        "null": ("null", 2),
    }
