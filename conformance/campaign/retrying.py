"""Tries failures again (`--retries`): the same bytes, booked like any request, and every attempt is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, field, frozen

from conformance.checks import CHECKS, RUN_CHECKS, Context, Finding, Mark
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Expect, Probe
from conformance.engine.runner import Emit, Event, Runner, Skip
from conformance.errors import TargetError

__all__ = ["Retrial", "Retrier", "shown"]

_ANSWERED = (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNAUTHENTICATED)
_MOST = 3  # requests of one requirement, until one fails each time
_SPARED = 5  # one create of so many may go to what turns out not to be free, before creates have had their turn
_TOGETHER = "it shows only in several requests together"
_RAW = "it was seen over a raw socket, where a failure counts only when it came twice"
_GONE = "what it removed is gone, so that it cannot be removed again"
_COMPARED = "what failed was found by comparing several requests, and none of them shows it alone"


@frozen
class Retrial:
    """What came of trying one failure again.

    Attributes:
        attempts: all times that the request was sent, the first in front, each with what it says of the requirement.
        why_not: why it was not sent again, where it was not.
        finding: that was tried again, so that the verdict rests on it from then on.
    """

    attempts: tuple[tuple[Mark, Exchange], ...] = field(default=(), repr=False)
    why_not: str | None = None
    finding: Finding | None = field(default=None, repr=False)

    @property
    def is_flaky(self) -> bool:
        """Whether the attempts disagree: the same bytes had another answer, which does not fail."""
        return any(mark is not Mark.FAIL and exchange.outcome in _ANSWERED for mark, exchange in self.attempts)

    @property
    def is_lasting(self) -> bool:
        """Whether it failed again, and never did not."""
        return any(mark is Mark.FAIL for mark, _ in self.attempts[1:]) and not self.is_flaky


def shown(judged: Sequence[Verdict], retrials: Mapping[str, Retrial]) -> tuple[Verdict, ...]:
    """Let verdicts rest on what was tried again, so that evidence and attempts are of one request."""
    found = ((verdict, retrials.get(verdict.requirement.id, Retrial()).finding) for verdict in judged)
    return tuple(
        verdict
        if finding is None or finding is verdict.finding
        else evolve(verdict, finding=finding, reason=finding.message)
        for verdict, finding in found
    )


@frozen
class Retrier:
    """Sends again what failures rest on, each request as often as it is told to.

    It does so twice in a run: before the creates what has just been seen to make nothing, which is free as long as the
    server does the same again; and in the end what else there is, if the ceiling has room for it.

    Attributes:
        runner: sends and books.
        emit: is told of every attempt; none of them becomes evidence of the run.
        retries: how often each request is sent again.
    """

    runner: Runner
    emit: Emit = field(repr=False)
    retries: int
    _sent: dict[int, tuple[Exchange, ...]] = field(factory=dict, init=False, repr=False)

    async def try_free(self, context: Context, judged: Sequence[Verdict], found: Sequence[Finding]) -> None:
        """Send again what costs nothing, of all that has failed so far."""
        ledger = self.runner.ledger
        most = ledger.booked + max(1, ledger.ceiling // _SPARED)
        for told in _broken(judged):
            for finding in self._failing(told, found):
                if ledger.booked < most or (finding.exchange and not finding.exchange.probe.can_create):
                    await self._of(context, finding, only_free=True)

    async def try_all(
        self, context: Context, judged: Sequence[Verdict], found: Sequence[Finding]
    ) -> Mapping[str, Retrial]:
        """Send the rest again, and return what came of every failure of a run, by requirement.

        A requirement is tried with one of its failed requests after the other until one has failed each time: it is
        flaky only where none has.
        """
        return {told.requirement: await self._retrial(context, told, found) for told in _broken(judged)}

    async def _retrial(self, context: Context, told: Finding, found: Sequence[Finding]) -> Retrial:
        best = Retrial(why_not=_TOGETHER)
        for number, finding in enumerate(self._failing(told, found)):
            made = await self._of(context, finding)
            if made.is_lasting:
                return made
            if number == 0 or (made.attempts and not best.attempts):
                best = made
        return best

    def _failing(self, told: Finding, found: Sequence[Finding]) -> list[Finding]:
        """Return the finding that a verdict rests on and others that say the same, what was sent again in front."""
        same = (one for one in found if one.requirement == told.requirement and one.mark is Mark.FAIL)
        about = {id(one.exchange): one for one in (told, *(one for one in same if not one.indirect)) if one.exchange}
        if told.exchange is not None:
            about[id(told.exchange)] = told
        return sorted(about.values(), key=lambda one: id(one.exchange) not in self._sent)[:_MOST]

    async def _of(self, context: Context, finding: Finding, *, only_free: bool = False) -> Retrial:
        exchange = finding.exchange
        if exchange is None or finding.check in RUN_CHECKS:
            return Retrial(why_not=_TOGETHER)
        reason = _why_not(context, exchange)
        if reason is not None:
            return Retrial(why_not=reason)
        alone = Mark.FAIL in _marks(context, finding, exchange)
        if not alone and exchange.outcome is Outcome.ACCEPTED:
            return Retrial(why_not=_COMPARED)
        if id(exchange) not in self._sent and (_is_free(exchange) or not only_free):
            came, reason = await self._send(exchange, only_free=only_free)
            if came:
                self._sent[id(exchange)] = came
        came = self._sent.get(id(exchange), ())
        if not came:
            return Retrial(why_not=reason)
        marks = ((_mark(context, finding, exchange, one, alone=alone), one) for one in came)
        return Retrial(((Mark.FAIL, exchange), *marks), finding=finding)

    async def _send(self, exchange: Exchange, *, only_free: bool) -> tuple[tuple[Exchange, ...], str | None]:
        """Send the request of an exchange again, alone; return what came back, and why no more, where that is so."""
        reasons: list[str] = []
        came: list[Exchange] = []

        def listen(event: Event) -> None:
            if isinstance(event, Skip):
                reasons.append(event.reason)
            self.emit(event)

        emit, self.runner.emit = self.runner.emit, listen
        try:
            for number in range(2, self.retries + 2):
                came += await self.runner.send([_repeated(exchange.probe, number, only_free=only_free)])
        except TargetError as error:  # a run that has come so far is not ended by what was only sent again
            reasons.append(str(error))
        finally:
            self.runner.emit = emit
        return tuple(evolve(one, probe=exchange.probe) for one in came), next(iter(reasons), None)


def _broken(judged: Sequence[Verdict]) -> list[Finding]:
    return [one.finding for one in judged if one.decision is Decision.FAIL and one.finding is not None]


def _is_free(exchange: Exchange) -> bool:
    return not exchange.probe.can_create or exchange.proves_nothing_made


def _why_not(context: Context, exchange: Exchange) -> str | None:
    probe = exchange.probe
    if probe.wire is not None:
        return _RAW
    removes = Resources(context.contract).action(probe.operation) == "delete"
    return _GONE if removes and probe.expect is Expect.ACCEPT else None


def _marks(context: Context, finding: Finding, exchange: Exchange) -> set[Mark]:
    """Return what an exchange alone says of the requirement of a finding."""
    said = (one for check in CHECKS.values() for one in check(context, exchange))
    about = (one for one in said if one.requirement == finding.requirement)
    return {one.mark for one in about if one.indirect in (False, finding.indirect)}


def _mark(context: Context, finding: Finding, first: Exchange, again: Exchange, *, alone: bool) -> Mark:
    """Return what an attempt says; where only a comparison shows a failure, the same kind of answer is the same one."""
    marks = _marks(context, finding, again)
    if Mark.FAIL in marks or (not alone and (again.outcome, again.status) == (first.outcome, first.status)):
        return Mark.FAIL
    return Mark.PASS if Mark.PASS in marks else Mark.OPEN


def _repeated(probe: Probe, number: int, *, only_free: bool) -> Probe:
    """Return a probe that sends the same bytes; where all are to be free, one that is not stops those like it."""
    name = f"{probe.id}/attempt/{number}"
    group = f"{probe.group}/attempt" if only_free else name
    return evolve(probe, id=name, group=group, confirm=None, apart=(), alone=True)
