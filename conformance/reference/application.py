"""The ASGI application: every request goes through one pipeline."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from attrs import field, frozen
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from conformance.reference import answering
from conformance.reference.calls import Call, PreparedReply, Refusal
from conformance.reference.pipeline import Pipeline
from conformance.reference.world import World

__all__ = ["Application"]


@frozen
class Application:
    """One server's world and the pipeline that works in it."""

    world: World = field(repr=False)
    pipeline: Pipeline = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reply one request; whatever goes wrong in here is answered, and remembered as a defect."""
        if scope["type"] != "http":
            return
        self.world.requests += 1
        call = Call(self.world, Request(scope, receive), send, self.world.requests)
        try:
            await self.pipeline.run(call)
        except Exception as defect:  # noqa: BLE001 - the last border: nothing may leave it unseen
            self.world.defects.append(defect)
            await answering.deliver(await self._refused(call, 500, "the reference server has a defect"))

    async def unreadable(self, status: int) -> PreparedReply:
        """Return the answer to a request that is not HTTP, or whose header is too large to be read."""
        self.world.requests += 1
        scope: Scope = {"type": "http", "method": "", "path": "", "query_string": b"", "headers": []}
        call = Call(self.world, Request(scope), _nowhere, self.world.requests)
        refused = await self._refused(call, status, "the request cannot be read as HTTP")
        if refused.prepared is None:
            raise LookupError("there is nothing to answer")
        return refused.prepared

    async def _refused(self, call: Call, status: int, message: str) -> Call:
        refusal = Refusal(status, message, headers={"Connection": "close"})
        return await answering.render(await answering.refuse(call.but(refusal=refusal)))


async def _nowhere(message: MutableMapping[str, Any]) -> None:
    raise LookupError(f"{message['type']} has nowhere to go")
