"""Delta debugging: the smallest part of a request that still shows what the whole of it showed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

__all__ = ["UndecidedError", "UnsteadyError", "smallest"]

T = TypeVar("T")


class UndecidedError(Exception):
    """An answer, or the lack of one, told nothing about what was tried."""


class UnsteadyError(Exception):
    """What had shown it did not show it again, so it depends on something else."""


async def smallest(items: Sequence[T], shows: Callable[[Sequence[T]], Awaitable[bool]]) -> tuple[T, ...]:
    """Return a smallest part of some items that shows it: one, or several that only do so together.

    The shortest beginning that shows it is searched for by halving: its last item is needed. If it does not do alone,
    the same is done with what stands before it, so that the price of each item grows with the logarithm of all (as in
    Junker's QuickXplain). Where an answer is undecided, the smallest part that was seen to show it is returned.

    Args:
        items: that showed it together, the most suspect first.
        shows: tries a part of them.

    Raises:
        UnsteadyError: it is shown by something beside the items, or by chance.
    """
    suspects = tuple(items)
    needed: tuple[T, ...] = ()
    try:
        while suspects:
            fewest = 0
            while len(suspects) - fewest > 1:
                middle = (fewest + len(suspects)) // 2
                if await shows((*suspects[:middle], *needed)):
                    suspects = suspects[:middle]
                else:
                    fewest = middle
            if len(suspects) == 1 or await shows((suspects[-1], *needed)):
                return (suspects[-1], *needed)
            if not await shows((*suspects, *needed)):
                raise UnsteadyError
            suspects, needed = suspects[:-1], (suspects[-1], *needed)
    except UndecidedError:
        pass
    return (*suspects, *needed)
