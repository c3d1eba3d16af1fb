"""The mock: a reference server that tells what it is asked, and does to clients what it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from conformance.contract import Contract
from conformance.loopback import HOST, is_loopback
from conformance.mock.cors import checked_origin, cors
from conformance.mock.door import Door, page_path
from conformance.mock.latency import latency
from conformance.mock.log import RequestLog
from conformance.mock.nasty import Nasty
from conformance.mock.script_file import read_rules
from conformance.mock.scripted import Scripted
from conformance.mock.watching import watcher
from conformance.reference.application import Application
from conformance.reference.pipeline import Pipeline
from conformance.reference.server import ReferenceServer, Surroundings

__all__ = ["MockServer"]


class MockServer(ReferenceServer):
    """A reference server with a log, a page, and what else an app is tried on.

    Attributes:
        log: of the requests.
        is_private: whether only this machine reaches it.

    Args:
        contract: what it serves.
        origins: pages of these origins may call it; `*` stands for all.
        late: by how many seconds each answer is late: a number, or a range such as `0.1-2`.
        script: a file of rules that give requests their outcomes.
        nasty: a seed; the server then does at random what real gateways do to clients.
        slowest: by how many seconds a nasty server's answers are late at most.
        more: what `ReferenceServer` takes.

    Raises:
        UsageError: as for `ReferenceServer`; and where an origin, a latency or a script cannot be used.
    """

    def __init__(
        self,
        contract: Contract,
        *,
        host: str = HOST,
        origins: Sequence[str] = (),
        late: str | None = None,
        script: Path | None = None,
        nasty: str | None = None,
        slowest: float = 2.0,
        **more: Any,
    ) -> None:
        self.log = RequestLog()
        self._page_path = page_path(contract)
        self.host = host
        self.is_private = is_loopback(host)
        self._origins = tuple(map(checked_origin, origins))
        self._rules = read_rules(script, contract) if script is not None else ()
        self._latency = latency(late, nasty or "") if late is not None else None
        self._nasty, self._slowest = nasty, slowest
        around = Surroundings(self._more_stages, watcher(self.log), self._door)
        super().__init__(contract, host=host, surroundings=around, **more)

    @property
    def page_url(self) -> str | None:
        """Where the page is; None where the contract leaves no place for it."""
        return None if self._page_path is None else self.url + self._page_path

    def _more_stages(self, pipeline: Pipeline) -> Pipeline:
        pipeline = Scripted(self._rules).pipeline(pipeline)
        if self._nasty is not None:
            pipeline = Nasty(self._nasty, self._slowest).pipeline(pipeline)
        return pipeline if self._latency is None else self._latency.pipeline(pipeline)

    def _door(self, application: Application) -> ASGIApp:
        inner: ASGIApp = application.answer
        if self._origins:
            inner = cors(inner, self.contract, self._origins)
        return Door(inner, application.world, self.log, self._page_path, self.is_private)
