"""Follows jobs that a run has made anyway: looks at once, while it waits as long as the user likes, and in the end.

Looking costs nothing, and is done politely: at few jobs, less and less often, and not before a server says that it may
be. How long is waited is counted in what was slept and what answers took, never on a clock: a run that is carried out
again from its recording decides as it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from attrs import define, evolve, field

from conformance.campaign.wanted import Wanted
from conformance.checks.coherence import job_of
from conformance.contract import Contract, Operation, Stage
from conformance.contract.lives import Life, downloads, life_of, lives
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.retry_after import seconds_of
from conformance.engine.runner import Event, Runner, Skip
from conformance.probes.builder import Builder
from conformance.probes.watching_jobs import concerned, early, foreign, look, parts

__all__ = ["Follower"]

_MOST_JOBS = 2  # of one kind
_AT_ONCE = 6  # looks in a row at a job that moves from one to the next
_MISSES = 2  # looks in a row that show no job, after which nobody looks again
_GROWTH, _LONGEST = 1.5, 30.0  # by which the time between looks grows, and how often the first one it becomes
_MOST_WAITS = 20  # of the longest kind: whoever waits for hours looks no more often for it
_ENDED = ("succeeded", "failed")
_OF_THE_END = ("ending-stays", "ending-time-stays", "has-result")
_OF_THE_RESULT = ("true-to-type", "part", "part-beyond", "head", "head-length", "private-result")
_NO_SECOND = (
    "it takes the token of another account, and none was given: `--second-token-env` names the variable that holds one"
)
_TOO_LATE = "every job had ended before its result could be asked for too early"
_ALL_FAILED = "every job that was watched failed, so that none has a result"
_NO_LOOK = "no look at a job that was made showed one"


@define
class _Followed:
    """A job, and what the last look showed of it."""

    id: str
    name: str
    stage: Stage | None = None
    progress: Any = None
    is_shown: bool = False
    looks: int = 0
    misses: int = 0

    @property
    def has_ended(self) -> bool:
        return self.stage in _ENDED

    @property
    def is_open(self) -> bool:
        """Whether another look may show more."""
        return not self.has_ended and self.misses < _MISSES

    def note(self, exchange: Exchange | None) -> bool:
        """Remember what a look showed; tell whether the job has moved since the one before."""
        job = job_of(exchange) if exchange is not None else None
        self.looks += 1
        if job is None:
            self.misses += 1
            return False
        before = self.stage, self.progress
        self.misses, self.is_shown = 0, True
        self.stage, self.progress = job.stage, job.values.get("progress")
        return (self.stage, self.progress) != before


@define
class Follower:
    """Looks at jobs, and asks for what has become of them.

    Attributes:
        seconds: how long to wait for them in all.
        emit: is told of what could not be asked.
        tell: is told of what is no evidence yet.
        jobs: that are followed, by the id of the operation that shows them.
        early: what was asked of operations too early, by their ids; it is evidence only where a server offers them.
    """

    contract: Contract
    runner: Runner
    wanted: Wanted
    seconds: float
    emit: Callable[[Event], None]
    tell: Callable[[Event], None]
    jobs: dict[str, list[_Followed]] = field(factory=dict, init=False)
    early: dict[str, list[Exchange]] = field(factory=dict, init=False)
    _has_waited: bool = field(default=False, init=False)
    _has_finished: bool = field(default=False, init=False)

    def wants(self, life: Life) -> bool:
        """Tell whether anything that is wanted shows in the lives of such jobs."""
        prefixes = tuple(f"{operation.id}/" for operation in (life.reader, *life.fetchers))
        return self.wanted.of_accepted or any(name.startswith(prefixes) for name in self.wanted.chosen)

    async def meet(self, life: Life, maker: Operation, exchanges: Iterable[Exchange]) -> None:
        """Look at some of the jobs that an operation has just made; ask for a result that there cannot be yet."""
        known = self.jobs.setdefault(life.reader.id, [])
        ids = _chosen(maker, exchanges)[: _MOST_JOBS - len(known)]
        met = [_Followed(job, str(number)) for number, job in enumerate(ids, len(known) + 1)]
        known += met
        await self._look(life, met)
        if met and len(known) == len(met):
            await self._ask_early(life, met[0])
            await self._ask_as_another(life, life.reader, met[0])

    async def wait(self) -> None:
        """Look until jobs have ended, as long as the user waits for them; without a wish to wait, while they move."""
        if self._has_waited:
            return
        self._has_waited = True
        await self._follow()
        for life, jobs in self._met():
            self._explain(life, jobs)

    async def finish(self) -> None:
        """Look once more at every job that has ended: it stays so."""
        if self._has_finished:
            return
        self._has_finished = True
        await self.wait()
        for life, jobs in self._met():
            await self._look(life, [job for job in jobs if job.has_ended])

    def with_result(self, builder: Builder) -> Builder | None:
        """Return a builder of requests for a result that there is; None where there is none yet."""
        life = life_of(self.contract, builder.operation)
        if life is None or builder.operation not in life.fetchers:
            return builder
        done = next((job.id for job in self.jobs.get(life.reader.id, ()) if job.stage == "succeeded"), None)
        if done is None:
            return None
        others = tuple(name for name in builder.made.get(life.keeper.id, ()) if name != done)
        return evolve(builder, made={**builder.made, life.keeper.id: (done, *others)})

    async def examine(self, fetcher: Operation, exchanges: Sequence[Exchange]) -> None:
        """Ask for parts of a result that was sent, for its head, and for it as another account."""
        if not downloads(self.contract, fetcher):
            return
        whole = next((one for one in reversed(exchanges) if _is_whole(fetcher, one)), None)
        if whole is None:
            return
        await self.runner.send(self.wanted.among(parts(whole)))
        life = life_of(self.contract, fetcher)
        done = [job for job in self.jobs.get(life.reader.id, ()) if job.stage == "succeeded"] if life else []
        if life is not None and done:
            await self._ask_as_another(life, fetcher, done[0])

    def _met(self) -> Iterator[tuple[Life, list[_Followed]]]:
        for life in lives(self.contract):
            if jobs := self.jobs.get(life.reader.id):
                yield life, jobs

    async def _follow(self) -> None:
        waited, asked, delay = 0.0, 0.0, self.runner.pace.look_every
        longest = max(delay * _LONGEST, self.seconds / _MOST_WAITS)
        for _ in range(_AT_ONCE):
            moving, taken, asked = await self._look_at_all()
            waited += taken
            if not moving or asked:
                break
        while self._open() and waited < self.seconds:
            pause = max(min(delay, self.seconds - waited), asked)
            if waited + pause > self.seconds:  # the server wants to be left alone for longer
                break
            await self.runner.sender.pause(pause)
            _, taken, asked = await self._look_at_all()
            waited += pause + taken
            delay = min(delay * _GROWTH, longest)

    def _open(self) -> list[tuple[Life, list[_Followed]]]:
        found = [(life, [job for job in jobs if job.is_open]) for life, jobs in self._met()]
        return [(life, jobs) for life, jobs in found if jobs]

    async def _look_at_all(self) -> tuple[bool, float, float]:
        """Look at all that may show more; tell whether some moved, how long it took, and what the server asks for."""
        moved, taken, asked = False, 0.0, 0.0
        for life, jobs in self._open():
            has_moved, exchanges = await self._look(life, jobs)
            moved = moved or has_moved
            taken += max((one.elapsed for one in exchanges), default=0.0)
            asked = max((asked, *map(_patience, exchanges)))
        return moved, taken, asked

    async def _look(self, life: Life, jobs: Sequence[_Followed]) -> tuple[bool, list[Exchange]]:
        probes = [look(self.contract, life, job.id, f"{job.name}/{job.looks + 1}") for job in jobs]
        exchanges = await self.runner.send(probes)
        by_probe = {one.probe.id: one for one in exchanges}
        moved = [job.note(by_probe.get(probe.id)) for job, probe in zip(jobs, probes, strict=True)]
        return any(moved), exchanges

    async def _ask_early(self, life: Life, job: _Followed) -> None:
        """Ask for the result of a job that has not ended; what was sent counts where it had not ended after that."""
        if not job.is_shown or job.has_ended:
            return
        asked = [early(self.contract, life, fetcher, job.id) for fetcher in life.fetchers]
        emit, self.runner.emit = self.runner.emit, self.tell
        try:
            exchanges = await self.runner.send(self.wanted.among(asked))
        finally:
            self.runner.emit = emit
        for one in exchanges:
            self.early.setdefault(one.probe.operation.id, []).append(one)
        if any(one.outcome is Outcome.ACCEPTED for one in exchanges):
            await self._look(life, [job])

    async def _ask_as_another(self, life: Life, operation: Operation, job: _Followed) -> None:
        if operation.scheme is None:
            return
        probe = foreign(self.contract, life, operation, job.id)
        if self.runner.target.second_token is None:
            self.emit(Skip(probe, _NO_SECOND))
        else:
            await self.runner.send(self.wanted.among([probe]))

    def _explain(self, life: Life, jobs: Sequence[_Followed]) -> None:
        """Say of what no job has shown why it has not."""
        if not any(job.is_shown for job in jobs):
            self._skip(life, jobs, _NO_LOOK, *_OF_THE_END, *_OF_THE_RESULT, "not-before-success")
            return
        if not any(job.has_ended for job in jobs):
            self._skip(life, jobs, self._why_unended, *_OF_THE_END, *_OF_THE_RESULT)
        elif not any(job.stage == "succeeded" for job in jobs):
            self._skip(life, jobs, _ALL_FAILED, "has-result", *_OF_THE_RESULT)
        self._skip(life, jobs, _TOO_LATE, "not-before-success")

    @property
    def _why_unended(self) -> str:
        if self.seconds:
            return f"no job ended within the {self.seconds:g} s of --follow"
        return "no job had ended when this run looked at it for the last time: `--follow 120` waits for them"

    def _skip(self, life: Life, jobs: Sequence[_Followed], reason: str, *rules: str) -> None:
        probe = concerned(self.contract, life, jobs[0].id, *rules)
        if probe.concerns:
            self.emit(Skip(probe, reason))

    def why_without_result(self, fetcher: Operation) -> str:
        """Return why there is no result to ask for."""
        life = life_of(self.contract, fetcher)
        jobs = self.jobs.get(life.reader.id, []) if life is not None else []
        if not any(job.is_shown for job in jobs):
            return _NO_LOOK
        return _ALL_FAILED if any(job.has_ended for job in jobs) else self._why_unended


def _chosen(maker: Operation, exchanges: Iterable[Exchange]) -> list[str]:
    """Return the ids of jobs that an operation made: the first, and then those that were asked for most."""
    asked: dict[str, int] = {}
    for exchange in sorted(exchanges, key=lambda exchange: exchange.started):
        job = job_of(exchange) if exchange.probe.operation is maker else None
        value = job.values.get("id") if job is not None else None
        if isinstance(value, (str, int)) and value != "":
            asked.setdefault(str(value), len(exchange.probe.sent))
    first, *others = asked or [""]
    return [name for name in (first, *sorted(others, key=lambda name: -asked[name])) if name]


def _is_whole(fetcher: Operation, exchange: Exchange) -> bool:
    """Tell whether an exchange shows a result whole, to whoever may have it."""
    probe = exchange.probe
    is_plain = probe.request.method == fetcher.method and probe.request.credentials.is_right(fetcher)
    return probe.operation is fetcher and is_plain and exchange.status == fetcher.success.status


def _patience(exchange: Exchange) -> float:
    """Return how long a server asks to be left alone, by the clock of its answer."""
    said = exchange.answer.header("retry-after") if exchange.answer is not None else None
    return (seconds_of(said, exchange.wall + exchange.elapsed) or 0.0) if said else 0.0
