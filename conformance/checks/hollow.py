"""Tells texts that say nothing: blank ones, and what programs write where a value is missing."""

from __future__ import annotations

__all__ = ["is_hollow"]

_HOLLOW = frozenset((
    "", "null", "none", "nil", "<nil>", "(nil)", "undefined", "nan", "[object object]", "{}", "[]", "()", "%s", "%v",
    "%!s(<nil>)", "%!v(<nil>)", "{0}", "${message}", "n/a", "-",
))  # fmt: skip


def is_hollow(text: str) -> bool:
    """Tell whether a text says nothing."""
    return text.strip().lower() in _HOLLOW
