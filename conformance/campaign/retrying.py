"""Tries failures again (`--retries`): the same bytes, booked like any request, and every attempt is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve, field, frozen

from conformance.checks import CHECKS, RUN_CHECKS, Context, Finding, Mark
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Expect, Probe
from conformance.engine.runner import Event, Runner, Skip
from conformance.errors import TargetError

__all__ = ["Retrial", "lasting", "try_again"]

_ANSWERED = (Outcome.ACCEPTED, Outcome.REFUSED, Outcome.UNAUTHENTICATED)
_MOST = 3  # requests of one requirement, until one fails each time
_TOGETHER = "it shows only in several requests together"
_RAW = "it was seen over a raw socket, where a failure counts only when it came twice"
_GONE = "what it removed is gone, so that it cannot be removed again"
_MANY_CAUSES = "what failed was found by comparing several requests, and none of them shows it alone"


@frozen
class Retrial:
    """What came of trying one failure again.

    Attributes:
        attempts: all times that the request was sent, the first in front, each with what it says of the requirement.
        why_not: why it was not sent again, where it was not.
        finding: that failed each time, where there is one: what the verdict rests on from then on.
    """

    attempts: tuple[tuple[Mark, Exchange], ...] = field(default=(), repr=False)
    why_not: str | None = None
    finding: Finding | None = field(default=None, repr=False)

    @property
    def is_flaky(self) -> bool:
        """Whether the attempts disagree."""
        return any(mark is Mark.PASS for mark, _ in self.attempts)

    @property
    def is_lasting(self) -> bool:
        """Whether it failed again, and never did not."""
        return any(mark is Mark.FAIL for mark, _ in self.attempts[1:]) and not self.is_flaky


async def try_again(
    runner: Runner, context: Context, judged: Sequence[Verdict], found: Sequence[Finding], retries: int
) -> Mapping[str, Retrial]:
    """Send again what failures rest on; return what came of each, by requirement.

    A requirement is tried with one of its failed requests after the other until one has failed each time: it is flaky
    only where none has.

    Args:
        runner: that sends and books; what can create is sent only while the ceiling has room.
        context: what the checks may know.
        judged: the verdicts of the run.
        found: all that was found in it.
        retries: how often each request is sent again.
    """
    again = _Again(runner, context, retries)
    made: dict[str, Retrial] = {}
    for verdict in judged:
        if verdict.decision is Decision.FAIL and verdict.finding is not None:
            made[verdict.requirement.id] = await again.retrial(verdict.finding, found)
    return made


def lasting(judged: Sequence[Verdict], retrials: Mapping[str, Retrial]) -> tuple[Verdict, ...]:
    """Let verdicts rest on what failed each time, where something did."""
    found = ((verdict, retrials.get(verdict.requirement.id, Retrial()).finding) for verdict in judged)
    return tuple(
        verdict
        if finding is None or finding is verdict.finding
        else evolve(verdict, finding=finding, reason=finding.message)
        for verdict, finding in found
    )


@frozen
class _Again:
    """Sends each request as often as it is told to, whatever number of requirements it has failed."""

    runner: Runner
    context: Context
    retries: int
    _sent: dict[int, tuple[Exchange, ...] | str] = field(factory=dict, init=False, repr=False)

    async def retrial(self, told: Finding, found: Sequence[Finding]) -> Retrial:
        first: Retrial | None = None
        for finding in _failing(told, found):
            made = await self._of(finding)
            if made.is_lasting:
                return evolve(made, finding=finding)
            first = made if first is None or (made.attempts and not first.attempts) else first
        return first or Retrial(why_not=_TOGETHER)

    async def _of(self, finding: Finding) -> Retrial:
        exchange = finding.exchange
        if exchange is None or finding.check in RUN_CHECKS:
            return Retrial(why_not=_TOGETHER)
        reason = self._why_not(exchange)
        if reason is not None:
            return Retrial(why_not=reason)
        alone = Mark.FAIL in self._marks(finding, exchange)
        if not alone and exchange.outcome is Outcome.ACCEPTED:
            return Retrial(why_not=_MANY_CAUSES)
        if id(exchange) not in self._sent:
            self._sent[id(exchange)] = await self._send(exchange)
        came = self._sent[id(exchange)]
        if isinstance(came, str):
            return Retrial(why_not=came)
        marks = ((self._mark(finding, exchange, one, alone=alone), one) for one in came)
        return Retrial(((Mark.FAIL, exchange), *marks))

    def _why_not(self, exchange: Exchange) -> str | None:
        probe = exchange.probe
        if probe.wire is not None:
            return _RAW
        removes = Resources(self.context.contract).action(probe.operation) == "delete"
        return _GONE if removes and probe.expect is Expect.ACCEPT else None

    async def _send(self, exchange: Exchange) -> tuple[Exchange, ...] | str:
        """Send the request of an exchange again, alone; return what came back, or why nothing could be sent."""
        reasons: list[str] = []
        came: list[Exchange] = []
        emit = self.runner.emit

        def listen(event: Event) -> None:
            if isinstance(event, Skip):
                reasons.append(event.reason)
            emit(event)

        self.runner.emit = listen
        try:
            for number in range(2, self.retries + 2):
                came += await self.runner.send([_repeated(exchange.probe, number)])
        except TargetError as error:
            reasons.append(str(error))
        finally:
            self.runner.emit = emit
        return tuple(evolve(one, probe=exchange.probe) for one in came) or reasons[0]

    def _marks(self, finding: Finding, exchange: Exchange) -> set[Mark]:
        """Return what an exchange alone says of the requirement of a finding."""
        name = finding.requirement
        said = (one for check in CHECKS.values() for one in check(self.context, exchange))
        return {one.mark for one in said if one.requirement == name and one.indirect in (False, finding.indirect)}

    def _mark(self, finding: Finding, first: Exchange, again: Exchange, *, alone: bool) -> Mark:
        """Return what an attempt says: an answer to the same bytes that does not fail is another answer.

        Where it takes a comparison to see a failure, the same kind of answer is the same failure.
        """
        marks = self._marks(finding, again)
        if Mark.FAIL in marks or (not alone and (again.outcome, again.status) == (first.outcome, first.status)):
            return Mark.FAIL
        return Mark.PASS if Mark.PASS in marks or again.outcome in _ANSWERED else Mark.OPEN


def _failing(told: Finding, found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield the finding that a verdict rests on, then others that say the same of other requests."""
    yield told
    seen = {id(told.exchange)}
    for finding in found:
        if len(seen) == _MOST:
            return
        is_same = finding.requirement == told.requirement and finding.mark is Mark.FAIL and not finding.indirect
        if is_same and finding.exchange is not None and id(finding.exchange) not in seen:
            seen.add(id(finding.exchange))
            yield finding


def _repeated(probe: Probe, number: int) -> Probe:
    """Return a probe that sends the same bytes, in a group of its own: it was asked for, whatever the first cost."""
    name = f"{probe.id}/attempt/{number}"
    return evolve(probe, id=name, group=name, confirm=None, apart=(), alone=True)
