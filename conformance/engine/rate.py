"""The rate of requests: how many may set out in a time, whoever sends them and over whatever connection."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

from attrs import define, field

from conformance.errors import UsageError

__all__ = ["Throttle", "read_rate"]

_RATE = re.compile(r"(\d+(?:\.\d+)?)/(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def read_rate(text: str) -> float:
    """Return the seconds between two requests of a rate like `2/s`, `30/m` or `1000/h`.

    Raises:
        UsageError: it is no rate.
    """
    found = _RATE.fullmatch(text.replace(" ", ""))
    if found is None or not float(found[1]):
        raise UsageError(f"--rate {text}: write how many requests a second, a minute or an hour: 2/s, 30/m, 1000/h")
    return _SECONDS[found[2]] / float(found[1])


@define(eq=False)
class Throttle:
    """Gives requests their turns, evenly and in the order in which they ask.

    Attributes:
        interval: seconds between two turns; without any, nobody waits.
        waited: seconds that were waited in all.
    """

    interval: float = 0.0
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)
    waited: float = field(default=0.0, init=False)
    _next: float = field(default=float("-inf"), init=False)

    async def turn(self) -> None:
        """Wait until one more request may set out."""
        if not self.interval:
            return
        now = self.clock()
        mine = max(now, self._next)
        self._next = mine + self.interval  # taken before anything is awaited, so that nobody takes it twice
        if mine > now:
            self.waited += mine - now
            await self.sleep(mine - now)
