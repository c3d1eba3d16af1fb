"""Opens connections, all that there are: past a name server or through a proxy where the user wants it so."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import h11
import httpcore
import httpx

from conformance.engine.network import Network, Proxy, Route

__all__ = ["Backend", "ProxyRefusal", "connect"]

_PIECE = 65536


class ProxyRefusal(OSError):
    """A proxy answers, and makes no connection."""


async def connect(url: httpx.URL, network: Network) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return the two ends of a new connection; what is read ends where the connection does, however that ends.

    Raises:
        OSError: there is no connection.
    """
    loop = asyncio.get_running_loop()
    reader = _Keeping(loop=loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    tls = network.tls if url.scheme == "https" else None
    host, port = url.raw_host.decode("ascii"), url.port or (443 if tls else 80)
    route, name = network.route(host, port), host if tls else None
    if route.proxy is None:
        transport, _ = await loop.create_connection(
            lambda: protocol, route.host, route.port, ssl=tls, server_hostname=name
        )
    else:
        peer = await _tunnelled(route, route.proxy, host, port)
        transport, _ = await loop.create_connection(lambda: protocol, sock=peer, ssl=tls, server_hostname=name)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


async def _tunnelled(route: Route, proxy: Proxy, host: str, port: int) -> socket.socket:
    """Return a socket that a proxy has connected with a server."""
    loop = asyncio.get_running_loop()
    peer = await _connected(route)
    try:
        await _ask_for_tunnel(
            proxy, host, port, lambda data: loop.sock_sendall(peer, data), lambda: loop.sock_recv(peer, _PIECE)
        )
    except BaseException:
        peer.close()
        raise
    return peer


async def _connected(route: Route) -> socket.socket:
    """Return a socket that is connected with the first address of a host that takes it."""
    loop = asyncio.get_running_loop()
    trouble: OSError | None = None
    for family, kind, number, _, address in await loop.getaddrinfo(route.host, route.port, type=socket.SOCK_STREAM):
        peer = socket.socket(family, kind, number)
        peer.settimeout(0)
        try:
            await loop.sock_connect(peer, address)
        except OSError as error:
            peer.close()
            trouble = error
        except BaseException:
            peer.close()
            raise
        else:
            return peer
    raise trouble or OSError(f"{route.host} has no address")


async def _ask_for_tunnel(
    proxy: Proxy,
    host: str,
    port: int,
    write: Callable[[bytes], Awaitable[None]],
    read: Callable[[], Awaitable[bytes]],
) -> None:
    """Have a proxy connect with a server (RFC 9110, 9.3.6).

    Raises:
        ProxyRefusal: it does not.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    connection = h11.Connection(h11.CLIENT)
    headers = [("Host", place)]
    if proxy.authorization is not None:
        headers.append(("Proxy-Authorization", proxy.authorization))
    asked = connection.send(h11.Request(method="CONNECT", target=place, headers=headers)) or b""
    await write(asked + (connection.send(h11.EndOfMessage()) or b""))
    try:
        while not isinstance(event := connection.next_event(), (h11.Response, h11.ConnectionClosed)):
            if event is h11.NEED_DATA:
                connection.receive_data(await read())
    except h11.RemoteProtocolError as error:
        raise ProxyRefusal(f"the proxy {proxy} does not answer as one does: {error}") from None
    if not isinstance(event, h11.Response):
        raise ProxyRefusal(f"the proxy {proxy} closes the connection when it is asked for {place}")
    if not 200 <= event.status_code < 300:
        reason = event.reason.decode("latin-1")
        raise ProxyRefusal(f"the proxy {proxy} does not connect to {place}: HTTP {event.status_code} {reason}".rstrip())


class Backend(httpcore.AsyncNetworkBackend):
    """Opens the connections of a pool in the same way."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection with a server, encrypted later if at all.

        Raises:
            httpcore.ConnectError: there is none.
        """
        route = self._network.route(host, port)
        stream = await self._backend.connect_tcp(route.host, route.port, timeout, local_address, socket_options)
        if route.proxy is not None:
            try:
                await _ask_for_tunnel(route.proxy, host, port, stream.write, lambda: stream.read(_PIECE))
            except BaseException as error:
                await stream.aclose()
                if isinstance(error, ProxyRefusal):
                    raise httpcore.ConnectError(str(error)) from error
                raise
        return stream


class _Keeping(asyncio.StreamReader):
    """Takes a reset for the end: asyncio's own reader throws away what came right before it."""

    def set_exception(self, exc: Exception) -> None:  # noqa: ARG002 - what it was is told by what has not come
        self.feed_eof()
