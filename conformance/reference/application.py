"""The ASGI application: every request goes through one pipeline."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from typing import Any

from attrs import Factory, field, frozen
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference import answering
from conformance.reference.calls import Call, PreparedReply, Refusal
from conformance.reference.pipeline import Pipeline
from conformance.reference.world import World

__all__ = ["Application", "Watch"]

Watch = Callable[[Call, float], None]
"""Is told of each call once it is answered, and how many seconds that took."""


@frozen
class Application:
    """One server's world and the pipeline that works in it.

    Attributes:
        watch: whoever wants to know of each call.
        front: what stands between the network and the pipeline, and may answer some requests by itself.
    """

    world: World = field(repr=False)
    pipeline: Pipeline = field(repr=False)
    watch: Watch | None = field(default=None, repr=False)
    front: Callable[[Application], ASGIApp] | None = field(default=None, repr=False)
    _entrance: ASGIApp = field(
        init=False,
        repr=False,
        default=Factory(lambda self: self.answer if self.front is None else self.front(self), takes_self=True),
    )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reply one request."""
        if scope["type"] != "http":
            return
        await self._entrance(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the pipeline reply; whatever goes wrong in here is answered, and remembered as a defect."""
        began = time.perf_counter()
        self.world.requests += 1
        call = Call(self.world, Request(scope, receive), send, self.world.requests)
        try:
            call = await self.pipeline.run(call)
        except Exception as defect:  # noqa: BLE001 - the last border: nothing may leave it unseen
            self.world.defects.append(defect)
            call = await answering.deliver(await self._refused(call, 500, "the reference server has a defect"))
        self._told(call, began)

    async def unreadable(self, status: int) -> PreparedReply:
        """Return the answer to a request that is not HTTP, or whose header is too large to be read."""
        began = time.perf_counter()
        self.world.requests += 1
        scope: Scope = {"type": "http", "method": "", "path": "", "query_string": b"", "headers": []}
        call = Call(self.world, Request(scope), _nowhere, self.world.requests)
        refused = await self._refused(call, status, "the request cannot be read as HTTP")
        if refused.prepared is None:
            raise LookupError("there is nothing to answer")
        self._told(refused, began)
        return refused.prepared

    def _told(self, call: Call, began: float) -> None:
        if self.watch is not None:
            self.watch(call, time.perf_counter() - began)

    async def _refused(self, call: Call, status: int, message: str) -> Call:
        refusal = Refusal(status, message, headers={"Connection": "close"})
        return await answering.render(await answering.refuse(call.but(refusal=refusal)))


async def _nowhere(message: MutableMapping[str, Any]) -> None:
    raise LookupError(f"{message['type']} has nowhere to go")
