"""Texts that are nearly a listed value, nearly a number or nearly JSON, each made by one rule."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import frozen

__all__ = ["LENIENT_JSON", "NearMiss", "lenient_numbers", "near_misses"]

_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
LENIENT_JSON: Mapping[str, str] = {
    "single-quotes": "{'a': 1}",
    "trailing-comma": '{"a": 1,}',
    "comment": '{"a": 1 /* one */}',
    "bare-name": "{a: 1}",
    "not-a-number": '{"a": NaN}',
    "line-end": '{"a": "\n"}',
    "leading-zero": '{"a": 01}',
    "byte-order-mark": '\ufeff{"a": 1}',
}
"""What only parsers that go beyond RFC 8259 read, by the rule that it is made by."""


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


def lenient_numbers(value: int) -> Mapping[str, str]:
    """Return a number in spellings that only lenient parsers read, none of them as more than it is, by rule."""
    digits = str(abs(value)).zfill(2)
    split = digits[:-1], digits[-1]
    return {
        "hexadecimal": hex(abs(value)),
        "exponent": f"{abs(value)}e0",
        "underscore": "_".join(split),
        "comma": ",".join(split),
        "width": str(abs(value)).translate(_WIDE),
        "plus": f"+{abs(value)}",
        "blank-before": f" {abs(value)}",
        "line-end": f"{abs(value)}\n",
        "quotes": f'"{abs(value)}"',
        "null": "null",
    }
