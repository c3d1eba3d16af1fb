"""A readers-writer lock for asyncio: many go through together, or one alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import define, field

__all__ = ["ReadersWriterLock"]


@define
class ReadersWriterLock:
    """A readers-writer lock for one event loop; whoever wants to be alone goes before new company."""

    _inside: int = field(default=0, init=False)
    _alone: int = field(default=0, init=False)
    _busy: bool = field(default=False, init=False)
    _changed: asyncio.Condition = field(factory=asyncio.Condition, init=False)

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Go in beside others."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._inside += 1
        try:
            yield
        finally:
            async with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Go in when all others are out, and keep them out."""
        async with self._changed:
            self._alone += 1
            await self._changed.wait_for(lambda: not self._inside and not self._busy)
            self._busy = True
        try:
            yield
        finally:
            async with self._changed:
                self._alone -= 1
                self._busy = False
                self._changed.notify_all()
