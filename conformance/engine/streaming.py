"""Sends one request on a connection of its own; of a body without end, no more than it takes to get an answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import h11
import httpx
from attrs import field, frozen

from conformance.engine.connection import connect
from conformance.engine.network import Network

__all__ = ["stream"]

_CHUNK = b"a" * 65536
_LARGEST_ANSWER = 2 * 1024 * 1024


async def stream(request: httpx.Request, body: bytes, filler: int, network: Network | None = None) -> httpx.Response:
    """Send a request, its body and so many bytes more, if any; return the answer, whenever it comes.

    What follows the answer is not sent, and the connection is closed, as RFC 9112, section 9.5, has it.

    Raises:
        httpx.RemoteProtocolError: what came is no HTTP, or nothing came before the connection was closed.
        httpx.ConnectError: there is no connection.
    """
    url = request.url
    try:
        reader, writer = await connect(url, network or Network())
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    connection = h11.Connection(h11.CLIENT)
    fields = [header for header in request.headers.raw if header[0].lower() != b"content-length"]
    length = (b"Content-Length", str(len(body) + filler).encode())
    begin = h11.Request(method=request.method, target=url.raw_path, headers=[*fields, length])
    writer.write(connection.send(begin) or b"")
    writer.write(connection.send(h11.Data(body)) or b"")
    answer = asyncio.ensure_future(_answer(reader, connection))
    try:
        with contextlib.suppress(ConnectionError):  # the answer may have come before
            while filler > 0 and not answer.done():
                writer.write(connection.send(h11.Data(_CHUNK[:filler])) or b"")
                filler -= len(_CHUNK)
                await writer.drain()
                await asyncio.sleep(0)
        return await answer
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from None
    finally:
        answer.cancel()
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader, connection: h11.Connection) -> httpx.Response:
    status, headers, body, version = 0, [], bytearray(), b"HTTP/1.1"
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(65536))
        elif isinstance(event, h11.Response):
            status, headers, version = event.status_code, list(event.headers), b"HTTP/" + event.http_version
        elif isinstance(event, h11.Data):
            body += event.data
        if len(body) > _LARGEST_ANSWER or isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
            return httpx.Response(
                status, headers=headers, stream=_Body(bytes(body)), extensions={"http_version": version}
            )


@frozen
class _Body(httpx.AsyncByteStream):
    """A body as it came: what httpx is given as content it unpacks at once, whatever that makes."""

    data: bytes = field(repr=False)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.data
