"""A difference between a source and the contract, and where the contract explains it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from attrs import evolve, field, frozen

from conformance.contract import Document
from scripts.source_page.facts import Spot

__all__ = ["EXTENSION", "Claim", "Disagreement", "ExplainedDeparture", "explained", "explanations", "idle"]

EXTENSION = "x-departures"

Holder = Literal["source", "contract", "both"]


@frozen
class Claim:
    """What one side says, and where."""

    value: Any
    spot: Spot


@frozen
class Disagreement:
    """One thing that only one side has, or that both say differently.

    Attributes:
        kind: what it is about, in the words of the lint's vocabulary (`type`, `value`, `example` …).
        element: what it is about as people would say it: "the request's `model`".
        at: the places of the contract where an explanation of it may stand.
        why: that explanation, where the contract has one.
        subject: what it takes to write it into the contract.
    """

    kind: str
    operation: str
    element: str
    source: Claim | None
    contract: Claim | None
    at: tuple[str, ...] = ()
    why: str | None = None
    subject: Any = field(default=None, eq=False, repr=False)

    @property
    def holder(self) -> Holder:
        """Who has it."""
        if self.source is None:
            return "contract"
        return "source" if self.contract is None else "both"

    @property
    def said(self) -> Any:
        """What an explanation has to repeat under `page`: what the source says, or the name of what only it has."""
        if self.source is None:
            return None
        is_name = self.kind in ("field", "sample") and self.holder == "source"
        return self.element.split("`")[-2] if is_name else self.source.value


@frozen
class ExplainedDeparture:
    """One entry of `x-departures` at one pointer."""

    pointer: str
    kind: str
    page: Any
    why: str
    line: int

    def covers(self, found: Disagreement) -> bool:
        """Tell whether it explains a difference: the same place and kind, and the page still says what it said."""
        return found.kind == self.kind and found.said == self.page and self.pointer in found.at


def explanations(document: Document) -> tuple[ExplainedDeparture, ...]:
    """Return what the contract explains; the lint holds the form of it."""
    found = []
    for index, entry in enumerate(document.data.get(EXTENSION) or ()):
        at = entry["at"]
        found += [
            ExplainedDeparture(
                pointer, entry["what"], entry.get("page"), entry["why"], document.line((EXTENSION, str(index)))
            )
            for pointer in ([at] if isinstance(at, str) else at)
        ]
    return tuple(found)


def explained(found: Iterable[Disagreement], reasons: tuple[ExplainedDeparture, ...]) -> Iterator[Disagreement]:
    """Yield the differences, each with the reason that the contract gives."""
    for each in found:
        yield evolve(each, why=next((reason.why for reason in reasons if reason.covers(each)), None))


def idle(found: Iterable[Disagreement], reasons: tuple[ExplainedDeparture, ...]) -> tuple[ExplainedDeparture, ...]:
    """Return the explanations of what is no difference any more."""
    differences = tuple(found)
    return tuple(reason for reason in reasons if not any(reason.covers(each) for each in differences))
