"""The recording of an earlier run: what it learned, to be handed out again, and what it may have spent for nothing."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from decimal import Decimal

import httpx
from attrs import define, evolve, field, frozen

from conformance.engine.budget import NO_MONEY
from conformance.engine.exchange import Answer, Exchange, Silence
from conformance.engine.heard import Heard
from conformance.engine.jobs import MadeJob
from conformance.engine.journal import digest
from conformance.engine.probe import Probe

__all__ = ["RecordedAnswer", "RecordedConnection", "RecordedEvent", "RecordedLook", "Recording"]


@frozen
class RecordedAnswer:
    """What came of one request; attributes as those of an exchange.

    Attributes:
        asked: how many of the requests on record had set out before it came.
        digest: of the request.
        price: what it cost at worst, where it counts as a create or a possible one; else None.
        job: that it made.
    """

    probe: str
    asked: int
    digest: str
    answer: Answer | None
    silence: Silence | None
    detail: str = field(repr=False)
    started: float
    elapsed: float
    wall: float
    leaks: tuple[str, ...] = ()
    reused: bool = False
    protocol: str = "HTTP/1.1"
    price: Decimal | None = None
    job: MadeJob | None = None
    order: int = 0

    @property
    def until(self) -> float:
        """When it came."""
        return self.started + self.elapsed

    @property
    def says_nothing(self) -> bool:
        """Whether it is no answer, or one that says nothing about the request."""
        return self.answer is None or self.answer.status >= 500 or self.answer.status == 429

    def of(self, probe: Probe) -> Exchange:
        """Return the exchange."""
        told = (self.answer, self.silence, self.detail, self.started, self.elapsed, self.leaks)
        return Exchange(probe, *told, wall=self.wall, reused=self.reused, protocol=self.protocol)


@frozen
class RecordedLook:
    """What an address showed, or the kind and the words of the error that it gave."""

    url: str
    asked: int
    answer: Answer | None
    error: str
    detail: str = field(repr=False)
    until: float
    order: int = 0

    def again(self) -> Answer:
        """Return it.

        Raises:
            TimeoutError, httpx.HTTPError: as then.
        """
        if self.answer is not None:
            return self.answer
        kind = getattr(httpx, self.error, None)
        if isinstance(kind, type) and issubclass(kind, httpx.HTTPError):
            raise kind(self.detail)
        raise TimeoutError(self.detail)


@frozen
class RecordedConnection:
    """What came over a raw connection; `probes` and `digests` tell for what."""

    probes: tuple[str, ...]
    digests: tuple[str, ...]
    asked: int
    heard: Heard
    order: int = 0

    @property
    def until(self) -> float:
        """When it ended."""
        return self.heard.started + self.heard.elapsed


RecordedEvent = RecordedAnswer | RecordedLook | RecordedConnection


@define
class Recording:
    """What is on record, each once.

    Attributes:
        events: in the order in which they came.
        lost: what requests cost at worst that set out, could have made something, and of which nothing was heard.
        is_all: there is no server to ask for what is not on record.
        claims: how many requests were found on record so far.
        given: how far it has been handed out.
    """

    events: tuple[RecordedEvent, ...] = ()
    lost: tuple[Decimal, ...] = ()
    is_all: bool = False
    claims: int = field(default=0, init=False)
    given: int = field(default=0, init=False)
    _open: dict[tuple[str, str], deque[RecordedEvent]] = field(init=False, repr=False)
    _claimed: dict[str, deque[RecordedAnswer]] = field(init=False, repr=False)
    _granted: Counter[str] = field(factory=Counter, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.events = tuple(evolve(event, order=order) for order, event in enumerate(self.events))
        self._open, self._claimed = defaultdict(deque), defaultdict(deque)
        for event in self.events:
            self._open[_key(event)].append(event)

    @property
    def is_over(self) -> bool:
        """Whether all of it has been handed out, but for what nobody asked for again."""
        return self.given >= len(self.events)

    @property
    def reserved(self) -> int:
        """How many creates, or possible ones, it knows of that nothing in this run's own books stands for."""
        return len(self.lost) + sum(event.price is not None for event in self._unclaimed())

    @property
    def reserved_cost(self) -> Decimal:
        """What they cost at worst."""
        return sum((event.price for event in self._unclaimed() if event.price is not None), sum(self.lost, NO_MONEY))

    @property
    def jobs(self) -> tuple[MadeJob, ...]:
        """The jobs that they made."""
        return tuple(event.job for event in self._unclaimed() if event.job is not None)

    def holds(self, probe: Probe) -> bool:
        """Tell whether what a request is answered with is on record."""
        waiting = self._open.get(("answer", probe.id))
        known = waiting[0] if waiting else None
        if self._granted[probe.id]:
            return True
        return isinstance(known, RecordedAnswer) and known.digest == digest(probe)

    def claim(self, probe: Probe) -> bool:
        """Take a request for the next one of its name that is on record; tell whether there is one."""
        if not self.events or not self.holds(probe):
            return False
        if self._granted[probe.id]:
            self._granted[probe.id] -= 1
            return True
        self.claims += 1
        found = self._open["answer", probe.id].popleft()
        if isinstance(found, RecordedAnswer):
            self._claimed[probe.id].append(found)
        return True

    def answer(self, probe: Probe) -> RecordedAnswer | None:
        """Return what came of a request that was claimed."""
        waiting = self._claimed.get(probe.id)
        return waiting.popleft() if waiting else None

    def look(self, url: str) -> RecordedLook | None:
        """Return what an address showed."""
        waiting = self._open.get(("look", url))
        found = waiting.popleft() if waiting else None
        return found if isinstance(found, RecordedLook) else None

    def connection(self, probes: Sequence[Probe]) -> RecordedConnection | None:
        """Return what came over a connection, and take its requests for claimed."""
        waiting = self._open.get(("connection", probes[0].id)) if probes else None
        found = waiting[0] if waiting else None
        if not isinstance(found, RecordedConnection) or waiting is None:
            return None
        sent = probes[: found.heard.sent]
        if tuple(map(digest, sent)) != found.digests:
            return None
        waiting.popleft()
        self._granted.update(probe.id for probe in sent)
        self.claims += len(sent)
        return found

    def _unclaimed(self) -> Iterable[RecordedAnswer]:
        if not self.events:
            return ()
        return (event for waiting in self._open.values() for event in waiting if isinstance(event, RecordedAnswer))


def _key(event: RecordedEvent) -> tuple[str, str]:
    if isinstance(event, RecordedAnswer):
        return "answer", event.probe
    if isinstance(event, RecordedLook):
        return "look", event.url
    return "connection", event.probes[0]
