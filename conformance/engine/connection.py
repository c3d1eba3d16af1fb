"""Opens connections that keep what has come when they are reset."""

from __future__ import annotations

import asyncio
import ssl

import httpx

__all__ = ["connect"]


async def connect(url: httpx.URL, tls: ssl.SSLContext | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the two ends of a new connection; what is read ends where the connection does, however that ends.

    Raises:
        OSError: there is no connection.
    """
    loop = asyncio.get_running_loop()
    reader = _Keeping(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    host, port = url.raw_host.decode("ascii"), url.port or (443 if tls else 80)
    transport, _ = await loop.create_connection(lambda: protocol, host, port, ssl=tls)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


class _Keeping(asyncio.StreamReader):
    """Takes a reset for the end: asyncio's own reader throws away what came right before it."""

    def set_exception(self, exc: Exception) -> None:  # noqa: ARG002 - what it was is told by what has not come
        self.feed_eof()
