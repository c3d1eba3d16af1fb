"""The judge's server: two hosts on loopback, raw enough to be cut short, to keep silent, and to miss no byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Sequence

from conformance.clients.reading import read_request
from conformance.clients.received import UNREAD, Received, WhichHost
from conformance.clients.scene import Scene, StagedAnswer
from conformance.loopback import HOST, listen
from conformance.vectors import GivenAnswer

__all__ = ["JudgeServer"]

_OTHER_HOST = "localhost"
_CHUNK = 65536
_TURNS = 40
"""Turns of the event loop in which a request that has arrived is accepted, read and noted; a few more than it takes."""
_ALLOWED = StagedAnswer(GivenAnswer(204))
_REFUSED = StagedAnswer(GivenAnswer(400))


class JudgeServer:
    """Two hosts that record every request, and answer as the scene of the moment has it."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._scene: Scene | None = None
        self._received: list[Received] = []
        self._begun = 0
        self.hosts: dict[str, str] = {}

    async def open(self) -> None:
        """Start listening: on 127.0.0.1, and as another host on another port behind another name."""
        here, elsewhere = listen(0), listen(0)
        self._servers.append(await asyncio.start_server(self._at("here"), sock=here))
        self._servers.append(await asyncio.start_server(self._at("elsewhere"), sock=elsewhere))
        port = elsewhere.getsockname()[1]
        with contextlib.suppress(OSError):  # where the name stands for ::1 first
            self._servers.append(await asyncio.start_server(self._at("elsewhere"), "::1", port, family=socket.AF_INET6))
        self.hosts = {
            "base_url": f"http://{HOST}:{here.getsockname()[1]}",
            "elsewhere": f"http://{_OTHER_HOST}:{port}",
        }

    @property
    def base_url(self) -> str:
        """The host that the client is given."""
        return self.hosts["base_url"]

    def begin(self, scene: Scene) -> None:
        """StagedAnswer as a scene has it from now on, and forget what came before."""
        self._scene, self._received, self._begun = scene, [], 0

    async def end(self) -> Sequence[Received]:
        """Return what came in since the scene began, and let go of the requests that wait for an answer.

        A client that gave up may have been faster than this server: what has arrived by now is its, and not the next's.
        """
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        self._scene = None
        waiting = tuple(self._waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return tuple(self._received)

    async def close(self) -> None:
        """Stop listening, and cut every connection."""
        for server in self._servers:
            server.close()
        for task, writer in tuple(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _at(self, place: WhichHost) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(place, reader, writer)

        return serve

    async def _serve(self, place: WhichHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, request after request."""
        task = asyncio.current_task()
        if task is None:
            return
        self._connections[task] = writer
        try:
            rest: bytes | None = b""
            while rest is not None:
                rest = await self._exchange(place, reader, writer, rest)
            writer.close()  # what is still to be written goes out first
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            del self._connections[task]

    async def _exchange(
        self, place: WhichHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: bytes
    ) -> bytes | None:
        """Serve one request; return what was read beyond it, or None where the connection ends with it."""
        data = rest or await reader.read(1)
        if not data:
            return None
        scene, number = self._scene, self._begun
        upcoming = scene.upcoming(number) if scene is not None else None
        if upcoming is not None and upcoming.given.cut == "before-reading":
            self._begun += 1
            self._received.append(Received(place, raw=data, trouble=UNREAD))
            _reset(writer)
            return None
        request, rest = await read_request(place, reader, writer, data)
        if _is_preflight(request):
            return await _reply(writer, request, _ALLOWED, rest)
        number, self._begun = self._begun, self._begun + 1
        self._received.append(request)
        answer = _REFUSED if request.trouble or scene is None else scene.answer(number, request)
        if answer.given.silent:
            await self._wait_for_the_end(reader)
        if answer.given.silent or answer.given.cut == "after-reading":
            return None
        return await _reply(writer, request, answer, rest)

    async def _wait_for_the_end(self, reader: asyncio.StreamReader) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._waiting.add(task)
        try:
            while await reader.read(_CHUNK):
                pass
        finally:
            self._waiting.discard(task)


async def _reply(writer: asyncio.StreamWriter, request: Received, answer: StagedAnswer, rest: bytes) -> bytes | None:
    """StagedAnswer a request; return what was read beyond it, or None where the connection ends with the answer."""
    asked = (request.header("connection") or "").lower() == "close"
    closes = asked or bool(request.trouble) or answer.given.cut is not None or answer.given.framing == "close"
    head, body = answer.written(request, _cross_origin(request), closes=closes)
    writer.write(head + (body[: len(body) // 2] if answer.given.cut == "in-body" else body))
    await writer.drain()
    return None if closes else rest


def _reset(writer: asyncio.StreamWriter) -> None:
    """Cut a connection so that the other side hears of it at once, whatever it is sending."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _is_preflight(request: Received) -> bool:
    """Tell whether a browser asks whether it may send what comes next."""
    return request.method == "OPTIONS" and request.header("access-control-request-method") is not None


def _cross_origin(request: Received) -> tuple[tuple[str, str], ...]:
    """Let a page of any origin read the answer, where a browser says that one asks."""
    origin = request.header("origin")
    if origin is None:
        return ()
    asked = request.header("access-control-request-headers") or ""
    return (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", "*"),
        ("access-control-allow-methods", "*"),
        *([("access-control-allow-headers", asked)] if asked else []),
        ("access-control-max-age", "0"),
    )
