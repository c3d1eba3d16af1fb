"""A run: controls, free probes, then the fewest creates; and the verdicts that they give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from attrs import define, evolve, field

from conformance.campaign.creating import Creator
from conformance.campaign.following import Follower
from conformance.campaign.gaps import check_for_gaps
from conformance.campaign.group_testing import GroupTester
from conformance.campaign.headlines import headlines
from conformance.campaign.offers import find_out
from conformance.campaign.order import in_order, made_in
from conformance.campaign.planning import (
    Options,
    accepted,
    alternatives,
    corpora,
    effects,
    grouped,
    guarded,
    harmless,
    ignorable,
    is_wanted,
    kept_back,
    on_the_wire,
    unguarded,
    whole,
)
from conformance.campaign.preflight import preflight, reach
from conformance.campaign.raw_exchanges import judge_unreadable, judge_wire
from conformance.campaign.result import BrokenOffError, Result, all_jobs
from conformance.campaign.retrying import Retrial, Retrier, shown
from conformance.campaign.shortfall import is_broken, spent_on_surprises, uncreated, undecided
from conformance.campaign.wanted import Wanted
from conformance.campaign.watching import watched
from conformance.checks import Context, Finding, Mark
from conformance.checks.expectation import acceptance, breakdown
from conformance.checks.httplint_adapter import prepare_fields
from conformance.checks.likeness import apart
from conformance.checks.schemathesis_adapter import prepare
from conformance.checks.verdicts import Verdict, findings, verdicts
from conformance.contract import Contract, Operation
from conformance.contract.lives import lives
from conformance.engine.codings import is_telling
from conformance.engine.ending import Ending
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.journal import Journal, NoJournal
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Probe
from conformance.engine.recording import Recording
from conformance.engine.runner import Event, Runner, Skip
from conformance.engine.target import Target
from conformance.errors import (
    JournalError,
    NoConnectionError,
    NothingToTestError,
    TargetError,
)
from conformance.probes.afterwards import afterwards
from conformance.probes.behind_defects import unrepeated
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls, read_controls, risk
from conformance.probes.filling import Row
from conformance.probes.vouching import vouch
from conformance.requirements import Catalogue, catalogue

__all__ = ["run"]

_SPARED = 5  # one create of so many may go to what was built to be refused, before creates have had their turn
_UNMADE = "nothing was made in this run that its path could name"


Listener = Callable[[Event], None]


@define
class _Campaign:
    contract: Contract
    requirements: Catalogue
    target: Target
    options: Options
    wanted: Wanted
    listener: Listener
    ending: Ending = field(factory=Ending)
    exchanges: list[Exchange] = field(factory=list)
    skips: list[Skip] = field(factory=list)
    taught: dict[str, Controls] = field(factory=dict)
    testers: dict[str, GroupTester] = field(factory=dict)
    creators: list[Creator] = field(factory=list)
    deferred: dict[str, list[Probe]] = field(factory=dict)
    on_the_wire: list[Finding] | None = None
    retrials: Mapping[str, Retrial] = field(factory=dict)
    asked: dict[str, tuple[Exchange, ...]] = field(factory=dict)
    not_offered: dict[str, str] = field(factory=dict)

    def emit(self, event: Event) -> None:
        if isinstance(event, Exchange) and event.probe.wire is None:
            self.exchanges.append(event)
        elif isinstance(event, Skip):
            self.skips.append(event)
        self.tell(event)

    def tell(self, event: Event) -> None:
        """Let the listener know of something that is no evidence."""
        try:
            self.listener(event)
        except JournalError as error:
            self.ending.ask_once(str(error))

    async def carry_out(self, runner: Runner) -> None:
        retrier = Retrier(runner, self.tell, self.options.retries) if self.options.retries else None
        follower = Follower(self.contract, runner, self.wanted, self.options.follow, self.emit, self.tell)
        async with runner.connected():
            await self._reach(runner)
            for operation in in_order(self.contract):
                builder = Builder(self.contract, operation, made_in(self.exchanges))
                await self._follow(follower, builder)
                if not await self._is_offered(runner, builder):
                    continue
                self.exchanges += follower.early.pop(operation.id, ())
                await self._refused(runner, builder)
                if retrier is not None:
                    found = self._found()
                    await retrier.try_free(self._context(), self._judged(found), found)
                await self._accepted(runner, builder, follower)
                await runner.send(self.deferred[operation.id])
            await follower.finish()
            if self.on_the_wire is None:
                await self._talk(runner)
            if retrier is not None:
                found = self._found()
                self.retrials = await retrier.try_all(self._context(), self._judged(found), found)

    async def _follow(self, follower: Follower, builder: Builder) -> None:
        """See how jobs end before their results are asked for, and that they stay so before they are removed."""
        if builder.action == "fetch":
            await follower.wait()
        elif builder.action == "delete":
            await follower.finish()

    async def _meet(self, runner: Runner, follower: Follower, maker: Operation) -> None:
        """Look at what an operation has just made, where the server shows it at all."""
        for life in (life for life in lives(self.contract) if maker in life.makers and follower.wants(life)):
            if await self._is_offered(runner, Builder(self.contract, life.reader, made_in(self.exchanges))):
                await follower.meet(life, maker, self.exchanges)

    async def _reach(self, runner: Runner) -> None:
        """Make sure that an HTTP server answers; what is wrong with the bytes of one that cannot be read is a finding.

        Raises:
            TargetError: none does.
        """
        try:
            await reach(runner)
        except NoConnectionError:
            raise
        except TargetError as error:
            found = await judge_unreadable(runner, self._context())
            if not found:
                raise
            self.on_the_wire = found
            said = f"{self.target.url} answers in a way that no client can read ({found[0].message}): mend that first"
            raise NothingToTestError(said) from error

    async def _is_offered(self, runner: Runner, builder: Builder) -> bool:
        """Tell whether an operation is there, where servers may do without it."""
        operation = builder.operation
        if not operation.optional or operation is in_order(self.contract)[0] or operation.id in self.asked:
            return True
        if operation.id in self.not_offered or not is_wanted(builder, self.wanted, self.options):
            return False
        offer = await find_out(runner, builder, self.tell)
        if offer.why_not is not None:
            self.not_offered[operation.id] = offer.why_not
            return False
        self.exchanges += offer.answers
        if offer.is_down:
            runner.unusable = 0  # one operation that is down says nothing of the others
            return False
        self.asked[operation.id] = offer.answers
        return True

    async def _talk(self, runner: Runner) -> None:
        """Send over raw sockets what an operation refuses; what costs nothing comes before what might."""
        self.on_the_wire = []
        if any(map(self.wanted.is_for, on_the_wire(self.contract))):
            made, seen = made_in(self.exchanges), self.exchanges
            self.on_the_wire = await judge_wire(runner, self._context(), self.wanted, made, seen)

    async def _refused(self, runner: Runner, builder: Builder) -> None:
        """Send what a correct server refuses, or what costs nothing."""
        operation = builder.operation
        answers = await self._controlled(runner, builder)
        right = [exchange for exchange in answers if exchange.probe.request.credentials.is_right(operation)]
        if operation.scheme is not None and {exchange.outcome for exchange in right} == {Outcome.UNAUTHENTICATED}:
            raise TargetError(f"the server refuses the token {self.target.token_place}; is it the right one?")
        self.taught[operation.id] = taught = read_controls(builder, answers)
        answers = await runner.send(self.wanted.among(harmless(builder, taught)))
        answers += await runner.send(self.wanted.among(guarded(builder, taught, self.options)))
        await runner.send(apart(taught, answers))
        array = accepted(builder, self.options)
        tester = GroupTester(builder, runner, taught, array[0])
        self.testers[operation.id] = tester
        forms = grouped(builder, taught, array, self.options)
        await tester.send([form for form in forms if self.wanted.sends(form.probe(builder))])
        if self.on_the_wire is None and operation.body is not None and taught.defect() is not None:
            await self._talk(runner)
        lenient = self.wanted.among((*unguarded(builder, taught, self.options), *ignorable(builder, taught)))
        before = len(self.exchanges)
        self.deferred[operation.id] = await self._send_some(runner, list(lenient))
        await runner.send(self.wanted.among(unrepeated(builder, taught, self.exchanges[before:])))

    async def _send_some(self, runner: Runner, probes: list[Probe]) -> list[Probe]:
        """Send what a lenient server may accept, until that has cost what creates can spare; return the rest."""
        spare = runner.ledger.booked + max(1, self.options.max_creates // _SPARED)
        step = max(self.options.pace.concurrency, 1)
        for start in range(0, len(probes), step):
            if runner.ledger.booked >= spare:
                return probes[start:]
            await runner.send(probes[start : start + step])
        return []

    async def _controlled(self, runner: Runner, builder: Builder) -> list[Exchange]:
        """Send the controls, stage by stage: what one teaches makes the next safe to send.

        Where nothing at all may be created, a value that is not listed waits for the refusals: some servers say
        503 to it, which excludes nothing, and would end the run before it began.
        """
        planned = list(controls(builder))
        first = builder.operation is in_order(self.contract)[0]
        known = {probe.id for probe in planned}
        answers = [exchange for exchange in self.asked.get(builder.operation.id, ()) if exchange.probe.id in known]
        answers += await preflight(runner, builder, planned) if first else []
        for stage in (0, 1, 2):
            for exchange in answers:
                if exchange.outcome is Outcome.REFUSED and len(exchange.probe.decides) == 1:
                    runner.learn(exchange.probe)
            if stage == 1 and runner.ledger.ceiling == 0 and builder.operation.billable:
                continue
            sent = {exchange.probe.id for exchange in answers}
            chosen = [probe for probe in planned if risk(builder, probe) == stage and probe.id not in sent]
            answers += await runner.send(chosen)
        return answers

    async def _accepted(self, runner: Runner, builder: Builder, follower: Follower) -> None:
        """Send what is meant to be accepted; reading is free."""
        if self.options.tier == "free" and not builder.is_safe:
            return
        builder = evolve(builder, made=made_in(self.exchanges))  # bad credentials may have removed what was made
        array = self.wanted.rows(accepted(builder, self.options), partial(whole, builder))
        if not array:
            return
        operation, able = builder.operation, follower.with_result(builder) if builder.is_grounded else None
        if able is None:
            reason = follower.why_without_result(operation) if builder.is_grounded else _UNMADE
            for row in array:
                self.emit(Skip(whole(builder, row), reason))
            return
        builder = able
        crashing = self.testers[operation.id].crashing
        broken = self._broken({case.requirement for row in array for case in row.framings})
        creator = Creator.of(builder, runner, self.taught[operation.id], array, crashing, broken)
        self.creators.append(creator)
        await creator.send(self._at_once(builder, array), kept_back(builder, self.options.max_creates))
        await creator.send_others(self.wanted.among(alternatives(builder)))
        taken = [exchange.probe for exchange in creator.answers if exchange.outcome is Outcome.ACCEPTED]
        if taken:
            await runner.send(self.wanted.among(effects(builder)))
        await self._meet(runner, follower, operation)
        await follower.examine(operation, self.exchanges)
        if taken and builder.action == "create":
            await runner.send(self.wanted.among(afterwards(builder, self.taught[operation.id], taken[0])))
        if self.options.explore and self.options.tier == "full" and operation.media is not None:
            fresh = corpora(self.contract, self.options).fresh(operation, self.options.explore)
            await runner.send(self.wanted.among(fresh.whole(builder)))

    def _broken(self, names: set[str]) -> set[str]:
        """Return those of some requirements that free probes have shown to be broken."""
        about = [exchange for exchange in self.exchanges if names & {*exchange.probe.decides}]
        found = findings(self._context(), about)
        return {finding.requirement for finding in found if finding.mark is Mark.FAIL}

    def _at_once(self, builder: Builder, array: list[Row]) -> int:
        """How many go out at the same time, to see whether ids stay unique."""
        if builder.action != "create":
            return 0
        if not builder.operation.billable:
            return min(self.options.pace.concurrency, len(array))
        return min(self.options.pace.concurrency, max(self.options.max_creates // 3, 2))

    @property
    def wants_creates(self) -> bool:
        """Whether something that costs was to be made."""
        billable = any(creator.sender.builder.operation.billable for creator in self.creators)
        return self.options.tier == "full" and self.options.max_creates > 0 and billable

    def _context(self) -> Context:
        limit = self.options.max_response_time
        tells = is_telling(self.target.token)
        return Context(self.contract, self.requirements, self.taught, limit, self.target.url, tells)

    def _found(self) -> list[Finding]:
        found: list[Finding] = [*findings(self._context(), self.exchanges), *(self.on_the_wire or ())]
        for tester in self.testers.values():
            found.extend(evolve(finding, check=breakdown.__name__) for finding in tester.findings())
        for creator in self.creators:
            found.extend(evolve(finding, check=acceptance.__name__) for finding in creator.findings())
        return found

    def _judged(self, found: list[Finding]) -> tuple[Verdict, ...]:
        return verdicts(self.options.selection.of(self.requirements), found, self.skips, self.not_offered)

    def judge(self) -> tuple[Verdict, ...]:
        return shown(self._judged(self._found()), self.retrials)


def run(
    contract: Contract,
    target: Target,
    options: Options,
    listener: Listener,
    journal: Journal | None = None,
    recording: Recording | None = None,
) -> Result:
    """Carry a run out; an interruption ends it early, and what was seen until then is judged.

    Args:
        contract: of the server.
        target: the server.
        options: what the user chose.
        listener: hears of every probe.
        journal: keeps everything before it is sent.
        recording: of the same run, carried out in part: what it holds is not sent again.

    Raises:
        ContractError: an element of the contract cannot be tested.
        BrokenOffError: the server could not be reached at all, or a defect of the suite ended it.
    """
    requirements = catalogue(contract)
    check_for_gaps(contract, requirements)
    wanted = Wanted.by(options.selection, requirements, contract)
    campaign = _Campaign(contract, requirements, target, options, wanted, listener)
    ledger = Ledger(options.max_creates, options.budget, journal or NoJournal(), recording or Recording())
    runner = Runner(target, ledger, options.pace, campaign.emit, vouch, campaign.ending)
    try:
        return _carried_out(campaign, runner)
    except Exception as error:
        raise BrokenOffError(ledger, error) from error


def _carried_out(campaign: _Campaign, runner: Runner) -> Result:
    """Send everything, and judge what came back.

    Raises:
        TargetError: the server could not be reached at all.
    """
    trouble: str | None = None
    try:
        with ThreadPoolExecutor(1) as beside:
            ready = [beside.submit(prepare, campaign.contract), beside.submit(prepare_fields)]
            asyncio.run(watched(campaign.carry_out(runner), runner))
            for loaded in ready:
                loaded.result()
    except KeyboardInterrupt:  # where signals cannot be heard within the event loop
        trouble = "interrupted"
    except NothingToTestError as error:
        trouble = str(error)
        campaign.exchanges.clear()
    except TargetError as error:
        if not campaign.exchanges:
            raise
        trouble = str(error)
    trouble = trouble or runner.ending.reason
    judged, spend, seen = campaign.judge(), runner.ledger.spend(), campaign.exchanges
    told = list(headlines(seen, runner.creating_stopped, http2=campaign.target.network.http2))
    trouble = trouble or undecided(judged)
    if trouble is None and campaign.wants_creates:
        surprises = spent_on_surprises(seen, spend)
        if surprises is not None and is_broken(judged):
            told.insert(0, surprises)  # the verdict stands: what used the money up is what is broken
        else:
            trouble = surprises or uncreated(seen)
    return Result(judged, spend, trouble, tuple(told), all_jobs(runner.ledger), campaign.retrials, tuple(seen))
