"""An early end of a run: who asks for it, and how what is under way is brought home before it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, NoReturn

from attrs import define, field

__all__ = ["Ending"]


@define
class Ending:
    """Whether a run is to end before its end, and why; the first reason stays.

    From then on nothing is sent: whoever would send waits until the run is cancelled, so that what is under way
    is neither cancelled beside it nor judged by what was never asked.
    """

    reason: str | None = field(default=None, init=False)
    _asked: asyncio.Event = field(factory=asyncio.Event, init=False, repr=False)
    _forced: asyncio.Event = field(factory=asyncio.Event, init=False, repr=False)

    def ask(self, reason: str) -> None:
        """End the run as soon as what is under way has come home; at once where it was asked for before."""
        if self.reason is not None:
            self._forced.set()
            return
        self.reason = reason
        self._asked.set()

    def ask_once(self, reason: str) -> None:
        """End the run, and never by force: several may find the same reason at the same time."""
        if self.reason is None:
            self.ask(reason)

    async def parked(self) -> NoReturn:
        """Wait until the run is cancelled."""
        while True:
            await asyncio.Event().wait()

    async def watch(self, work: Coroutine[Any, Any, None], settled: Callable[[], Awaitable[None]]) -> None:
        """Carry work out to its end, or to an earlier one.

        Args:
            work: all of the run.
            settled: waits for what is under way and must not be left alone.
        """
        carried_out = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._asked.wait())
        waiting: list[asyncio.Future[Any]] = [carried_out, asked]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not carried_out.done():
                waiting += [asyncio.ensure_future(settled()), asyncio.ensure_future(self._forced.wait())]
                await asyncio.wait([carried_out, *waiting[2:]], return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_done = carried_out.done()
            for future in waiting:
                future.cancel()
            await asyncio.wait(waiting)
        if was_done:
            carried_out.result()
        else:
            with suppress(asyncio.CancelledError):
                carried_out.result()
