"""Delta debugging: the smallest part of a request that still shows what the whole of it showed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

__all__ = ["UndecidedError", "smallest"]

T = TypeVar("T")


class UndecidedError(Exception):
    """An answer, or the lack of one, told nothing about what was tried."""


async def smallest(items: Sequence[T], shows: Callable[[Sequence[T]], Awaitable[bool]]) -> tuple[T, ...]:
    """Return a smallest part of some items that shows it: one, or several that only do so together.

    Halves are tried first, then what is left without each of ever smaller pieces (Zeller's ddmin). Where an
    answer is undecided, the smallest part that was seen to show it is returned.

    Args:
        items: that showed it together, the most suspect first.
        shows: tries a part of them.
    """
    suspects, pieces = tuple(items), 2
    try:
        while len(suspects) > 1:
            reduced = await _reduced(suspects, pieces, shows)
            if reduced is not None:
                suspects, pieces = reduced, 2 if len(reduced) <= (len(suspects) + 1) // 2 else max(pieces - 1, 2)
            elif pieces >= len(suspects):
                break
            else:
                pieces = min(len(suspects), pieces * 2)
    except UndecidedError:
        pass
    return suspects


async def _reduced(
    suspects: tuple[T, ...], pieces: int, shows: Callable[[Sequence[T]], Awaitable[bool]]
) -> tuple[T, ...] | None:
    """Try each piece alone, then everything but each piece."""
    size = -(-len(suspects) // pieces)
    parts = [suspects[start : start + size] for start in range(0, len(suspects), size)]
    for part in parts:
        if await shows(part):
            return part
    if len(parts) > 2:
        for part in parts:
            rest = tuple(item for item in suspects if item not in part)
            if await shows(rest):
                return rest
    return None
