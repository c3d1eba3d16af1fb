"""What a comparison finds, place by place, and the changes that this adds up to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import Factory, define, field, frozen

from conformance.contract import Contract, Provenance
from scripts.contract_diff.places import PlacePair
from scripts.contract_diff.rules import ChangeRule, ExchangeSide, Party, rules

__all__ = ["NO_VALUE", "Bump", "ContractComparison", "PlaceDifference", "TextChange", "Walk", "merged_changes", "shown"]

Bump = Literal["none", "patch", "minor", "major"]
NO_VALUE = "nothing"  # how a value that is not there reads in a sentence
_LONGEST = 100


@frozen
class PlaceDifference:
    """One difference at one use of a place.

    Attributes:
        use: what uses the place: `createVideo request`.
        side: on which side of the exchange the place stands, where its rule asks.
        advice: whether the place is no more than a SHOULD, which breaks no server.
        is_whole: whether it says all about what stands below the place.
    """

    rule: str
    at: PlacePair
    use: str = ""
    side: ExchangeSide | None = None
    name: str = ""
    subject: str = ""
    value: str = ""
    before: str = NO_VALUE
    after: str = NO_VALUE
    advice: bool = False
    is_whole: bool = True

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What the findings of one change share, whatever uses the place."""
        return (self.rule, self.at.old, self.at.new, self.value, self.before, self.after)

    def concerns(self, text: TextChange) -> bool:
        """Tell whether this and a change of the text are of the same place."""
        pairs = [
            (mine, theirs)
            for mine, theirs in ((self.at.old, text.place.old), (self.at.new, text.place.new))
            if mine is not None and theirs is not None
        ]
        if text.keyword == "required" and self.rule.startswith(("member-added-required", "member-removed")):
            # The list of what is required follows from a member that is new or gone.
            return any(mine.startswith(f"{theirs.removesuffix('required')}properties/") for mine, theirs in pairs)
        if self.rule == "parameter-renamed" and (text.type_name, text.keyword) == ("Parameter", "name"):
            return True
        return any(
            mine == theirs or mine.startswith(f"{theirs}/") or (self.is_whole and theirs.startswith(f"{mine}/"))
            for mine, theirs in pairs
        )


@frozen
class TextChange:
    """What Redocly's diff says of one place; `impact` is the part of the version that it would raise."""

    place: PlacePair
    path: str
    kind: str
    type_name: str
    keyword: str
    impact: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)


@frozen
class ContractChange:
    """One change of the contract: its place, whom it breaks, and why."""

    rule: ChangeRule = field(repr=False)
    at: PlacePair
    says: str
    breaks: frozenset[Party]
    whys: tuple[str, ...]
    uses: tuple[str, ...]
    redocly: str | None = None

    @property
    def pointer(self) -> str:
        """Where it is: in the new contract, or where it was in the old one."""
        return self.at.new or self.at.old or "#"

    @property
    def bump(self) -> Bump:
        """Which part of the version it raises."""
        if "callers" in self.breaks:
            return "major"
        return "patch" if self.rule.is_prose else "minor"


@frozen
class ContractComparison:
    """Two versions of the contract, and all that is different."""

    old: Contract = field(repr=False)
    new: Contract = field(repr=False)
    changes: tuple[ContractChange, ...]

    def breaking(self, *parties: Party) -> tuple[ContractChange, ...]:
        """Return the changes that break one of the parties."""
        return tuple(change for change in self.changes if change.breaks.intersection(parties))

    @property
    def bump(self) -> Bump:
        """Which part of the version the changes raise together."""
        order: tuple[Bump, ...] = ("none", "patch", "minor", "major")
        return max((change.bump for change in self.changes), key=order.index, default="none")


@define
class Walk:
    """Where a comparison of schemas stands, and where it has been.

    Attributes:
        visited: the pointers of all parts of schemas that were compared, in each of the documents.
        seen: the pairs of places on the way, so that a schema that contains itself ends.
    """

    side: ExchangeSide
    use: str
    name: str
    advises: bool
    visited: tuple[set[str], set[str]]
    seen: set[tuple[str, str]] = Factory(set)

    def into(self, name: str) -> Walk:
        """Step down to a member."""
        return Walk(self.side, self.use, name, self.advises, self.visited, self.seen)

    def found(
        self,
        rule: str,
        at: PlacePair,
        *,
        subject: str = "",
        value: str = "",
        before: str = NO_VALUE,
        after: str = NO_VALUE,
        advice: bool = False,
    ) -> PlaceDifference:
        """Return what was found where the walk stands."""
        name = self.name or ("the body" if self.side == "request" else "the answer")
        return PlaceDifference(rule, at, self.use, self.side, name, subject, value, before, after, advice)

    def advice(self, provenance: Provenance) -> bool:
        """Tell whether what has a provenance is no more than a SHOULD."""
        return self.advises and provenance != "documented"


def merged_changes(findings: Iterable[PlaceDifference], texts: Iterable[TextChange]) -> Iterator[ContractChange]:
    """Yield a change for the findings of each place, in the order in which they were found."""
    groups: dict[tuple[str | None, ...], list[PlaceDifference]] = {}
    for finding in findings:
        groups.setdefault(finding.identity, []).append(finding)
    told = tuple(texts)
    for group in groups.values():
        first, rule = group[0], rules()[group[0].rule]
        verdicts = [(rule.verdict(each.side), each.advice) for each in group]
        breaks = frozenset(
            party for verdict, advice in verdicts for party in verdict.breaks if not (advice and party == "servers")
        )
        whys = tuple(dict.fromkeys(_why(verdict.why, verdict.breaks, advice) for verdict, advice in verdicts))
        says = rule.says.format(
            name=first.name, subject=first.subject, value=first.value, old=first.before, new=first.after
        )
        impacts = [text.impact for text in told if first.concerns(text)]
        impact = max(impacts, key=("patch", "minor", "major").index, default=None)
        uses = tuple(dict.fromkeys(each.use for each in group if each.use))
        yield ContractChange(rule, first.at, says, breaks, whys, uses, impact)


def _why(why: str, breaks: frozenset[Party], advice: bool) -> str:  # noqa: FBT001 - a pair as it comes
    if advice and "servers" in breaks:
        return f"{why}; but it is no more than a SHOULD (by its x-provenance), which breaks no server"
    return why


def shown(value: Any) -> str:
    """Write a value of a document as people read it, cut where it is long."""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return f"`{text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}`"
