"""Parses JSON exactly as RFC 8259 has it."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["StrictJsonError", "depth", "strict_json", "write_json"]


# Made once: `json.dumps` makes a new encoder for every call that asks for anything of its own.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class StrictJsonError(ValueError):
    """Text that is not JSON as RFC 8259 has it; `tolerable` where some parsers take it."""

    def __init__(self, message: str, *, tolerable: bool = False) -> None:
        super().__init__(message)
        self.tolerable = tolerable


def strict_json(text: str) -> Any:
    """Parse JSON as RFC 8259 has it: no NaN, no duplicate names, no absurd depth.

    Raises:
        StrictJsonError: the text is something else.
    """
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise StrictJsonError("is nested too deeply", tolerable=True) from None
    except UnicodeEncodeError:
        raise StrictJsonError("has half of a surrogate pair", tolerable=True) from None
    except json.JSONDecodeError as error:
        raise StrictJsonError(f"is not JSON: {error}") from None
    except StrictJsonError:
        raise
    except ValueError:  # Python reads no integer of thousands of digits
        raise StrictJsonError("has a number too large to read", tolerable=True) from None
    return value


def write_json(value: Any) -> bytes:
    """Write JSON as UTF-8 without white space."""
    return _write(value).encode()


def depth(value: Any) -> int:
    """Return how deeply decoded JSON is nested."""
    found, level = 0, [value]
    while level:
        found += 1
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise StrictJsonError("has an object with a name twice", tolerable=True)
    return made


def _no_constant(name: str) -> Any:
    raise StrictJsonError(f"is not JSON: {name}", tolerable=True)
