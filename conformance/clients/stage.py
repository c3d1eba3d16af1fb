"""The judge's server: two hosts on loopback, raw enough to be cut short, to keep silent, and to miss no byte."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Sequence

import h11

from conformance.clients.received import UNREAD, Place, Received
from conformance.clients.scene import Answer, Scene
from conformance.loopback import HOST, listen
from conformance.vectors import GivenAnswer

__all__ = ["Stage"]

_LARGEST_HEAD = 256 * 1024
_LARGEST_BODY = 128 * 1024 * 1024
_CHUNK = 65536
_OTHER_HOST = "localhost"
_ALLOWED = Answer(GivenAnswer(204))
_REFUSED = Answer(GivenAnswer(400))


class Stage:
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
        """Start listening: on 127.0.0.1, and as another host on the address behind another name."""
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
        """Answer as a scene has it from now on, and forget what came before."""
        self._scene, self._received, self._begun = scene, [], 0

    async def end(self) -> Sequence[Received]:
        """Return what came in since the scene began, and let go of the requests that wait for an answer."""
        self._scene = None
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        return tuple(self._received)

    async def close(self) -> None:
        """Stop listening, and cut every connection."""
        for server in self._servers:
            server.close()
        for task, writer in list(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _at(self, place: Place) -> _Handler:
        return _Handler(self, place)

    async def serve(self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
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
            self._waiting.discard(task)

    async def _exchange(
        self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rest: bytes
    ) -> bytes | None:
        """Serve one request; return what was read beyond it, or None where the connection has ended."""
        data = rest or await reader.read(1)
        if not data:
            return None
        scene, number = self._scene, self._begun
        self._begun += 1
        upcoming = scene.upcoming(number) if scene is not None else None
        if upcoming is not None and upcoming.given.cut == "before-reading":
            self._received.append(Received(place, raw=data, trouble=UNREAD))
            _reset(writer)
            return None
        request, rest = await _read(place, reader, writer, data)
        if _is_preflight(request):
            self._begun -= 1
            return await _reply(writer, request, _ALLOWED, rest)
        self._received.append(request)
        if request.trouble or scene is None:
            await _reply(writer, request, _REFUSED, rest)
            return None
        answer = scene.answer(number, request)
        if answer.given.cut == "after-reading":
            return None
        if answer.given.silent:
            await self._wait_for_the_end(reader)
            return None
        return await _reply(writer, request, answer, rest)

    async def _wait_for_the_end(self, reader: asyncio.StreamReader) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._waiting.add(task)
        while await reader.read(_CHUNK):
            pass


class _Handler:
    """Takes the connections of one host."""

    def __init__(self, stage: Stage, place: Place) -> None:
        self._stage, self._place = stage, place

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._stage.serve(self._place, reader, writer)


async def _read(
    place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes
) -> tuple[Received, bytes]:
    """Read a whole request, of which some bytes are there already; return what was read beyond it as well."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
    raw, body = bytearray(data), bytearray()
    head: h11.Request | None = None
    trouble, rest = "", b""
    connection.receive_data(data)
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                data = await reader.read(_CHUNK)
                raw += data
                connection.receive_data(data)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > _LARGEST_BODY:
                    trouble = f"has a body of more than {_LARGEST_BODY} bytes"
                    break
            elif isinstance(event, h11.EndOfMessage):
                rest = connection.trailing_data[0]
                break
            else:
                trouble = "ended before it was whole"
                break
    except h11.RemoteProtocolError as error:
        trouble = f"is no HTTP request: {error}"
    except ConnectionError:
        trouble = "ended before it was whole"
    sent = bytes(raw[: len(raw) - len(rest)])
    if head is None:
        return Received(place, raw=sent, trouble=trouble), rest
    fields = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers)
    return Received(place, head.method.decode(), head.target, fields, bytes(body), sent, trouble), rest


async def _reply(writer: asyncio.StreamWriter, request: Received, answer: Answer, rest: bytes) -> bytes | None:
    """Answer a request; return what was read beyond it, or None where the connection ends with the answer."""
    asked = (request.header("connection") or "").lower() == "close"
    closes = asked or answer.given.cut is not None or answer.given.framing == "close"
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
