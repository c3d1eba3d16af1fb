"""The sender: writes one probe to the wire and reads what comes back, as it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from attrs import define, field

from conformance.engine.bounded import body_of
from conformance.engine.exchange import Answer, Exchange, Silence
from conformance.engine.head import head
from conformance.engine.leftovers import leave_talkative
from conformance.engine.probe import PreparedRequest, Probe
from conformance.engine.streaming import stream
from conformance.engine.target import Target
from conformance.errors import SuiteError

__all__ = ["Sender"]

_LARGEST_ANSWER = 2 * 1024 * 1024
_SMALL_ANSWER = 64 * 1024  # of which a run may keep any number
_MOST_KEPT = 8 * 1024 * 1024  # of larger ones in all
# In seconds. Servers close idle connections after 2 s or more, at the very moment, it may be, that a request sets out.
_LONGEST_IDLE = 1.0


@define
class Sender:
    """Holds connections to one target.

    A transport and not a client: no cookie, redirect or default header comes between a probe and the wire.
    Once a connection that was kept turned out to be closed, every request has one of its own: that it was dropped is
    then no matter of chance.
    """

    target: Target
    timeout: float
    connections: int
    _transport: httpx.AsyncHTTPTransport = field(init=False, repr=False)
    _fresh: httpx.AsyncHTTPTransport = field(init=False, repr=False)
    _is_kept: bool = field(default=True, init=False)
    _addresses: dict[str, httpx.URL] = field(factory=dict, init=False, repr=False)
    _epoch: float = field(factory=time.monotonic, init=False)
    _kept: int = field(default=0, init=False)

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._epoch

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Hold the connections open."""
        self._transport, self._fresh = self._opened(self.connections), self._opened(0)
        try:
            yield
        finally:
            await self._transport.aclose()
            await self._fresh.aclose()

    async def renew(self) -> None:
        """Leave all connections, and go on over fresh ones; nothing may be under way."""
        await self._transport.aclose()
        self._transport = self._opened(self.connections)

    async def attempt(self, probe: Probe, patience: float) -> Exchange:
        """Send a probe once, and wait so many seconds; no answer is an answer too."""
        started, wall = time.monotonic(), time.time()
        answer: Answer | None = None
        silence: Silence | None = None
        detail = ""
        is_fresh = probe.request.fresh or probe.request.filler > 0

        async def trace(event: str, _: Any) -> None:
            nonlocal is_fresh
            is_fresh = is_fresh or event == "connection.connect_tcp.started"

        try:
            async with asyncio.timeout(patience):
                answer = await self._answer(probe.request, trace)
        except TimeoutError:
            silence, detail = Silence.TIMEOUT, f"no answer within {patience:g} s"
        except (httpx.RemoteProtocolError, httpx.DecodingError) as error:
            dropped = "disconnected" in str(error)
            silence, detail = (Silence.DROPPED if dropped else Silence.UNREADABLE), str(error)
        except httpx.LocalProtocolError as error:
            raise SuiteError(f"{probe.id} cannot be sent: {self.target.redact(str(error))}") from None
        except httpx.TransportError as error:
            silence, detail = Silence.DROPPED, str(error) or type(error).__name__
        elapsed = time.monotonic() - started
        leaks = self._leaks(answer) if answer is not None else ()
        began = started - self._epoch
        made = Exchange(probe, answer, silence, detail, began, elapsed, leaks, wall=wall, reused=not is_fresh)
        self._is_kept = self._is_kept and not made.may_be_chance
        return made

    async def look(self, url: str) -> Answer:
        """Ask for a resource at any address, without credentials; of a long answer the beginning is enough.

        Raises:
            TimeoutError, httpx.TransportError: there is no answer.
        """
        async with asyncio.timeout(self.timeout):
            return await _read(await self._transport.handle_async_request(self._request("GET", httpx.URL(url))))

    async def _answer(self, request: PreparedRequest, trace: Any) -> Answer:
        content = _chunks(request.body) if request.chunked else request.body
        path, headers = head(self.target, request)
        if path not in self._addresses:
            self._addresses[path] = httpx.URL(self.target.address(path))
        made = self._request(request.method, self._addresses[path], headers, content)
        made.extensions["trace"] = trace
        if request.fresh or request.filler:
            return await self._bounded(await stream(made, request.body, request.filler, self.target.tls))
        transport = self._transport if self._is_kept else self._fresh
        await leave_talkative(transport._pool)  # noqa: SLF001 - httpx hands it out under no other name
        return await self._bounded(await transport.handle_async_request(made))

    async def _bounded(self, response: httpx.Response) -> Answer:
        """Read an answer; of long ones a run keeps the first few whole, and then the beginning."""
        answer = await _read(response, max(_SMALL_ANSWER, min(_LARGEST_ANSWER, _MOST_KEPT - self._kept)))
        if len(answer.body) > _SMALL_ANSWER:
            self._kept += len(answer.body)
        return answer

    def _request(
        self,
        method: str,
        address: httpx.URL,
        headers: list[tuple[bytes, bytes]] | None = None,
        content: bytes | AsyncIterator[bytes] = b"",
    ) -> httpx.Request:
        if headers is None:
            headers = head(self.target, PreparedRequest(method, ""))[1]
        return httpx.Request(method, address, headers=headers, content=content)

    def _leaks(self, answer: Answer) -> tuple[str, ...]:
        """Return the places of an answer that show the token."""
        shown = [("body", answer.body.decode("utf-8", "surrogateescape"))]
        shown += [(f"header {self.target.redact(name)}", f"{name}: {value}") for name, value in answer.headers]
        if not self.target.leaks("\n".join(text for _, text in shown)):
            return ()
        return tuple(place for place, text in shown if self.target.leaks(text)) or ("header fields, piece by piece",)

    def _opened(self, kept: int) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(
            max_connections=self.connections, max_keepalive_connections=kept, keepalive_expiry=_LONGEST_IDLE
        )
        return httpx.AsyncHTTPTransport(verify=self.target.tls or False, limits=limits, trust_env=False)


async def _read(response: httpx.Response, most: int = _SMALL_ANSWER) -> Answer:
    """Read an answer, up to a size."""
    try:
        body, is_cut = await body_of(response, most)
    finally:
        await response.aclose()
    shown = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
    return Answer(response.status_code, shown, body, is_cut)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 97):
        yield body[start : start + 97]
