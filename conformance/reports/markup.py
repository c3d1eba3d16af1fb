"""Texts that a server may have chosen, made harmless in Markdown: they format nothing, and end no cell."""

from __future__ import annotations

import re

from conformance.reports.layout import printable

__all__ = ["cell", "code"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]|~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def cell(text: str) -> str:
    """Return a text for a cell of a table, or a line: it says what it says, and formats nothing."""
    escaped = _SPECIAL.sub(r"\\\1", printable(text))
    return re.sub(r"\\?[&<>]", lambda match: _ENTITIES[match[0][-1]], escaped).replace("@", "&#64;")


def code(text: str) -> str:
    """Return a text as code within a line."""
    plain = printable(text).replace("|", r"\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    return f"{fence} {plain} {fence}" if "`" in plain else f"{fence}{plain}{fence}"
