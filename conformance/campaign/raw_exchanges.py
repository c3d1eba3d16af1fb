"""The raw sockets of a run: each exchange once, again where it failed, and apart where several things rode together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from statistics import median

from attrs import define, field

from conformance.campaign.wanted import Wanted
from conformance.checks import Context, Finding, Mark
from conformance.checks.findings import open_
from conformance.checks.wire_rules import is_answered, judge
from conformance.engine.exchange import Exchange
from conformance.engine.raw_socket import send_raw
from conformance.engine.runner import ONLY_HTTP2, Planned, Runner, Skip
from conformance.probes.controls import Controls
from conformance.probes.wire import EVERY_ANSWER, Conversation, conversations, subject

__all__ = ["judge_unreadable", "judge_wire"]

_LEAST_PATIENCE = 2.0
_TIMES_THE_USUAL = 4.0
_TIMES_PATIENCE = 5.0
_MOST_UNANSWERED = 2
_MUTE = "the server answers nothing that comes over a plain socket, well-formed as it is"
_LATE = "the connections before it took so long that it was not sent"


async def judge_wire(
    runner: Runner, context: Context, wanted: Wanted, made: Mapping[str, tuple[str, ...]], seen: Sequence[Exchange]
) -> list[Finding]:
    """Send the raw exchanges of a run, and judge them.

    Args:
        runner: that sends and books.
        context: what the checks may know.
        wanted: of the requirements.
        made: ids of what was made in this run, by the id of the operation that made it.
        seen: earlier exchanges, which tell how long this server takes.
    """
    builder = subject(context.contract, made, context.controls)
    talk = _Talk(runner, context, _patience(runner, seen))
    held = conversations(builder, context.controls[builder.operation.id])
    plan = tuple(conversation for conversation in held if any(map(wanted.is_for, conversation.probes)))
    if not plan:
        return []
    runner.emit(Planned(sum(len(conversation.probes) for conversation in plan if not conversation.after)))
    for conversation in plan:
        await talk.hold(conversation)
    return [finding for conversation in plan for finding in talk.found_by(conversation, plan)]


async def judge_unreadable(runner: Runner, context: Context) -> list[Finding]:
    """Ask a server that answers nothing a client can read over a raw socket; return how it breaks HTTP each time.

    What is asked for is nowhere, so that nothing can be made.
    """
    nothing = Controls((), (), {})
    conversation = next(conversations(subject(context.contract, {}, {}), nothing))
    found: list[list[Finding]] = []
    for _ in range(2):
        exchanges = await send_raw(runner, conversation.probes, min(_LEAST_PATIENCE, runner.pace.timeout))
        if exchanges is None:
            return []
        judged = judge(context, conversation, exchanges)
        found.append([one for one in judged if one.mark is Mark.FAIL and _is_of_bytes(one)])
    lasting = _failures(found[0])
    return [finding for finding in found[1] if finding.requirement in lasting]


def _is_of_bytes(finding: Finding) -> bool:
    """Tell whether a finding is about the bytes of an answer that came."""
    answered = finding.exchange is not None and finding.exchange.answer is not None
    return answered and finding.requirement in EVERY_ANSWER


def _patience(runner: Runner, seen: Sequence[Exchange]) -> float:
    """Return how long to wait: a multiple of what this server takes for a refusal, within the run's time-out."""
    usual = [one.elapsed for one in seen if one.answer is not None and one.answer.status >= 400]
    return min(runner.pace.timeout, max(_LEAST_PATIENCE, _TIMES_THE_USUAL * (median(usual) if usual else 0.0)))


@define
class _Talk:
    """What was found so far, by the name of the conversation."""

    runner: Runner
    context: Context
    patience: float
    _found: dict[str, list[Finding]] = field(factory=dict)
    _judged: dict[str, tuple[str, ...]] = field(factory=dict)
    _proven: set[str] = field(factory=set)
    _is_heard: bool = False
    _unanswered: int = 0
    _until: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._until = self._spent() + _TIMES_PATIENCE * self.patience

    def _spent(self) -> float:
        """Return the time, but for that in which the user's own rate let nothing be sent."""
        return self.runner.now - self.runner.target.network.throttle.waited

    async def hold(self, conversation: Conversation) -> None:
        """Send a conversation, and once more before a failure counts."""
        if conversation.after and self._held(conversation.after, conversation.rules.keys()):
            return
        reason = self._why_not(conversation)
        if reason is not None:
            for probe in conversation.probes:
                self.runner.emit(Skip(probe, reason))
            return
        made = await self._once(conversation)
        if made is None:
            return
        self._judged[conversation.name] = tuple(conversation.rules)
        found, answered = made
        self._unanswered = 0 if answered or self._is_heard else self._unanswered + 1
        self._is_heard = self._is_heard or answered
        failures = _failures(found) if self._is_heard else set()
        if failures - self._proven:
            again, _ = await self._once(conversation) or ([], False)
            found = [*_repeated(again, failures), *_unrepeated(found, again)]
        if not self._is_heard:
            found = [open_(finding.requirement, _MUTE, finding.exchange) for finding in found]
        self._found[conversation.name] = found
        self._proven |= _failures(found)

    def _why_not(self, conversation: Conversation) -> str | None:
        if self.runner.only_http2:
            return ONLY_HTTP2
        if self._unanswered >= _MOST_UNANSWERED:
            return _MUTE
        if self._spent() > self._until:
            return _LATE
        given = conversation.given
        if given in self._judged and not self._held(given, self._judged[given]):
            return f"the server does not keep {', '.join(self._judged[given])} in the first place"
        return None

    def _held(self, name: str, requirements: Collection[str]) -> bool:
        """Tell whether a conversation showed that requirements hold."""
        marks = {(finding.requirement, finding.mark) for finding in self._found.get(name, ())}
        return all(
            (requirement, Mark.PASS) in marks and (requirement, Mark.FAIL) not in marks for requirement in requirements
        )

    async def _once(self, conversation: Conversation) -> tuple[list[Finding], bool] | None:
        exchanges = await send_raw(self.runner, conversation.probes, self.patience)
        if exchanges is None:
            return None
        return list(judge(self.context, conversation, exchanges)), is_answered(exchanges)

    def found_by(self, conversation: Conversation, plan: Sequence[Conversation]) -> list[Finding]:
        """Return what a conversation showed; where one of its parts failed apart, that one is to blame alone."""
        found = self._found.get(conversation.name, [])
        parts = [part for part in plan if part.after == conversation.name]
        blamed = any(_failures(self._found.get(part.name, ())) & part.rules.keys() for part in parts)
        if not blamed:
            return found
        apart = {requirement for part in parts for requirement in part.rules}
        return [finding for finding in found if finding.requirement not in apart]


def _repeated(again: Sequence[Finding], failures: set[str]) -> Iterator[Finding]:
    """Yield what a repetition showed; a failure that is new is seen once only."""
    for finding in again:
        if finding.mark is Mark.FAIL and finding.requirement not in failures:
            yield open_(finding.requirement, f"only once: {finding.message}", finding.exchange)
        else:
            yield finding


def _unrepeated(found: Sequence[Finding], again: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what was seen the first time alone, since the repetition could not be sent or told nothing of it."""
    known = {finding.requirement for finding in again}
    for finding in found:
        if finding.mark is Mark.FAIL and finding.requirement not in known:
            yield open_(finding.requirement, f"only once: {finding.message}", finding.exchange)


def _failures(found: Sequence[Finding]) -> set[str]:
    return {finding.requirement for finding in found if finding.mark is Mark.FAIL}
