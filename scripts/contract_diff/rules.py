"""What each kind of change means to callers and servers, read from `rules.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from attrs import field, frozen

__all__ = ["ChangeRule", "ExchangeSide", "Party", "RuleVerdict", "rules"]

Party = Literal["callers", "servers"]
ExchangeSide = Literal["request", "answer"]


@frozen
class RuleVerdict:
    """Whom a kind of change breaks, and why."""

    breaks: frozenset[Party]
    why: str


@frozen
class ChangeRule:
    """One kind of change; `verdicts` is by side where it depends on the side, and by None where it does not."""

    id: str
    says: str
    verdicts: Mapping[ExchangeSide | None, RuleVerdict] = field(repr=False)
    is_prose: bool = False

    def verdict(self, side: ExchangeSide | None) -> RuleVerdict:
        """Return what a change means on a side of the exchange."""
        return self.verdicts[side] if side in self.verdicts else self.verdicts[None]


@cache
def rules() -> Mapping[str, ChangeRule]:
    """Return all rules by id."""
    data = yaml.safe_load(Path(__file__).with_name("rules.yaml").read_text(encoding="utf-8"))
    return {name: _rule(name, entry) for name, entry in data.items()}


def _rule(name: str, entry: Mapping[str, Any]) -> ChangeRule:
    sides: dict[ExchangeSide | None, RuleVerdict] = {
        side: _verdict(entry[side]) for side in get_args(ExchangeSide) if side in entry
    }
    if not sides:
        sides[None] = _verdict(entry)
    return ChangeRule(name, entry["says"], sides, bool(entry.get("prose", False)))


def _verdict(entry: Mapping[str, Any]) -> RuleVerdict:
    return RuleVerdict(frozenset(entry["breaks"]), " ".join(str(entry["why"]).split()))
