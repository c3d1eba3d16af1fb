"""Sends probes: concurrently where it may, within the ledger, and never past a hang without looking back."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import httpx
from attrs import define, evolve, field, frozen

from conformance.errors import SuiteError, TargetError
from conformance.exchange import Answer, Exchange, Outcome, Silence
from conformance.gate import Gate
from conformance.ledger import Ledger
from conformance.probe import Cost, Message, Probe
from conformance.target import Target

__all__ = ["Pace", "Runner", "Skip"]

_LARGEST_ANSWER = 1024 * 1024


@frozen
class Pace:
    """How fast to go; times in seconds."""

    concurrency: int = 4
    timeout: float = 30.0
    patience: float = 60.0
    surprises: int = 1
    recovery_attempts: int = 7


@frozen
class Skip:
    """A probe that was not sent, and why."""

    probe: Probe
    reason: str


Emit = Callable[[Exchange | Skip], None]


@define
class Runner:
    """Sends probes to one target and emits what came of each."""

    target: Target
    ledger: Ledger
    pace: Pace
    emit: Emit
    _client: httpx.AsyncClient = field(init=False, repr=False)
    _surprises: dict[str, int] = field(factory=dict, init=False)
    _waited: float = field(default=0.0, init=False)
    _epoch: float = field(factory=time.monotonic, init=False)
    _room: asyncio.Condition = field(factory=asyncio.Condition, init=False, repr=False)
    _gate: Gate = field(factory=Gate, init=False, repr=False)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Runner]:
        """Hold the connections open."""
        limits = httpx.Limits(max_connections=self.pace.concurrency + 1, max_keepalive_connections=self.pace.concurrency + 1)
        async with httpx.AsyncClient(timeout=self.pace.timeout, limits=limits, trust_env=False) as client:
            self._client = client
            yield self

    async def reach(self) -> None:
        """Make sure that an HTTP server answers, before anything that could cost is sent.

        Raises:
            TargetError: nothing listens there, or it does not speak HTTP.
        """
        try:
            await self._client.get(self.target.address("/"))
        except httpx.ConnectError as error:
            raise TargetError(f"nothing answers at {self.target.url}: {error}; start the server or mend --url") from None
        except httpx.TimeoutException:
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
        for probe in probes:
            (alone if probe.alone else groups.setdefault(probe.group, [])).append(probe)
        gate = asyncio.Semaphore(self.pace.concurrency)
        results: list[Exchange] = []

        async def run_group(group: Sequence[Probe]) -> None:
            async with gate:
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
            async with self._gate.shared():
                exchange = await self._attempt(probe)
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
        async with self._gate.exclusive():
            await self._recover()
            if probe.cost is Cost.BILLABLE or not self.pace.concurrency > 1:
                return exchange
            self.ledger.requests += 1
            repeated = await self._attempt(probe)
            if repeated.outcome is Outcome.SILENT:
                await self._recover()
            return repeated

    async def _book(self, exchange: Exchange) -> None:
        if self.ledger.answered(exchange):
            group = exchange.probe.group
            self._surprises[group] = self._surprises.get(group, 0) + 1
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
        if self._surprises.get(probe.group, 0) >= self.pace.surprises:
            return "a request of its group, built to be refused, was accepted; to save money the rest was not sent"
        if not self.ledger.allows(probe):
            return f"the ceiling of {self.ledger.ceiling} creates is reached"
        auth = probe.message.auth
        if auth.transform != "as-is" and self.target.is_same_token(auth):
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
                answer, leaks = await self._answer(probe.message)
        except (TimeoutError, httpx.TimeoutException):
            silence, detail = Silence.TIMEOUT, f"no answer within {self.pace.timeout:g} s"
        except (httpx.RemoteProtocolError, httpx.DecodingError) as error:
            dropped = "disconnected" in str(error) or "closed" in str(error)
            silence, detail = (Silence.DROPPED if dropped else Silence.UNREADABLE), self.target.redact(str(error))
        except httpx.LocalProtocolError as error:
            raise SuiteError(f"{probe.id} cannot be sent: {self.target.redact(str(error))}") from None
        except httpx.TransportError as error:
            silence, detail = Silence.DROPPED, self.target.redact(str(error) or type(error).__name__)
        elapsed = time.monotonic() - started
        return Exchange(probe, answer, silence, detail, started - self._epoch, elapsed, leaks, wall=wall)

    async def _answer(self, message: Message) -> tuple[Answer, tuple[str, ...]]:
        headers = [*message.headers, ("Accept", "application/json")]
        authorization = self.target.authorization(message.auth)
        if authorization is not None:
            headers.append(("Authorization", authorization))
        content = _chunks(message.body) if message.chunked else message.body
        request = self._client.build_request(message.method, self.target.address(message.path), headers=headers, content=content)
        response = await self._client.send(request, stream=True)
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST_ANSWER:
                    break
        finally:
            await response.aclose()
        shown = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw]
        text = bytes(body).decode("utf-8", "surrogateescape")
        leaks = tuple(
            place
            for place, content in (("body", text), *((f"header {name}", value) for name, value in shown))
            if self.target.leaks(content)
        )
        clean = tuple((name, self.target.redact(value)) for name, value in shown)
        kept = self.target.redact(text).encode("utf-8", "surrogateescape") if leaks else bytes(body)
        return Answer(response.status_code, clean, kept), leaks

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
        for attempt in range(self.pace.recovery_attempts):
            try:
                await self._client.get(self.target.address("/"), timeout=self.pace.timeout)
            except httpx.TransportError:
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


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 97):
        yield body[start : start + 97]


def _seconds(value: str) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3)."""
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
