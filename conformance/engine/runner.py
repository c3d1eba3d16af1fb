"""The runner: sends probes concurrently, within the ledger, and stops where a server can tell nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import httpx
from attrs import define, evolve, field, frozen

from conformance.bodies.validity import Validity
from conformance.engine.ending import Ending
from conformance.engine.exchange import Answer, Exchange, Outcome
from conformance.engine.failing_fast import failing_fast
from conformance.engine.ledger import Ledger
from conformance.engine.pace import Pace
from conformance.engine.playback import Playback
from conformance.engine.probe import Cost, Probe
from conformance.engine.readers_writer_lock import ReadersWriterLock
from conformance.engine.retry_after import seconds_of
from conformance.engine.sender import Sender, needs_http1
from conformance.engine.target import Target
from conformance.errors import JournalError, TargetError

__all__ = ["ONLY_HTTP2", "Emit", "Event", "Planned", "Runner", "Skip"]

_ENDLESS = "the server hung up over the length of the body, as RFC 9110, 15.5.14, allows, or read it too slowly"
ONLY_HTTP2 = "the server speaks HTTP/2 alone, and this can be said in HTTP/1.1 only"
_TOO_LARGE = 413
_TOO_MANY = 429
_UNUSABLE = 500
_SPARED = 3  # one part of so many
_GRACE = 2.0  # seconds for what could create by mistake, when a run ends
_SETTLING = 0.05  # for what was answered last to be told on


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
Vet = Callable[[Probe], None]


@define
class Runner:
    """Sends probes to one target and emits what came of each.

    Attributes:
        vet: holds a probe to what it claims to be before it is booked; it raises where that is not so.
        ending: why the run ends before its end, where it does.
        room: tells of room in the ledger; shared by all runners that share one.
        creating_stopped: why nothing more is sent that is meant to create, once that is so.
        only_http2: the server speaks no HTTP/1.1.
    """

    target: Target
    ledger: Ledger
    pace: Pace
    emit: Emit
    vet: Vet = lambda _: None
    ending: Ending = field(factory=Ending)
    creating_stopped: str | None = field(default=None, init=False)
    sender: Playback = field(init=False, repr=False)
    only_http2: bool = field(default=False, init=False)
    _refused: dict[str, Probe] = field(factory=dict, init=False, repr=False)
    _unexpected: dict[str, int] = field(factory=dict, init=False)
    _silences: dict[str, int] = field(factory=dict, init=False)
    unusable: int = field(default=0, init=False)
    _unclear: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)
    _room: asyncio.Condition = field(factory=asyncio.Condition, kw_only=True, repr=False)
    _lock: ReadersWriterLock = field(factory=ReadersWriterLock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        sender = Sender(self.target, self.pace.timeout, self.pace.concurrency + 1)
        self.sender = Playback(sender, self.ledger.recording, self.ledger.journal, self.ending)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Runner]:
        """Hold the connections open."""
        async with self.sender.connected():
            yield self

    async def look(self, url: str, *, is_http1: bool = False) -> Answer:
        """Ask for a resource at any address, without credentials; if need be in HTTP/1.1.

        Raises:
            TimeoutError, httpx.TransportError: there is no answer.
        """
        return await self.sender.look(url, is_http1=is_http1)

    def learn(self, control: Probe) -> None:
        """Remember that the server refuses a plain request for its defect: it is what others hide behind."""
        for requirement in control.decides:
            self._refused.setdefault(requirement, control)

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

        async with failing_fast() as tasks:
            for group in groups.values():
                tasks.create_task(run_group(group))
        for probe in alone:
            results.extend(await self._send_one(probe))
        return results

    async def together(self, probes: Sequence[Probe]) -> list[Exchange]:
        """Send probes at the same time."""
        self.emit(Planned(len(probes)))
        async with failing_fast() as tasks:
            made = [tasks.create_task(self._send_one(probe, concurrent=True)) for probe in probes]
        return [exchange for task in made for exchange in task.result()]

    async def admit(self, probe: Probe) -> str | None:
        """Book a request that goes out by other means than this runner's own; return why not, where it may not."""
        reason = await self._admit(probe)
        if reason is not None:
            self.emit(Skip(probe, reason))
        return reason

    async def come_home(self) -> None:
        """Wait for what is under way: for what is meant to create until it is answered, for what could a little."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(self.pace.timeout, self.pace.create_timeout)), self._room:
                await self._room.wait_for(lambda: self.ledger.billable_under_way == 0)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE), self._room:
                await self._room.wait_for(lambda: self.ledger.under_way == 0)
        await asyncio.sleep(_SETTLING)

    async def settle(self, exchange: Exchange) -> None:
        """Book what came of a request that was admitted; until then it holds the place of what it may make."""
        self._book(exchange)
        await self._tell_of_room()

    async def _send_one(self, probe: Probe, *, concurrent: bool = False) -> list[Exchange]:
        exchange = await self._exchange(probe)
        if isinstance(exchange, Skip):
            self.emit(exchange)
            return []
        if concurrent:
            exchange = evolve(exchange, concurrent=True)
        self.emit(exchange)
        self._end_where_hopeless()
        found = [exchange]
        if probe.confirm is not None and exchange.outcome is Outcome.REFUSED:
            found += await self._send_one(probe.confirm)
        return found

    async def _exchange(self, probe: Probe) -> Exchange | Skip:
        """Send a probe; again where the server asks for patience, or gave no answer that could be about the probe."""
        while True:
            reason = await self._admit(probe)
            if reason is not None:
                return Skip(probe, reason)
            async with self._lock.shared():
                exchange = await self._attempt(probe)
            # Booked before anything else can be: the place that the first attempt had is kept for the second.
            is_hung_up = exchange.outcome is Outcome.SILENT and probe.request.filler > 0
            is_repeated = exchange.is_unusable and not is_hung_up and self._may_repeat(exchange) and self._books(probe)
            await self._tell_of_room()
            if is_hung_up:
                await self._recover(exchange)
                return Skip(probe, _ENDLESS)
            if exchange.is_unusable:
                exchange = await self._look_after(exchange, is_repeated=is_repeated)
            elif exchange.status == _TOO_LARGE:
                async with self._lock.exclusive():  # the connection may be closed any moment, or be wedged
                    await self.sender.renew()
            delay = self._retry_after(exchange)
            if delay is None:
                self._count_clear(exchange)
                return exchange
            self._waited += delay
            await self.sender.pause(delay)

    async def _attempt(self, probe: Probe) -> Exchange:
        """Send a booked probe, and book what came of it the moment that it is known."""
        is_meant = probe.cost is Cost.BILLABLE
        patience = max(self.pace.timeout, self.pace.create_timeout) if is_meant else self.pace.timeout
        exchange = await self.sender.attempt(probe, patience)
        self._book(exchange)
        is_unusable = exchange.is_unusable or exchange.status == _TOO_MANY
        self.unusable = self.unusable + 1 if is_unusable else 0
        return exchange

    def _book(self, exchange: Exchange) -> None:
        group, before = exchange.probe.group, self.ledger.booked
        try:
            self.ledger.answered(exchange, is_behind_refusal=self._is_behind_refusal(exchange))
        except JournalError as error:
            self.ending.ask_once(str(error))
        if exchange.probe.cost is Cost.FREE and self.ledger.booked > before:
            self._unexpected[group] = self._unexpected.get(group, 0) + 1

    def _may_repeat(self, exchange: Exchange) -> bool:
        """Tell whether what came to nothing may be sent again; never what is meant to cost money.

        What may have made something, and may make it again, has only a part of what may be spent: the rest is
        for creates.
        """
        probe = exchange.probe
        if probe.cost is not Cost.FREE or self.unusable >= self.pace.most_unusable:
            return False
        is_spared = not probe.can_create or self._is_behind_refusal(exchange)
        is_spared = is_spared or self.ledger.booked < self.ledger.ceiling // _SPARED
        return is_spared and self.ledger.has_room(probe)

    async def _look_after(self, exchange: Exchange, *, is_repeated: bool) -> Exchange:
        """Wait until the server is back, then send a free probe once more, alone and over a fresh connection.

        What else was on its way when a server breaks down fails too; only the second failure is about the probe.
        """
        probe, first = exchange.probe, exchange
        async with self._lock.exclusive():
            await self._recover(exchange)
            if is_repeated:
                await self.sender.renew()
                exchange = evolve(await self._attempt(probe), earlier=first)
            if exchange.earlier is not None and exchange.is_unusable:
                exchange = evolve(exchange, contrasted=await self._is_contrasted(exchange))
            if exchange.outcome is Outcome.SILENT:
                self._silences[probe.group] = self._silences.get(probe.group, 0) + 1
                await self._recover(exchange)
        await self._tell_of_room()
        return exchange

    def _is_behind_refusal(self, exchange: Exchange) -> bool:
        """Tell whether a server failed over, or sent elsewhere, a form with a defect that it is known to refuse."""
        is_unclear = exchange.is_unusable or exchange.is_redirect
        return is_unclear and self._control(exchange.probe, exact=True) is not None

    def _control(self, probe: Probe, *, exact: bool) -> Probe | None:
        """Return a plain request that was refused: for the probe's own defect, or else of its operation, or any."""
        own = [self._refused[name] for name in (*probe.if_accepted, *probe.lacks) if name in self._refused]
        if exact:
            return own[0] if own and probe.validity is Validity.INVALID and probe.cost is Cost.FREE else None
        others = sorted(self._refused.values(), key=lambda control: control.operation.id != probe.operation.id)
        return next(iter([*own, *others]), None)

    async def _is_contrasted(self, exchange: Exchange) -> bool:
        """Tell whether a plain refusal still comes right after a breakdown; without any known, the root has to do."""
        control = self._control(exchange.probe, exact=False)
        if control is None:
            return (await self._ping() or _UNUSABLE) < _UNUSABLE
        if not self.ledger.has_room(control) or not self._books(control):
            return False
        is_refused = (await self._attempt(control)).outcome is Outcome.REFUSED
        if not is_refused and self._is_behind_refusal(exchange):
            for name in (*exchange.probe.if_accepted, *exchange.probe.lacks):
                self._refused.pop(name, None)
            self.ledger.doubted(exchange.probe)  # the first time
            self.ledger.doubted(exchange.probe)  # and its repetition
        return is_refused

    async def _tell_of_room(self) -> None:
        async with self._room:
            self._room.notify_all()

    async def _admit(self, probe: Probe) -> str | None:
        """Wait until the ledger has room and book the request; return why not, where it may not be sent."""
        self.vet(probe)
        if await self.sender.lacks(probe):
            return self._reason_to_skip(probe) or await self.sender.missing()
        async with self._room:
            await self._room.wait_for(lambda: self.ledger.has_room(probe) or not self.ledger.allows(probe))
            is_unsayable = self.only_http2 and (probe.wire is not None or needs_http1(probe.request))
            reason = ONLY_HTTP2 if is_unsayable else self._reason_to_skip(probe)
            may_go = reason is not None or self._books(probe)
        if not may_go:
            await self.ending.parked()
        return reason

    def _books(self, probe: Probe) -> bool:
        """Book a request that is about to be sent; tell whether it may be, or the run is to end."""
        if self.ledger.is_used_up:
            self.ending.ask_once(f"the {self.ledger.budget.max_requests} requests of --max-requests are used up")
        if self.ending.reason is not None:
            return False
        try:
            self.ledger.sending(probe, is_behind_refusal=self._control(probe, exact=True) is not None)
        except JournalError as error:
            self.ending.ask_once(str(error))
            return False
        return True

    def _reason_to_skip(self, probe: Probe) -> str | None:
        if probe.cost is Cost.BILLABLE and self.creating_stopped is not None:
            return self.creating_stopped
        if self._unexpected.get(probe.group, 0) >= self.pace.unexpected_acceptances:
            return (
                "a request like it, which had to be refused, was accepted, or may have been;"
                " no more of them were sent, to save money: `--surprises` sends more"
            )
        if probe.cost is Cost.FREE and self._silences.get(probe.group, 0) >= self.pace.silences:
            return "several requests like it got no answer, and no more of them were sent"
        if not self.ledger.allows(probe):
            return self.ledger.end_of_creating
        credentials = probe.request.credentials
        if credentials.transform != "as-is" and self.target.is_same_token(credentials):
            return "the token is the same after this change"
        return None

    def _count_clear(self, exchange: Exchange) -> None:
        """Stop creating after a few creates in a row that were neither accepted nor refused beyond doubt."""
        if exchange.probe.cost is not Cost.BILLABLE:
            return
        is_clear = exchange.shows_something_made or exchange.outcome is Outcome.REFUSED
        self._unclear = 0 if is_clear else self._unclear + 1
        if self._unclear >= min(self.pace.most_unclear, max(self.ledger.ceiling, 1)):
            told = exchange.detail if exchange.status is None else f"HTTP {exchange.status}"
            count = "the last create was" if self._unclear == 1 else f"{self._unclear} creates in a row were"
            self.creating_stopped = f"{count} neither accepted nor refused beyond doubt ({told}); no more were sent"

    def _end_where_hopeless(self) -> None:
        """End a run in which nothing that is answered says anything.

        Raises:
            TargetError: that is so.
        """
        if self.unusable >= self.pace.most_unusable:
            raise TargetError(
                f"the last {self.unusable} answers were 5xx, 429 or none at all; a run cannot tell more:"
                " wait until the server is well, or look at what limits or stands in front of it"
            )

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self.sender.now

    def _retry_after(self, exchange: Exchange) -> float | None:
        """Return how long to wait before a repetition, or None where there shall be none."""
        answer = exchange.answer
        if answer is None or answer.status != _TOO_MANY or self.unusable >= self.pace.most_unusable:
            return None
        delay = seconds_of(answer.header("retry-after") or "")
        if delay is None or self._waited + delay > self.pace.patience:
            return None
        return max(delay, 0.05)

    async def _recover(self, exchange: Exchange) -> None:
        """Make sure after a silence that the server still answers.

        Raises:
            TargetError: it does not.
        """
        if exchange.outcome is not Outcome.SILENT:
            return
        trouble = "the server stopped answering; see the last request in the report"
        if sum(self._silences.values()) >= self.pace.most_silences:
            trouble = f"{self.pace.most_silences} requests got no answer; a run cannot tell more"
        else:
            for attempt in range(self.pace.recovery_attempts):
                if await self._ping() is not None:
                    return
                await self.sender.pause(0.2 * 2**attempt)
        self.emit(exchange)
        raise TargetError(trouble)

    async def _ping(self) -> int | None:
        """Return the status of the root, if it is answered."""
        try:
            return (await self.sender.look(self.target.address("/"))).status
        except (TimeoutError, httpx.TransportError):
            return None
