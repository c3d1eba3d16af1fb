"""A server that halts at one request, so that its client can be ended right there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from attrs import define, field
from starlette.types import Receive, Scope, Send

from conformance.reference.application import Application
from conformance.reference.named_behaviours import pipeline_for
from conformance.reference.world import World

__all__ = ["LONGEST_WAIT", "Halting"]

LONGEST_WAIT = 90.0


@define
class Halting:
    """The reference server; it halts at the first request of a kind, so that its client can be ended right there."""

    world: World
    halts: Callable[[World, Scope], bool]
    reached: threading.Event = field(factory=threading.Event)
    released: threading.Event = field(factory=threading.Event)
    answered: threading.Event = field(factory=threading.Event)
    _application: Application = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._application = Application(self.world, pipeline_for(self.world.contract, ()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_halting = not self.reached.is_set() and self.halts(self.world, scope)
        if not is_halting:
            await self._application(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.reached.set()
        await asyncio.to_thread(self.released.wait, LONGEST_WAIT)

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        try:
            await self._application(scope, again, send)
        finally:
            self.answered.set()
