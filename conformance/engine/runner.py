"""The runner: sends probes concurrently, within the ledger, and stops where a server can tell nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager

import httpx
from attrs import define, evolve, field, frozen

from conformance.bodies.validity import Validity
from conformance.engine.exchange import Answer, Exchange, Outcome
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Cost, Probe
from conformance.engine.readers_writer_lock import ReadersWriterLock
from conformance.engine.retry_after import seconds_of
from conformance.engine.sender import Sender
from conformance.engine.target import Target
from conformance.errors import SuiteError, TargetError

__all__ = ["Event", "Pace", "Planned", "Runner", "Skip"]

_ENDLESS = "the server hung up over the length of the body, as RFC 9110, 15.5.14, allows, or read it too slowly"
_TOO_LARGE = 413
_LARGE = 256 * 1024  # many servers answer before they have read so much, and leave the connection in disorder
_TOO_MANY = 429
_UNUSABLE = 500
_SPARED = 3  # one part of so many


@frozen
class Pace:
    """How fast to go, and how much to put up with; times in seconds.

    Attributes:
        timeout: how long to wait for a refusal.
        create_timeout: how long to wait for what costs money: as long as the generated client does.
        patience: how long a run waits in all because the server asked for it.
        unexpected_acceptances: accepted free probes after which their group stops.
        silences: probes without an answer after which their group stops.
        most_silences: probes without an answer after which the run stops.
        most_unusable: answers in a row that say nothing (5xx, 429, none at all) after which the run stops.
        most_unclear: creates in a row, neither accepted nor refused beyond doubt, after which no more are sent.
    """

    concurrency: int = 4
    timeout: float = 30.0
    create_timeout: float = 120.0
    patience: float = 60.0
    unexpected_acceptances: int = 1
    silences: int = 2
    most_silences: int = 12
    most_unusable: int = 9
    most_unclear: int = 3
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
Vet = Callable[[Probe], None]


@define
class Runner:
    """Sends probes to one target and emits what came of each.

    Attributes:
        vet: holds a probe to what it claims to be before it is booked; it raises where that is not so.
        creating_stopped: why nothing more is sent that is meant to create, once that is so.
    """

    target: Target
    ledger: Ledger
    pace: Pace
    emit: Emit
    vet: Vet = lambda _: None
    creating_stopped: str | None = field(default=None, init=False)
    _sender: Sender = field(init=False, repr=False)
    _refused: dict[str, Probe] = field(factory=dict, init=False, repr=False)
    _unexpected: dict[str, int] = field(factory=dict, init=False)
    _silences: dict[str, int] = field(factory=dict, init=False)
    _unusable: int = field(default=0, init=False)
    _unclear: int = field(default=0, init=False)
    _waited: float = field(default=0.0, init=False)
    _room: asyncio.Condition = field(factory=asyncio.Condition, init=False, repr=False)
    _lock: ReadersWriterLock = field(factory=ReadersWriterLock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._sender = Sender(self.target, self.pace.timeout, self.pace.concurrency + 1)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[Runner]:
        """Hold the connections open."""
        async with self._sender.connected():
            yield self

    async def look(self, url: str) -> Answer:
        """Ask for a resource at any address, without credentials.

        Raises:
            TimeoutError, httpx.TransportError: there is no answer.
        """
        return await self._sender.look(url)

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

    async def admit(self, probe: Probe) -> bool:
        """Book a request that goes out by other means than this runner's own; tell why not, where it may not."""
        reason = await self._admit(probe)
        if reason is not None:
            self.emit(Skip(probe, reason))
        return reason is None

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
            is_repeated = exchange.is_unusable and not is_hung_up and self._may_repeat(exchange)
            if is_repeated:
                self.ledger.sending(probe)
            await self._tell_of_room()
            if is_hung_up:
                await self._recover(exchange)
                return Skip(probe, _ENDLESS)
            if exchange.is_unusable:
                exchange = await self._look_after(exchange, is_repeated=is_repeated)
            elif exchange.status == _TOO_LARGE or len(probe.request.body) > _LARGE:
                async with self._lock.exclusive():  # the connection may be closed any moment, or be wedged
                    await self._sender.renew()
            delay = self._retry_after(exchange)
            if delay is None:
                self._count_clear(exchange)
                return exchange
            self._waited += delay
            await asyncio.sleep(delay)

    async def _attempt(self, probe: Probe) -> Exchange:
        """Send a booked probe, and book what came of it the moment that it is known."""
        is_meant = probe.cost is Cost.BILLABLE
        patience = max(self.pace.timeout, self.pace.create_timeout) if is_meant else self.pace.timeout
        exchange = await self._sender.attempt(probe, patience)
        self._book(exchange)
        is_unusable = exchange.is_unusable or exchange.status == _TOO_MANY
        self._unusable = self._unusable + 1 if is_unusable else 0
        return exchange

    def _book(self, exchange: Exchange) -> None:
        group = exchange.probe.group
        if self.ledger.answered(exchange, is_behind_refusal=self._is_behind_refusal(exchange)):
            self._unexpected[group] = self._unexpected.get(group, 0) + 1

    def _may_repeat(self, exchange: Exchange) -> bool:
        """Tell whether what came to nothing may be sent again; never what is meant to cost money.

        What may have made something, and may make it again, has only a part of what may be spent: the rest is
        for creates.
        """
        probe = exchange.probe
        if probe.cost is not Cost.FREE or self._unusable >= self.pace.most_unusable:
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
                await self._sender.renew()
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
        if not self.ledger.has_room(control):
            return False
        self.ledger.sending(control)
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
        async with self._room:
            await self._room.wait_for(lambda: self.ledger.has_room(probe) or not self.ledger.allows(probe))
            reason = self._reason_to_skip(probe)
            if reason is None:
                self.ledger.sending(probe)
            return reason

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
            count = "the last create was" if self._unclear == 1 else f"{self._unclear} creates in a row were"
            self.creating_stopped = (
                f"{count} neither accepted nor refused beyond doubt ({_told(exchange)}); no more were sent"
            )

    def _end_where_hopeless(self) -> None:
        """End a run in which nothing that is answered says anything.

        Raises:
            TargetError: that is so.
        """
        if self._unusable >= self.pace.most_unusable:
            raise TargetError(
                f"the last {self._unusable} answers were 5xx, 429 or none at all; a run cannot tell more:"
                " wait until the server is well, or look at what limits or stands in front of it"
            )

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self._sender.now

    def _retry_after(self, exchange: Exchange) -> float | None:
        """Return how long to wait before a repetition, or None where there shall be none."""
        answer = exchange.answer
        if answer is None or answer.status != _TOO_MANY or self._unusable >= self.pace.most_unusable:
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
                await asyncio.sleep(0.2 * 2**attempt)
        self.emit(exchange)
        raise TargetError(trouble)

    async def _ping(self) -> int | None:
        """Return the status of the root, if it is answered."""
        try:
            return (await self._sender.look(self.target.address("/"))).status
        except (TimeoutError, httpx.TransportError):
            return None


@asynccontextmanager
async def _failing_fast() -> AsyncIterator[asyncio.TaskGroup]:
    """Run tasks together, and let the first error of ours out as itself."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except* (SuiteError, TargetError) as group:
        raise group.exceptions[0] from None


def _told(exchange: Exchange) -> str:
    return exchange.detail if exchange.status is None else f"HTTP {exchange.status}"
