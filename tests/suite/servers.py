"""Servers on loopback that last as long as a `with` block: ASGI applications, and peers that speak raw bytes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
from attrs import define, field, frozen
from starlette.types import ASGIApp, Receive, Scope, Send

_STARTS_WITHIN = 10.0
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def serving(application: ASGIApp, host: str = "127.0.0.1", **settings: Any) -> Iterator[str]:
    """Serve an application, with settings of uvicorn such as certificates; yields its base URL."""
    # asyncio turns off the delay of small writes only where the protocol is named.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((host, 0))
    listener.listen(128)
    # h11 hands on methods that httptools refuses by itself; a test wants to see what was sent.
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        **settings,
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert server.ready.wait(_STARTS_WITHIN)
    try:
        scheme, shown = "https" if config.is_ssl else "http", f"[{host}]" if ":" in host else host
        yield f"{scheme}://{shown}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join()
        listener.close()


@define
class Raw:
    """A peer that speaks bytes; `dead` closes its door for good."""

    url: str
    _loop: asyncio.AbstractEventLoop = field(repr=False)
    _server: asyncio.Server = field(repr=False)

    def die(self) -> None:
        """Stop listening; connections that are open are left to the handler."""
        self._loop.call_soon_threadsafe(self._server.close)


@contextmanager
def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    """Listen, and hand every connection to a handler; what it leaves open is closed for it."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    found: list[asyncio.Server] = []
    stop = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await handler(reader, writer)
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
        found.append(server)
        ready.set()
        await stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    assert ready.wait(_STARTS_WITHIN)
    port = found[0].sockets[0].getsockname()[1]
    try:
        yield Raw(f"http://127.0.0.1:{port}", loop, found[0])
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@frozen
class Request:
    """A request as it came in."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


@define
class Recorder:
    """Remembers every request, then lets an application answer it."""

    application: ASGIApp
    requests: list[Request] = field(factory=list)
    arrived: Callable[[list[Request]], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        headers = tuple((name, value) for name, value in scope["headers"] if name not in (b"host", b"user-agent"))
        self.requests.append(Request(scope["method"], scope["raw_path"] + query, headers, bytes(body)))
        if self.arrived is not None:
            await self.arrived(self.requests)
        given = False

        async def again() -> MutableMapping[str, Any]:
            nonlocal given
            if given:
                return {"type": "http.disconnect"}
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self.application(scope, again, send)
