"""Lanes to the server: each is a connection of its own, and whoever finds them all in use waits for one.

One pool of many connections looks at each of them whenever a call begins or ends. Here a call costs the same
however many others are on their way: it takes the lane that was used last, and gives it back.
"""

from __future__ import annotations

import errno
import math
import os
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from .errors import ConfigurationError

if TYPE_CHECKING:
    import asyncio

__all__ = ["AsyncLanes", "Lanes", "NoLaneError", "is_crowded"]

#: How many calls can be on their way at once, where the process may hold as many files open.
MOST = 1000

#: How many files are left to the rest of the program, at least.
_SPARED = 16

#: How many connections are kept for later calls, and for how many seconds, as httpx does it.
_KEPT, _KEPT_FOR = 20, 5.0

#: After how many calls that went well one more lane is dared, where there were too many.
_SLOWLY = 64


class NoLaneError(Exception):
    """All connections were in use for as long as the call would wait."""


class _Waiter(Protocol):
    """Somebody who waits for a lane."""

    def grant(self) -> bool:
        """Let it go on; return whether it still waits."""
        ...


class _Slots:
    """Who may go, and who waits; the lanes that are free, the one that was used last on top."""

    def __init__(self, most: int | None) -> None:
        self._most = self._limit = float(most or _affordable())
        self._busy = 0
        self._waiting: deque[_Waiter] = deque()
        self._free: deque[tuple[Any, float]] = deque()
        self._is_closed = False

    @property
    def is_shared(self) -> bool:
        """Whether anybody has a slot, and will give it back."""
        return self._busy > 0

    def take(self) -> bool:
        """Take a slot, if nobody waits for one and one is left."""
        if self._is_closed:
            raise RuntimeError("the client is closed")
        if self._waiting or self._busy >= int(self._limit):
            return False
        self._busy += 1
        return True

    def wait(self, waiter: _Waiter) -> None:
        """Queue up for a slot."""
        self._waiting.append(waiter)

    def give(self, error: BaseException | None = None) -> None:
        """Give a slot back, and let those go on who waited longest."""
        self._busy -= 1
        if is_crowded(error):
            self._limit = float(max(1, self._busy))
        else:
            self._limit = min(self._most, self._limit + 1 / _SLOWLY)
        while self._waiting and self._busy < int(self._limit):
            self._busy += self._waiting.popleft().grant()

    def pop(self) -> Any:
        """Return the lane that was used last, None where there is none."""
        return self._free.pop()[0] if self._free else None

    def keep(self, lane: Any) -> list[Any]:
        """Keep a lane for later; return those that nobody needs any more."""
        now = time.monotonic()
        self._free.append((lane, now))
        surplus: list[Any] = []
        while self._free and (
            self._is_closed or len(self._free) > _KEPT or now - self._free[0][1] > _KEPT_FOR
        ):
            surplus.append(self._free.popleft()[0])
        return surplus

    def close(self) -> list[Any]:
        """Return the lanes that are free, and keep none from now on."""
        self._is_closed = True
        lanes = [lane for lane, _ in self._free]
        self._free.clear()
        return lanes


class _Thread:
    """A thread that waits; all of it happens under the lock but for the waiting."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.has_left = False

    def grant(self) -> bool:
        """Let it go on."""
        if not self.has_left:
            self.may_go.set()
        return not self.has_left


class Lanes:
    """Lanes for threads.

    Args:
        make: Makes a client for one connection.
        most: How many there may be; by default as many as the process can hold open.
    """

    def __init__(self, make: Callable[[], Any], most: int | None = None) -> None:
        self._make = make
        self._slots = _Slots(_checked(most))
        self._lock = threading.Lock()

    @property
    def is_shared(self) -> bool:
        """Whether any other call is on its way."""
        return self._slots.is_shared

    @contextmanager
    def lane(self, ends: float) -> Generator[Any]:
        """Hold a lane; wait for one until a point in time.

        Raises:
            NoLaneError: None became free in time.
        """
        self._take(ends)
        lane, surplus, trouble = None, [], None
        try:
            with self._lock:
                lane = self._slots.pop()
            lane = self._make() if lane is None else lane
            yield lane
            with self._lock:
                surplus = self._slots.keep(lane)
        except BaseException as error:
            # What state its connection is in, nobody knows.
            trouble, surplus = error, [lane]
            raise
        finally:
            for each in surplus:
                if each is not None:
                    each.close()
            with self._lock:
                self._slots.give(trouble)
            # A frame that is kept with a traceback must not keep the error in turn.
            trouble = None

    def _take(self, ends: float) -> None:
        waiter = _Thread()
        with self._lock:
            if self._slots.take():
                return
            self._slots.wait(waiter)
        try:
            waiter.may_go.wait(min(max(0.0, ends - time.monotonic()), threading.TIMEOUT_MAX))
        except BaseException:
            with self._lock:
                waiter.has_left = True
                if waiter.may_go.is_set():
                    self._slots.give()
            raise
        with self._lock:
            waiter.has_left = True
            if not waiter.may_go.is_set():
                raise NoLaneError

    def close(self) -> None:
        """Close all lanes; those that are in use, when their calls end."""
        with self._lock:
            lanes = self._slots.close()
        for lane in lanes:
            lane.close()


class _Task:
    """A task that waits."""

    def __init__(self) -> None:
        import asyncio

        self.may_go: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def grant(self) -> bool:
        """Let it go on."""
        if self.may_go.done():
            return False
        self.may_go.set_result(None)
        return True


class AsyncLanes:
    """The same for tasks; each event loop has lanes of its own, because a connection is of no use in another one."""

    def __init__(self, make: Callable[[], Any], most: int | None = None) -> None:
        self._make = make
        self._most = _checked(most)
        self._by_loop: dict[asyncio.AbstractEventLoop, _Slots] = {}
        self._is_closed = False

    @property
    def _slots(self) -> _Slots:
        """The slots of the event loop that runs."""
        from asyncio import get_running_loop

        loop = get_running_loop()
        if loop not in self._by_loop:
            self._forget()
            self._by_loop[loop] = _Slots(self._most)
            if self._is_closed:
                self._by_loop[loop].close()
        return self._by_loop[loop]

    def _forget(self) -> None:
        """Forget the connections of loops that have ended: they ended with them."""
        for loop in [loop for loop in tuple(self._by_loop) if loop.is_closed()]:
            self._by_loop.pop(loop, None)

    @property
    def is_shared(self) -> bool:
        """Whether any other call is on its way."""
        return self._slots.is_shared

    @asynccontextmanager
    async def lane(self, ends: float) -> AsyncGenerator[Any]:
        """Hold a lane; wait for one until a point in time.

        Raises:
            NoLaneError: None became free in time.
        """
        slots = self._slots
        if not slots.take():
            await self._wait(slots, ends)
        lane, surplus, trouble = None, [], None
        try:
            lane = slots.pop()
            lane = self._make() if lane is None else lane
            yield lane
            surplus = slots.keep(lane)
        except BaseException as error:
            trouble, surplus = error, [lane]
            raise
        finally:
            try:
                for each in surplus:
                    if each is not None:
                        await each.aclose()
            finally:
                slots.give(trouble)
                trouble = None

    async def _wait(self, slots: _Slots, ends: float) -> None:
        import asyncio

        waiter = _Task()
        slots.wait(waiter)
        try:
            async with asyncio.timeout(None if math.isinf(ends) else ends - time.monotonic()):
                await waiter.may_go
        except BaseException as error:
            # It may have been let go at the very moment when it gave up.
            was_let_go = waiter.may_go.done() and not waiter.may_go.cancelled()
            waiter.may_go.cancel()
            if was_let_go:
                slots.give()
            if isinstance(error, TimeoutError):
                raise NoLaneError from None
            raise

    async def aclose(self) -> None:
        """Close all lanes of this loop, those that are in use when their calls end; let go of those of other loops."""
        self._is_closed = True
        here = self._slots
        for slots in tuple(self._by_loop.values()):
            lanes = slots.close()
            if slots is here:
                for lane in lanes:
                    await lane.aclose()


class OwnLane:
    """A client of the caller's own, which looks after its connections itself."""

    is_shared = False

    def __init__(self, http_client: Any) -> None:
        self._http = http_client

    @contextmanager
    def lane(self, ends: float) -> Generator[Any]:
        """Hand it out."""
        yield self._http

    def close(self) -> None:
        """Leave it open: whoever made it closes it."""


class AsyncOwnLane:
    """The same for one that awaits."""

    is_shared = False

    def __init__(self, http_client: Any) -> None:
        self._http = http_client

    @asynccontextmanager
    async def lane(self, ends: float) -> AsyncGenerator[Any]:
        """Hand it out."""
        yield self._http

    async def aclose(self) -> None:
        """Leave it open: whoever made it closes it."""


def is_crowded(error: BaseException | None) -> bool:
    """Whether something failed because the process, or the machine, has too many files open."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return True
        error = error.__cause__ or error.__context__
    return False


def _checked(most: int | None) -> int | None:
    if most is not None and most < 1:
        raise ConfigurationError("there must be a connection at least")
    return most


def _affordable() -> int:
    try:
        import resource

        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        held = len(os.listdir("/dev/fd"))
    except (ImportError, OSError):
        return MOST
    if allowed == resource.RLIM_INFINITY:
        return MOST
    return max(1, min(MOST, allowed - held - max(_SPARED, allowed // 8)))
