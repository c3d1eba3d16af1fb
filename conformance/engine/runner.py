"""The runner: sends probes concurrently, within the ledger, and looks after a server that falls silent."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import httpx
from attrs import define, evolve, field, frozen

from conformance.engine.exchange import Answer, Exchange, Outcome, Silence
from conformance.engine.head import head
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Cost, PreparedRequest, Probe
from conformance.engine.readers_writer_lock import ReadersWriterLock
from conformance.engine.streaming import stream
from conformance.engine.target import Target
from conformance.errors import SuiteError, TargetError

__all__ = ["Event", "Pace", "Planned", "Runner", "Skip"]

_LARGEST_ANSWER = 1024 * 1024
_ENDLESS = "the server hung up over the length of the body, as RFC 9110, 15.5.14, allows, or read it too slowly"


@frozen
class Pace:
    """How fast to go, and how much to put up with; times in seconds.

    Attributes:
        patience: how long a run waits in all because the server asked for it.
        unexpected_acceptances: accepted free probes after which their group stops.
        silences: probes without an answer after which their group stops.
        most_silences: probes without an answer after which the run stops.
    """

    concurrency: int = 4
    timeout: float = 30.0
    patience: float = 60.0
    unexpected_acceptances: int = 1
    silences: int = 2
    most_silences: int = 12
    recovery_attempts: int = 7


@frozen
class Skip:
    """A probe that was not sent, and why."""

    probe: Probe
    reason: str


@frozen
class Planned:
    """So many more probes are about to be sent, or skipped."""

    count: int


Event = Exchange | Skip | Planned
Emit = Callable[[Event], None]


@define
class Runner:
    """Sends probes to one target and emits what came of each."""

    target: Target
    ledger: Ledger
    pace: Pace
    emit: Emit
    _transport: httpx.AsyncHTTPTransport = field(init=False, repr=False)
    _addresses: dict[str, httpx.URL] = field(factory=dict, init=False, repr=False)
    _unexpected: dict[str, int] = field(factory=dict, init=False)
    _silences: dict[str, int] = field(factory=dict, init=False)
    _waited: float = field(default=0.0, init=False)
    _epoch: float = field(factory=time.monotonic, init=False)
    _room: asyncio.Condition = field(factory=asyncio.Condition, init=False, repr=False)
    _lock: ReadersWriterLock = field(factory=ReadersWriterLock, init=False, repr=False)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Runner]:
        """Hold the connections open.

        A transport and not a client: no cookie, redirect or default header comes between a probe and the wire.
        """
        most = self.pace.concurrency + 1
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        verify = self.target.url.startswith("https:")
        async with httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False) as transport:
            self._transport = transport
            yield self

    async def reach(self) -> None:
        """Make sure that an HTTP server answers, before anything that could cost is sent.

        Raises:
            TargetError: nothing listens there, or it does not speak HTTP.
        """
        try:
            await self._ping()
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            raise TargetError(
                f"nothing answers at {self.target.url}: {error}; start the server or mend --url"
            ) from None
        except (TimeoutError, httpx.TimeoutException):
            raise TargetError(f"{self.target.url} gives no answer within {self.pace.timeout:g} s") from None
        except httpx.HTTPError as error:
            raise TargetError(f"{self.target.url} does not answer as an HTTP server does: {error}") from None

    async def send(self, probes: Iterable[Probe]) -> list[Exchange]:
        """Send probes; those of one group in turn, those that must be alone after all others.

        Raises:
            TargetError: the server stopped answering for good.
        """
        groups: dict[str, list[Probe]] = {}
        alone: list[Probe] = []
        planned = list(probes)
        self.emit(Planned(len(planned)))
        for probe in planned:
            (alone if probe.alone else groups.setdefault(probe.group, [])).append(probe)
        slots = asyncio.Semaphore(self.pace.concurrency)
        results: list[Exchange] = []

        async def run_group(group: Sequence[Probe]) -> None:
            async with slots:
                for probe in group:
                    results.extend(await self._send_one(probe))

        async with _failing_fast() as tasks:
            for group in groups.values():
                tasks.create_task(run_group(group))
        for probe in alone:
            results.extend(await self._send_one(probe))
        return results

    async def together(self, probes: Sequence[Probe]) -> list[Exchange]:
        """Send probes at the same time."""
        self.emit(Planned(len(probes)))
        async with _failing_fast() as tasks:
            made = [tasks.create_task(self._send_one(probe, concurrent=True)) for probe in probes]
        return [exchange for task in made for exchange in task.result()]

    async def _send_one(self, probe: Probe, *, concurrent: bool = False) -> list[Exchange]:
        exchange = await self._exchange(probe)
        if isinstance(exchange, Skip):
            self.emit(exchange)
            return []
        if concurrent:
            exchange = evolve(exchange, concurrent=True)
        self.emit(exchange)
        found = [exchange]
        if probe.confirm is not None and exchange.outcome not in (Outcome.UNAUTHENTICATED, Outcome.LIMITED):
            found += await self._send_one(probe.confirm)
        return found

    async def _exchange(self, probe: Probe) -> Exchange | Skip:
        """Send a probe once; again where the server asks for patience, or fell silent for another's sake."""
        while True:
            reason = await self._admit(probe)
            if reason is not None:
                return Skip(probe, reason)
            async with self._lock.shared():
                exchange = await self._attempt(probe)
            if exchange.outcome is Outcome.SILENT and probe.request.filler:
                await self._book(exchange)
                await self._recover()
                return Skip(probe, _ENDLESS)
            if exchange.outcome is Outcome.SILENT:
                exchange = await self._after_silence(exchange)
            delay = self._retry_after(exchange)
            await self._book(exchange)
            if delay is None:
                return exchange
            self._waited += delay
            await asyncio.sleep(delay)

    async def _after_silence(self, exchange: Exchange) -> Exchange:
        """Wait until the server is back, then send a free probe once more with nothing else under way.

        What else was on its way when a server breaks down falls silent too; only the second silence is
        about the probe. A billable request is never repeated: the server may have made the job.
        """
        probe = exchange.probe
        async with self._lock.exclusive():
            await self._recover()
            if probe.cost is Cost.FREE and self.pace.concurrency > 1:
                self.ledger.requests += 1
                exchange = await self._attempt(probe)
            if exchange.outcome is Outcome.SILENT:
                self._silences[probe.group] = self._silences.get(probe.group, 0) + 1
                await self._recover()
            return exchange

    async def _book(self, exchange: Exchange) -> None:
        if self.ledger.answered(exchange):
            group = exchange.probe.group
            self._unexpected[group] = self._unexpected.get(group, 0) + 1
        async with self._room:
            self._room.notify_all()

    async def _admit(self, probe: Probe) -> str | None:
        """Wait until the ledger has room and book the request; return why not, where it may not be sent."""
        async with self._room:
            await self._room.wait_for(lambda: self.ledger.has_room(probe) or not self.ledger.allows(probe))
            reason = self._reason_to_skip(probe)
            if reason is None:
                self.ledger.sending(probe)
            return reason

    def _reason_to_skip(self, probe: Probe) -> str | None:
        if self._unexpected.get(probe.group, 0) >= self.pace.unexpected_acceptances:
            return "a request of its group, built to be refused, was accepted; to save money the rest was not sent"
        if self._silences.get(probe.group, 0) >= self.pace.silences:
            return "several requests of its group got no answer; the rest was not sent"
        if not self.ledger.allows(probe):
            return f"the ceiling of {self.ledger.ceiling} creates is reached"
        credentials = probe.request.credentials
        if credentials.transform != "as-is" and self.target.is_same_token(credentials):
            return "the token is the same after this change"
        return None

    async def _attempt(self, probe: Probe) -> Exchange:
        started = time.monotonic()
        wall = time.time()
        answer: Answer | None = None
        silence: Silence | None = None
        detail = ""
        leaks: tuple[str, ...] = ()
        try:
            async with asyncio.timeout(self.pace.timeout):
                answer, leaks = await self._answer(probe.request)
        except (TimeoutError, httpx.TimeoutException):
            silence, detail = Silence.TIMEOUT, f"no answer within {self.pace.timeout:g} s"
        except (httpx.RemoteProtocolError, httpx.DecodingError) as error:
            dropped = "disconnected" in str(error)
            silence, detail = (Silence.DROPPED if dropped else Silence.UNREADABLE), self.target.redact(str(error))
        except httpx.LocalProtocolError as error:
            raise SuiteError(f"{probe.id} cannot be sent: {self.target.redact(str(error))}") from None
        except httpx.TransportError as error:
            silence, detail = Silence.DROPPED, self.target.redact(str(error) or type(error).__name__)
        elapsed = time.monotonic() - started
        return Exchange(probe, answer, silence, detail, started - self._epoch, elapsed, leaks, wall=wall)

    async def _answer(self, request: PreparedRequest) -> tuple[Answer, tuple[str, ...]]:
        content = _chunks(request.body) if request.chunked else request.body
        path, headers = head(self.target, request)
        prepared = self._request(request.method, path, headers, content)
        if request.filler or request.fresh:
            response = await stream(prepared, request.body, request.filler)
        else:
            response = await self._transport.handle_async_request(prepared)
        body = await _body(response)
        shown = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
        text = body.decode("utf-8", "surrogateescape")
        leaks = tuple(
            place
            for place, content in (("body", text), *((f"header {name}", value) for name, value in shown))
            if self.target.leaks(content)
        )
        clean = tuple((name, self.target.redact(value)) for name, value in shown)
        kept = self.target.redact(text).encode("utf-8", "surrogateescape")  # a near miss of the token is secret too
        return Answer(response.status_code, clean, kept), leaks

    async def _ping(self) -> None:
        """Ask for the root; a whole answer, or the beginning of a very long one, is a sign of life."""
        async with asyncio.timeout(self.pace.timeout):
            response = await self._transport.handle_async_request(self._request("GET", "/", [], b""))
            await _body(response)

    def _request(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], content: bytes | AsyncIterator[bytes]
    ) -> httpx.Request:
        timeout = httpx.Timeout(self.pace.timeout).as_dict()
        if path not in self._addresses:
            self._addresses[path] = httpx.URL(self.target.address(path))
        address = self._addresses[path]
        return httpx.Request(method, address, headers=headers, content=content, extensions={"timeout": timeout})

    def _retry_after(self, exchange: Exchange) -> float | None:
        """Return how long to wait before a repetition, or None where there shall be none."""
        answer = exchange.answer
        if answer is None or answer.status != 429:
            return None
        delay = _seconds(answer.header("retry-after") or "")
        if delay is None or self._waited + delay > self.pace.patience:
            return None
        return max(delay, 0.05)

    async def _recover(self) -> None:
        """Make sure after a silence that the server still answers.

        Raises:
            TargetError: it does not.
        """
        if sum(self._silences.values()) >= self.pace.most_silences:
            raise TargetError(f"{self.pace.most_silences} requests got no answer; a run cannot tell more")
        for attempt in range(self.pace.recovery_attempts):
            try:
                await self._ping()
            except (TimeoutError, httpx.TransportError):
                await asyncio.sleep(0.2 * 2**attempt)
            else:
                return
        raise TargetError("the server stopped answering; see the last request in the report")


@asynccontextmanager
async def _failing_fast() -> AsyncIterator[asyncio.TaskGroup]:
    """Run tasks together, and let the first error of ours out as itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except* (SuiteError, TargetError) as group:
        raise group.exceptions[0] from None


async def _body(response: httpx.Response) -> bytes:
    """Read an answer; of a very long one the beginning is enough."""
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _LARGEST_ANSWER:
                break
    finally:
        await response.aclose()
    return bytes(body)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 97):
        yield body[start : start + 97]


def _seconds(value: str) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3)."""
    if value.isascii() and value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
