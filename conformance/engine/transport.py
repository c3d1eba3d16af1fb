"""A pool of connections behind httpx's own types: no cookie, redirect or default header, and one way to connect."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from conformance.engine.connection import Backend
from conformance.engine.leftovers import leave_talkative
from conformance.engine.network import Network

__all__ = ["Transport"]


class Transport(httpx.AsyncBaseTransport):
    """Sends requests over connections that are kept; httpx's own transport lets nobody say how to connect."""

    def __init__(self, network: Network, *, secure: bool, most: int, kept: int, idle: float, http2: bool) -> None:
        tls = (network.tls_for_http2 if http2 else network.tls) if secure else None
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=most,
            max_keepalive_connections=kept,
            keepalive_expiry=idle,
            http2=http2,
            network_backend=Backend(network),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request.

        Raises:
            httpx.TransportError: there is no answer.
        """
        url = request.url
        with _as_httpx():
            await leave_talkative(self._pool)
            made = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(made.status, headers=made.headers, stream=_Body(made.stream), extensions=made.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream: AsyncIterable[bytes] = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise an error of the pool as the one of the same name that httpx has.

    The pool lets errors of h2 out where an answer breaks HTTP/2, and blames whoever uses that connection next.
    """
    try:
        yield
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        if isinstance(error, httpcore.LocalProtocolError) and "ConnectionState.CLOSED" in str(error):
            raise httpx.RemoteProtocolError(f"the connection was disconnected before: {error}") from error
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error
    except ssl.SSLError as error:  # an alert that comes after the handshake, which the pool lets out as it is
        raise httpx.ReadError(str(error)) from error
    except Exception as error:
        if not type(error).__module__.startswith("h2."):
            raise
        raise httpx.RemoteProtocolError(f"the answer breaks HTTP/2: {error}") from error
