"""Runs the reference server in a thread, for as long as a `with` block lasts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import uvicorn
import uvloop

from conformance.bodies.troubles import Limits
from conformance.contract import Contract
from conformance.errors import SuiteError, UsageError
from conformance.reference.application import Application
from conformance.reference.named_behaviours import Entry, pipeline_for
from conformance.reference.protocol import Protocol
from conformance.reference.services import services_of
from conformance.reference.world import World

__all__ = ["DEFAULT_TOKEN", "HOST", "ReferenceServer"]

HOST = "127.0.0.1"
DEFAULT_TOKEN = "sk-reference"  # noqa: S105 - opens nothing but this server, on loopback
_STARTS_WITHIN = 10.0


class ReferenceServer:
    """A server of a contract on loopback, correct unless `behaviours` are faults or variants, or name them.

    Entering it binds the port, so that `url` can be called at once. One object can be entered again after
    it was left, and then starts with nothing remembered.

    Raises:
        UsageError: on creation, where a behaviour is unknown, no valid answer can be made of the contract,
            or it has a security scheme that this server does not know; on entering, where the port is taken.
    """

    def __init__(
        self,
        contract: Contract,
        *,
        token: str = DEFAULT_TOKEN,
        behaviours: Sequence[str | Entry] = (),
        port: int = 0,
        deterministic: bool = False,
        limits: Limits | None = None,
    ) -> None:
        services_of(contract)
        self.contract = contract
        self.token = token
        self.behaviours = tuple(item.name if isinstance(item, Entry) else item for item in behaviours)
        self._port = port
        self._deterministic = deterministic
        self._limits = limits or Limits()
        self._pipeline = pipeline_for(contract, behaviours)
        self._world: World | None = None
        self._runner: _Runner | None = None

    def __enter__(self) -> Self:
        """Bind the port and start answering."""
        listener = _listen(self._port)
        world = World(self.contract, self.token, self._deterministic, self._limits)
        world.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._world = world
        self._runner = _Runner(Application(world, self._pipeline), listener)
        self._runner.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop answering; requests still under way are cut off."""
        if self._runner is not None:
            self._runner.stop()
            self._runner = None

    @property
    def url(self) -> str:
        """Where the server listens, without a trailing slash."""
        return self.world.url

    @property
    def requests(self) -> int:
        """How many requests came in."""
        return self.world.requests

    @property
    def creates(self) -> int:
        """How many requests that cost money were accepted."""
        return self.world.creates

    @property
    def defects(self) -> tuple[Exception, ...]:
        """Exceptions that the server did not foresee; always empty unless it has a defect."""
        return tuple(self.world.defects)

    @property
    def world(self) -> World:
        """What the server remembers; it can still be read after the server stopped."""
        if self._world is None:
            raise SuiteError("the reference server was never started")
        return self._world


def _listen(port: int) -> socket.socket:
    # asyncio turns off the delay of small writes only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"cannot listen on port {port}: {error}; name another one, or 0 for any free one") from error
    return listener


class _Runner(threading.Thread):
    def __init__(self, application: Application, listener: socket.socket) -> None:
        super().__init__(name="reference-server", daemon=True)
        config = uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        self._server = _UnpausedServer(config)
        self._listener = listener
        self._error: BaseException | None = None

    def start(self) -> None:
        super().start()
        if not self._server.ready.wait(_STARTS_WITHIN) or self._error is not None:
            raise SuiteError("the reference server did not start") from self._error

    def run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._server.serve(sockets=[self._listener]))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._error = error
            self._server.ready.set()

    def stop(self) -> None:
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
        for listener in sockets or ():
            listener.close()
