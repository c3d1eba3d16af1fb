"""Playback: sends as the sender does, but for what an earlier run has on record, which is not sent again.

What is on record comes in the order in which it came then, however fast it comes now: a run decides by what it knows
at each moment, and is to decide as it did. What is not on record waits until all that is has been handed out.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import httpx
from attrs import define, evolve, field

from conformance.engine.ending import Ending
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.heard import Heard
from conformance.engine.journal import Journal
from conformance.engine.probe import Probe
from conformance.engine.recording import RecordedEvent, Recording
from conformance.engine.sender import Sender
from conformance.errors import JournalError

__all__ = ["Playback"]

_STALLED = 200  # turns of the event loop in which nothing moved: what is waited for will not be asked for again
_GLANCE = 0.01  # seconds between two looks while a server is waited for
_MISSING = "what came of it is not on record"
_ENDED = "it was stopped before its end, or crashed; `run --resume` carries it on"


@define
class Playback:
    """A sender with a memory.

    Attributes:
        journal: is told what an address showed; the ledger tells it everything else.
    """

    sender: Sender
    recording: Recording
    journal: Journal
    ending: Ending
    _waiting: list[float] = field(factory=list, init=False, repr=False)
    _moves: int = field(default=0, init=False)
    _live: int = field(default=0, init=False)
    _now: float = field(default=0.0, init=False)
    _offset: float | None = field(default=None, init=False)

    @property
    def now(self) -> float:
        """Seconds since the run began, without those in which nobody carried it out."""
        if self.recording.events and self._offset is None:
            return self._now
        return self.sender.now + (self._offset or 0.0)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold the connections open."""
        async with self.sender.connected():
            yield

    async def renew(self) -> None:
        """Leave all connections, and go on over fresh ones."""
        await self.sender.renew()

    async def pause(self, seconds: float) -> None:
        """Wait; nobody need wait for what is on record."""
        await asyncio.sleep(seconds if self.recording.is_over else 0)

    async def attempt(self, probe: Probe, patience: float) -> Exchange:
        """Return what comes of a booked probe."""
        found = self.recording.answer(probe)
        if found is not None:
            await self._turn(found)
            return found.of(probe)
        async with self._sending():
            exchange = await self.sender.attempt(probe, patience)
        return evolve(exchange, started=exchange.started + (self._offset or 0.0))

    async def look(self, url: str, *, is_http1: bool = False) -> Answer:
        """Ask for a resource at any address; if need be in HTTP/1.1.

        Raises:
            TimeoutError, httpx.HTTPError: there is no answer.
        """
        name = f"{url} (HTTP/1.1)" if is_http1 else url
        found = self.recording.look(name)
        if found is not None:
            await self._turn(found)
            return found.again()
        async with self._sending():
            try:
                answer = await self.sender.look(url, is_http1=is_http1)
            except (TimeoutError, httpx.HTTPError) as error:
                self._keep(partial(self.journal.looked, name, error))
                raise
        self._keep(partial(self.journal.looked, name, answer))
        return answer

    async def heard(self, probes: Sequence[Probe]) -> Heard | None:
        """Return what came over a raw connection, where that is on record; none is opened before its turn."""
        found = self.recording.connection(probes)
        if found is not None:
            await self._turn(found)
            return found.heard
        async with self._sending():
            return None

    def keep(self, heard: Heard, exchanges: Sequence[Exchange]) -> None:
        """Put on record what came over a raw connection."""
        self._keep(partial(self.journal.heard, heard, exchanges))

    async def lacks(self, probe: Probe) -> bool:
        """Tell whether a probe can never be answered: it is not on record, and there is no server."""
        if not self.recording.is_all or self.recording.holds(probe):
            return False
        await self._wait(math.inf, 0)
        return True

    async def missing(self) -> str:
        """Return why what is not on record is not sent; where nothing else is on record either, the run ends."""
        if self.recording.is_over:
            self.ending.ask_once(_ENDED)
            await self.ending.parked()
        return _MISSING

    def _keep(self, write: Callable[[], None]) -> None:
        try:
            write()
        except JournalError as error:
            self.ending.ask_once(str(error))

    @asynccontextmanager
    async def _sending(self) -> AsyncIterator[None]:
        """Wait until something can be sent to the server, and let nothing on record overtake it."""
        if not self.recording.is_over:
            await self._wait(math.inf, 0)
        if self.recording.is_all:
            self.ending.ask_once(_ENDED)
            await self.ending.parked()
        if self._offset is None:
            self._offset = self._now - self.sender.now if self.recording.events else 0.0
        self._live += 1
        try:
            yield
        finally:
            self._live -= 1
            self._moves += 1

    async def _turn(self, event: RecordedEvent) -> None:
        """Wait until it is the turn of something on record."""
        await self._wait(event.order, event.asked)
        self.recording.given = max(self.recording.given, event.order + 1)
        self._now = max(self._now, event.until)
        self._moves += 1

    async def _wait(self, order: float, asked: int) -> None:
        """Wait until all that comes before has been handed out, or is plainly not asked for again."""
        self._waiting.append(order)
        idle, moved = 0, (-1, -1)
        try:
            while not self._is_due(order, asked) and not (idle > _STALLED and min(self._waiting) == order):
                await asyncio.sleep(_GLANCE if self._live else 0)
                moves = (self._moves, self.recording.claims)
                is_waiting = self._live and order != math.inf
                idle, moved = (idle + 1, moved) if moves == moved and not is_waiting else (0, moves)
        finally:
            self._waiting.remove(order)
            self._moves += 1

    def _is_due(self, order: float, asked: int) -> bool:
        if order == math.inf:
            return self.recording.is_over or (self._live > 0 and min(self._waiting) == math.inf)
        return self.recording.given >= order and self.recording.claims >= asked
