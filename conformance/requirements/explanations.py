"""What a requirement is for, what breaks without it and how it is usually mended (`explanations.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from attrs import frozen

from conformance.data import read_data
from conformance.errors import SuiteError

__all__ = ["Explanation", "explain", "explanations"]

_NEEDED = {"for", "why", "breaks", "mend"}
_KEYS = _NEEDED | {"quote"}


@frozen
class Explanation:
    """One entry.

    Attributes:
        patterns: globs of the ids that it is for; `*` crosses slashes.
        why: the reason to ask for it.
        breaks: what goes wrong where it does not hold.
        mend: how it is usually mended, and where.
        quote: the sentence of the standard that asks for it; empty where none is quoted.
    """

    patterns: tuple[str, ...]
    why: str
    breaks: str
    mend: str
    quote: str = ""

    def is_for(self, requirement_id: str) -> bool:
        """Tell whether one of its patterns matches."""
        return any(fnmatchcase(requirement_id, pattern) for pattern in self.patterns)


def explain(requirement_id: str) -> Explanation | None:
    """Return the first entry that is for a requirement, if there is one."""
    return next((entry for entry in explanations() if entry.is_for(requirement_id)), None)


@cache
def explanations() -> tuple[Explanation, ...]:
    """Return all entries, in their order.

    Raises:
        SuiteError: an entry lacks a key, has another one, or says nothing.
    """
    return tuple(_explanation(entry) for entry in read_data("requirements", "explanations.yaml"))


def _explanation(entry: Mapping[str, Any]) -> Explanation:
    if not _NEEDED <= set(entry) <= _KEYS or not all(entry.values()):
        raise SuiteError(f"explanations.yaml: {entry.get('for')}: write {', '.join(sorted(_KEYS))}, and nothing else")
    patterns = (entry["for"],) if isinstance(entry["for"], str) else tuple(entry["for"])
    return Explanation(patterns, entry["why"], entry["breaks"], entry["mend"], entry.get("quote", ""))
