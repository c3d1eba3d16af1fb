"""What follows from what (`blocks.yaml`): of the failures that one defect makes, one is told and the others name it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from attrs import frozen

from conformance.data import read_data
from conformance.requirements import Level, Requirement

__all__ = ["BrokenRequirement", "blockers"]

_BINDING = {level: rank for rank, level in enumerate(Level)}


@frozen
class BrokenRequirement:
    """A requirement that failed, and the exchanges in which it did, by any keys of theirs."""

    requirement: Requirement
    exchanges: AbstractSet[int]


@frozen
class _Rule:
    by: re.Pattern[str]
    blocks: tuple[str, ...]
    anywhere: bool
    same_element: bool

    def follows(self, effect: BrokenRequirement, cause: BrokenRequirement) -> bool:
        """Tell whether one failure may be no more than what another one makes of an exchange that both have."""
        found = self.by.fullmatch(cause.requirement.id)
        if found is None or _BINDING[cause.requirement.level] > _BINDING[effect.requirement.level]:
            return False
        if self.same_element and not _is_within(
            cause.requirement.source.reference, effect.requirement.source.reference
        ):
            return False
        if not any(_pattern(text, found.groupdict()).fullmatch(effect.requirement.id) for text in self.blocks):
            return False
        return self.anywhere or bool(effect.exchanges & cause.exchanges)

    def is_explained(self, effect: BrokenRequirement, causes: Iterable[BrokenRequirement]) -> bool:
        """Tell whether all that speaks against a requirement speaks against one of its causes too."""
        return self.anywhere or effect.exchanges <= frozenset[int]().union(*(cause.exchanges for cause in causes))


def blockers(failures: Mapping[str, BrokenRequirement]) -> Mapping[str, str]:
    """Return the ids of the failures that follow from another, each with that of the other."""
    blocked: dict[str, str] = {}
    for rule in _rules():
        for other, effect in failures.items():
            if other in blocked:
                continue
            able = [name for name in failures if _root(blocked, name) != other]
            names = [name for name in able if rule.follows(effect, failures[name])]
            if names and rule.is_explained(effect, [failures[name] for name in names]):
                blocked[other] = names[0]
    return {other: _root(blocked, other) for other in blocked}


def _is_within(place: str, element: str) -> bool:
    """Tell whether a place in the contract is an element, or something that is said of it."""
    return place == element or place.startswith(f"{element}/")


def _root(blocked: Mapping[str, str], name: str) -> str:
    """Return the failure that nothing blocks, from which one follows in the end."""
    while name in blocked:
        name = blocked[name]
    return name


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(_rule(entry) for entry in read_data("checks", "blocks.yaml"))


def _rule(entry: Mapping[str, Any]) -> _Rule:
    return _Rule(
        _pattern(entry["by"], {}),
        tuple(entry["blocks"]),
        entry.get("anywhere", False),
        entry.get("of") == "element",
    )


def _pattern(text: str, known: Mapping[str, str]) -> re.Pattern[str]:
    """Read a pattern of ids; names that are known stand for what they stood for before."""

    def step(match: re.Match[str]) -> str:
        name, several = match[1], match[2]
        if name in known and not several:
            return re.escape(known[name])
        return f"(?P<{name}>.+)" if several else f"(?P<{name}>[^/]+)"

    parts = re.split(r"(\{[a-z]+\*?\})", text)
    return re.compile(
        "".join(re.sub(r"\{([a-z]+)(\*?)\}", step, part) if part[:1] == "{" else re.escape(part) for part in parts)
    )
