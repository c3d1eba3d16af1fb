"""Runs the reference server in a thread, for as long as a `with` block lasts."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import uvicorn

from conformance.bodies.troubles import Limits
from conformance.contract import Contract
from conformance.errors import SuiteError
from conformance.loopback import HOST, Loopback, listen
from conformance.reference.application import Application
from conformance.reference.named_behaviours import Entry, pipeline_for
from conformance.reference.protocol import Protocol
from conformance.reference.services import services_of
from conformance.reference.world import World

__all__ = ["DEFAULT_TOKEN", "ReferenceServer"]

DEFAULT_TOKEN = "sk-reference"  # noqa: S105 - opens nothing but this server, on loopback


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
        second_token: str | None = None,
    ) -> None:
        services_of(contract)
        self.contract = contract
        self.token = token
        self.behaviours = tuple(item.name if isinstance(item, Entry) else item for item in behaviours)
        self._port = port
        self._deterministic = deterministic
        self._limits = limits or Limits()
        self._second_token = second_token
        self._pipeline = pipeline_for(contract, behaviours)
        self._world: World | None = None
        self._runner: Loopback | None = None

    def __enter__(self) -> Self:
        """Bind the port and start answering."""
        listener = listen(self._port)
        world = World(self.contract, self.token, self._deterministic, self._limits)
        world.second_token = self._second_token
        world.url = f"http://{HOST}:{listener.getsockname()[1]}"
        self._world = world
        self._runner = Loopback(_config(Application(world, self._pipeline)), listener, "reference server")
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


def _config(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
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
