"""Deals out what inputs that are alike have in common: each gets some of it, about as much as the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from conformance.contract import Input

__all__ = ["dealt"]

Card = TypeVar("Card", bound=Hashable)


def dealt(
    hands: Sequence[tuple[Input, Sequence[Card]]],
    likeness: Callable[[Input, Card], Hashable],
    share: Callable[[Card, int], int],
) -> dict[tuple[Input, Card], None]:
    """Return who gets what, in the order of dealing.

    Args:
        hands: what each input could get.
        likeness: what the same thing has in common wherever it could be dealt.
        share: how many of so many inputs get a thing.
    """
    holders: dict[Hashable, list[tuple[Input, Card]]] = {}
    for declared, found in hands:
        for card in found:
            holders.setdefault(likeness(declared, card), []).append((declared, card))
    load = Counter[Input]()
    given: dict[tuple[Input, Card], None] = {}
    for turn, able in enumerate(holders.values()):
        start = turn % len(able)
        rotated = sorted((*able[start:], *able[:start]), key=lambda pair: load[pair[0]])
        for pair in rotated[: share(able[0][1], len(able))]:
            load[pair[0]] += 1
            given[pair] = None
    return given
