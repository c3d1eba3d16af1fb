"""What stands in front of the server: the page and its events, and what browsers ask before they call (CORS)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.contract import Contract
from conformance.loopback import is_loopback
from conformance.mock.happenings import page, policy
from conformance.mock.job_views import job_views
from conformance.mock.log import RequestLog
from conformance.mock.record import RequestRecord
from conformance.reference.world import World

__all__ = ["Door", "page_path"]

_PLACES = ("/", "/-mock", "/-mock-page")
_EVENTS = "text/event-stream"
_TICK = 0.25  # seconds: how soon the page shows that a job moved on
_QUIET = 15.0  # seconds after which a proxy in between may take silence for the end
_WAITING = 1000  # requests that a page may be behind; then it is told everything anew
_KEPT_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def page_path(contract: Contract) -> str | None:
    """Return where the page stands: `/`, unless the contract has something there; None where no place is free."""
    taken = [operation for operation in contract.operations if operation.method == "GET"]
    return next((place for place in _PLACES if not any(other.serves(place) for other in taken)), None)


@frozen
class Door:
    """Answers browsers that come for the page, lets all else through, and logs what is answered on the way.

    Attributes:
        inner: the server, or what stands between it and the door.
        is_private: whether only this machine reaches the server; then nobody else's page may read it by a name that
            was made to point here.
    """

    inner: ASGIApp = field(repr=False)
    world: World = field(repr=False)
    log: RequestLog = field(repr=False)
    place: str | None
    is_private: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one request."""
        if self.place is not None and scope["path"] == self.place and scope["method"] == "GET":
            request = Request(scope)
            accepted = request.headers.get("accept", "").lower()
            if _EVENTS in accepted or "text/html" in accepted:
                response = self._shown(request, events=_EVENTS in accepted)
                await response(scope, receive, send)
                return
        if _is_preflight(scope):
            await self._logged(scope, receive, send)
        else:
            await self.inner(scope, receive, send)

    def _shown(self, request: Request, *, events: bool) -> Response:
        if self.is_private and not is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or ""):
            return PlainTextResponse("this page is for this machine alone\n", 403)
        if events:
            return StreamingResponse(self._events(), media_type=_EVENTS, headers=_KEPT_PRIVATE)
        return HTMLResponse(page(self.world.contract), headers={**_KEPT_PRIVATE, "Content-Security-Policy": policy()})

    async def _events(self) -> AsyncIterator[str]:
        """Yield everything there is, and then what changes."""
        news: asyncio.Queue[RequestRecord] = asyncio.Queue(_WAITING)

        def listen(record: RequestRecord) -> None:
            if not news.full():
                news.put_nowait(record)

        self.log.listeners.append(listen)
        try:
            known = job_views(self.world)
            yield _event("all", self._all(known))
            spoke = time.monotonic()
            while True:
                records = await _within(news, _TICK)
                jobs = job_views(self.world)
                changed = {key: view for key, view in jobs.items() if known.get(key) != view}
                gone = [key for key in known if key not in jobs]
                known = jobs
                if len(records) >= _WAITING:
                    yield _event("all", self._all(known))
                elif records or changed or gone:
                    told = [record.to_dict() for record in records]
                    yield _event("news", {"requests": told, "jobs": changed, "gone": gone})
                elif time.monotonic() - spoke < _QUIET:
                    continue
                else:
                    yield ": nothing new\n\n"
                spoke = time.monotonic()
        finally:
            self.log.listeners.remove(listen)

    def _all(self, jobs: Mapping[str, Any]) -> dict[str, Any]:
        return {"requests": [record.to_dict() for record in self.log.records], "jobs": jobs}

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, answer = time.time(), bytearray()
        status: int | None = None

        async def listened(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                answer.extend(message.get("body", b""))
            await send(message)

        before = self.world.requests
        await self.inner(scope, receive, listened)
        if self.world.requests != before:  # there is no CORS: the server has answered, and told of it
            return
        self.world.requests += 1
        refused = answer.decode("utf-8", "replace") if status is not None and status >= 400 else None
        seconds = time.time() - began
        self.log.add(
            RequestRecord(
                began=began,
                request=self.world.requests,
                method=scope["method"],
                path=scope["path"],
                operation=None,
                status=status,
                seconds=seconds,
                refused=refused,
            )
        )


async def _within(news: asyncio.Queue[RequestRecord], seconds: float) -> list[RequestRecord]:
    """Return what comes in, as soon as something does; nothing where nothing comes in time."""
    try:
        async with asyncio.timeout(seconds):
            found = [await news.get()]
    except TimeoutError:
        return []
    while not news.empty():
        found.append(news.get_nowait())
    return found


def _is_preflight(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return scope["method"] == "OPTIONS" and {b"origin", b"access-control-request-method"} <= names


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
