"""Serves an ASGI application on loopback, in a thread of this process."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import threading

import uvicorn

from conformance.errors import SuiteError, UsageError

__all__ = ["HOST", "Loopback", "is_everywhere", "is_loopback", "listen"]

HOST = "127.0.0.1"
_STARTS_WITHIN = 10.0


def listen(port: int, host: str = HOST) -> socket.socket:
    """Return a socket that listens on a port of loopback, or of another address; 0 takes a free one.

    Raises:
        UsageError: the port is taken, or is none; or the address is none of this machine.
    """
    if not host:
        raise UsageError("cannot listen on a host without a name; name an address of this machine")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot listen on {host}: {error}; name an address of this machine") from error
    # asyncio turns off the delay of small writes only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address[0], port, *address[2:]))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
            raise UsageError(f"cannot listen on {host}: it is no address of this machine") from error
        raise UsageError(f"cannot listen on port {port}: {error}; name another one, or 0 for any free one") from error
    return listener


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches a host."""
    if host.strip("[]") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_everywhere(host: str) -> bool:
    """Tell whether a host stands for all addresses of this machine, and so for none that could be called."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


class Loopback(threading.Thread):
    """A server in a thread: `start` returns when it answers, `stop` cuts off what is still under way."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._server = _UnpausedServer(config)
        self._listener = listener
        self._error: BaseException | None = None

    def start(self) -> None:
        """Start answering.

        Raises:
            SuiteError: it does not start, or its application refuses to.
        """
        super().start()
        if not self._server.ready.wait(_STARTS_WITHIN) or not self._server.started or self._error is not None:
            self._listener.close()
            raise SuiteError(f"the {self.name} did not start") from self._error

    def run(self) -> None:
        """Answer until it is stopped."""
        try:
            # uvloop where it is installed, which answers faster; else the event loop of the standard library.
            with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
                runner.run(self._server.serve(sockets=[self._listener]))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._error = error
        finally:
            self._server.ready.set()

    def stop(self) -> None:
        """Stop answering, and wait until that is done."""
        self._server.stop()
        self.join()


class _UnpausedServer(uvicorn.Server):
    """Uvicorn's server without its pauses of a tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it stopped by itself
                self._loop.call_soon_threadsafe(self._stopping.set)

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)
        self.ready.set()
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._stopping.wait()
            await self.on_tick(0)  # keeps the Date header right

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.lifespan.shutdown()
        for listener in sockets or ():
            listener.close()
