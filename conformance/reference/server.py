"""Runs the reference server in a thread, for as long as a `with` block lasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import uvicorn
from attrs import frozen
from starlette.types import ASGIApp

from conformance.bodies.troubles import Limits
from conformance.contract import Contract
from conformance.errors import SuiteError
from conformance.loopback import HOST, Loopback, is_everywhere, listen
from conformance.reference.application import Application, Watch
from conformance.reference.named_behaviours import Entry, pipeline_for
from conformance.reference.pipeline import Pipeline
from conformance.reference.protocol import Protocol
from conformance.reference.services import services_of
from conformance.reference.world import World

__all__ = ["DEFAULT_TOKEN", "ReferenceServer", "Surroundings"]

DEFAULT_TOKEN = "sk-mock-4d2f9c61e7"  # noqa: S105 - opens nothing but this server; no part of it is a word


@frozen
class Surroundings:
    """What is put around a server without changing what it is: a look at it, doors in front, more stages.

    Attributes:
        pipeline: makes another pipeline of the server's own.
        watch: is told of each call.
        front: may answer some requests before the server does.
    """

    pipeline: Callable[[Pipeline], Pipeline] = lambda pipeline: pipeline
    watch: Watch | None = None
    front: Callable[[Application], ASGIApp] | None = None


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
        host: str = HOST,
        deterministic: bool = False,
        limits: Limits | None = None,
        job_seconds: float | None = None,
        surroundings: Surroundings | None = None,
        second_token: str | None = None,
    ) -> None:
        services_of(contract)
        self.contract = contract
        self.token = token
        self.behaviours = tuple(item.name if isinstance(item, Entry) else item for item in behaviours)
        self._port, self._host = port, host
        self._job_seconds = job_seconds
        self._surroundings = surroundings or Surroundings()
        self._deterministic = deterministic
        self._limits = limits or Limits()
        self._second_token = second_token
        self._pipeline = pipeline_for(contract, behaviours)
        self._world: World | None = None
        self._runner: Loopback | None = None

    def __enter__(self) -> Self:
        """Bind the port and start answering."""
        listener = listen(self._port, self._host)
        world = World(self.contract, self.token, self._deterministic, self._limits, job_seconds=self._job_seconds)
        world.second_token = self._second_token
        world.is_everywhere = is_everywhere(self._host)
        name = HOST if world.is_everywhere else self._host
        world.url = f"http://{f'[{name}]' if ':' in name else name}:{listener.getsockname()[1]}"
        self._world = world
        around = self._surroundings
        application = Application(world, around.pipeline(self._pipeline), around.watch, around.front)
        self._runner = Loopback(_config(application), listener, "reference server")
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
