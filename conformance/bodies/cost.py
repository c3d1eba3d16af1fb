"""Keeps what could be accepted from costing more than the contract's examples (`x-cost`)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from conformance.bodies.part import Part
from conformance.contract import Input, Operation

__all__ = ["exceeds", "is_dear"]

_NUMBER = re.compile(r"0x[0-9a-f]+|[0-9][0-9_,' ]*(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|inf", re.IGNORECASE)
_GROUPING = re.compile("[_,' ]")


def exceeds(declared: Input, parts: Iterable[Part]) -> bool:
    """Tell whether the most lenient reader could find more in what is sent for an input than its examples ask for."""
    if not declared.schema.multiplies_cost:
        return False
    limit = _limit(declared)
    return any(number > limit for part in parts for number in _numbers(part.value.decode("utf-8", "replace")))


def is_dear(operation: Operation, parts: Iterable[Part]) -> bool:
    """Tell whether anything in a request exceeds what the contract's examples would cost."""
    by_name = {declared.name: declared for declared in operation.inputs if declared.schema.multiplies_cost}
    return any(exceeds(by_name[part.name], (part,)) for part in parts if part.name in by_name)


@lru_cache(maxsize=256)
def _limit(declared: Input) -> float:
    """Return the largest number that the contract shows for an input."""
    return max((number for shown in declared.schema.examples for number in _numbers(str(shown))), default=0.0)


def _numbers(text: str) -> Iterator[float]:
    """Yield every number that somebody could read in a text: in any script, base or grouping."""
    plain = text
    if not text.isascii():
        plain = "".join(str(unicodedata.digit(char, char)) for char in unicodedata.normalize("NFKC", text))
    for match in _NUMBER.finditer(plain):
        yield _number(_GROUPING.sub("", match[0].lower()))


def _number(text: str) -> float:
    try:
        return float(int(text, 16)) if text.startswith("0x") else float(text)
    except OverflowError:
        return math.inf
