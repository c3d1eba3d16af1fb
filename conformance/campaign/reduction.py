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

    Each half is tried alone; where neither shows it, what is needed of one half is looked for beside the other one
    (Zeller's dd), so that the price grows with the logarithm of the items for each one that is needed. Where an
    answer is undecided, the smallest part that was seen to show it is returned.

    Args:
        items: that showed it together, the most suspect first.
        shows: tries a part of them.
    """
    shown = tuple(items)

    async def tried(part: tuple[T, ...]) -> bool:
        nonlocal shown
        if not await shows(part):
            return False
        shown = part
        return True

    async def needed(suspects: tuple[T, ...], before: tuple[T, ...], after: tuple[T, ...]) -> tuple[T, ...]:
        """Return the suspects that are needed beside what stands before and after them."""
        if len(suspects) < 2:
            return suspects
        middle = (len(suspects) + 1) // 2
        first, second = suspects[:middle], suspects[middle:]
        for half in (first, second):
            if await tried((*before, *half, *after)):
                return await needed(half, before, after)
        kept = await needed(second, (*before, *first), after)
        return (*await needed(first, before, (*kept, *after)), *kept)

    try:
        return await needed(shown, (), ())
    except UndecidedError:
        return shown
