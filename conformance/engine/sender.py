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
from conformance.engine.probe import PreparedRequest, Probe
from conformance.engine.streaming import stream
from conformance.engine.target import Target
from conformance.engine.transport import Transport
from conformance.errors import SuiteError

__all__ = ["Sender", "needs_http1"]

_LARGE = 64 * 1024  # in bytes; many servers answer before they have read so much, and never read the rest
_LARGEST_ANSWER = 2 * 1024 * 1024
_SMALL_ANSWER = 64 * 1024  # of which a run may keep any number
_MOST_KEPT = 8 * 1024 * 1024  # of larger ones in all
# In seconds. Servers close idle connections after 2 s or more, at the very moment, it may be, that a request sets out.
_LONGEST_IDLE = 1.0
_ENDED = ("disconnected", "ConnectionTerminated")
_ONLY_IN_HTTP1 = frozenset({"connection", "expect", "keep-alive", "te", "trailer", "upgrade"})
"""Header fields that HTTP/2 has no place for (RFC 9113, 8.2.2), or that its connections answer otherwise."""


@define
class Sender:
    """Holds connections to one target.

    A transport and not a client: no cookie, redirect or default header comes between a probe and the wire.
    Once a connection that was kept turned out to be closed, every request has one of its own: that it was dropped is
    then no matter of chance. What is large never shares one: the next request would wait behind what nobody reads.
    """

    target: Target
    timeout: float
    connections: int
    _transport: Transport = field(init=False, repr=False)
    _fresh: Transport = field(init=False, repr=False)
    _first_version: Transport = field(init=False, repr=False)
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
        http2 = self.target.network.http2
        self._transport, self._fresh = self._opened(self.connections, http2=http2), self._opened(0, http2=http2)
        self._first_version = self._opened(self.connections)
        try:
            yield
        finally:
            for transport in (self._transport, self._fresh, self._first_version):
                await transport.aclose()

    async def renew(self) -> None:
        """Leave all connections, and go on over fresh ones; nothing may be under way."""
        await self._transport.aclose()
        self._transport = self._opened(self.connections, http2=self.target.network.http2)
        await self._first_version.aclose()
        self._first_version = self._opened(self.connections)

    async def attempt(self, probe: Probe, patience: float) -> Exchange:
        """Send a probe once, and wait so many seconds; no answer is an answer too."""
        await self.target.network.throttle.turn()
        started, wall = time.monotonic(), time.time()
        answer: Answer | None = None
        protocol = "HTTP/1.1"
        silence: Silence | None = None
        detail = ""
        is_fresh = probe.request.fresh or probe.request.filler > 0

        async def trace(event: str, _: Any) -> None:
            nonlocal is_fresh
            is_fresh = is_fresh or event == "connection.connect_tcp.started"

        try:
            async with asyncio.timeout(patience):
                answer, protocol = await self._answer(probe.request, trace)
        except TimeoutError:
            silence, detail = Silence.TIMEOUT, f"no answer within {patience:g} s"
        except (httpx.RemoteProtocolError, httpx.DecodingError) as error:
            dropped = any(word in str(error) for word in _ENDED)
            silence, detail = (Silence.DROPPED if dropped else Silence.UNREADABLE), str(error)
        except httpx.LocalProtocolError as error:
            raise SuiteError(f"{probe.id} cannot be sent: {self.target.redact(str(error))}") from None
        except httpx.TransportError as error:
            silence, detail = Silence.DROPPED, str(error) or type(error).__name__
        elapsed = time.monotonic() - started
        leaks = self._leaks(answer) if answer is not None else ()
        began = started - self._epoch
        made = Exchange(
            probe, answer, silence, detail, began, elapsed, leaks, wall=wall, reused=not is_fresh, protocol=protocol
        )
        self._is_kept = self._is_kept and not made.may_be_chance
        return made

    async def look(self, url: str, *, is_http1: bool = False) -> Answer:
        """Ask for a resource at any address, without credentials; of a long answer the beginning is enough.

        Args:
            url: of the resource.
            is_http1: HTTP/1.1 is spoken, whatever else could be.

        Raises:
            TimeoutError, httpx.TransportError: there is no answer.
        """
        await self.target.network.throttle.turn()
        transport = self._first_version if is_http1 else self._transport
        async with asyncio.timeout(self.timeout):
            return (await _read(await transport.handle_async_request(self._request("GET", httpx.URL(url)))))[0]

    async def _answer(self, request: PreparedRequest, trace: Any) -> tuple[Answer, str]:
        content = _chunks(request.body) if request.chunked else request.body
        path, headers = head(self.target, request)
        if path not in self._addresses:
            self._addresses[path] = httpx.URL(self.target.address(path))
        made = self._request(request.method, self._addresses[path], headers, content)
        made.extensions["trace"] = trace
        if request.fresh or request.filler:
            return await self._bounded(await stream(made, request.body, request.filler, self.target.network))
        if self.target.network.http2 and needs_http1(request):
            return await self._bounded(await self._first_version.handle_async_request(made))
        is_shared = self._is_kept and len(request.body) <= _LARGE
        transport = self._transport if is_shared else self._fresh
        return await self._bounded(await transport.handle_async_request(made))

    async def _bounded(self, response: httpx.Response) -> tuple[Answer, str]:
        """Read an answer; of long ones a run keeps the first few whole, and then the beginning."""
        answer, protocol = await _read(response, max(_SMALL_ANSWER, min(_LARGEST_ANSWER, _MOST_KEPT - self._kept)))
        if len(answer.body) > _SMALL_ANSWER:
            self._kept += len(answer.body)
        return answer, protocol

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

    def _opened(self, kept: int, *, http2: bool = False) -> Transport:
        network, secure = self.target.network, self.target.secure
        return Transport(network, secure=secure, most=self.connections, kept=kept, idle=_LONGEST_IDLE, http2=http2)


def needs_http1(request: PreparedRequest) -> bool:
    """Tell whether what is special about a request can be written in HTTP/1.1 only."""
    if request.chunked or request.fresh or request.filler:
        return True
    return any(name.lower() in _ONLY_IN_HTTP1 for name, _ in request.headers)


async def _read(response: httpx.Response, most: int = _SMALL_ANSWER) -> tuple[Answer, str]:
    """Read an answer, up to a size; return it with the protocol that it came in."""
    try:
        body, is_cut = await body_of(response, most)
    finally:
        await response.aclose()
    shown = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw)
    protocol = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii")
    return Answer(response.status_code, shown, body, is_cut), protocol


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 97):
        yield body[start : start + 97]
