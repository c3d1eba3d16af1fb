"""A run: controls, free probes, then the fewest creates; and the verdicts that they give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from attrs import define, evolve, field, frozen

from conformance.campaign.gaps import check_for_gaps
from conformance.campaign.minimisation import Minimiser
from conformance.campaign.order import in_order, made_in
from conformance.campaign.planning import Options, accepted, alternatives, corpora, effects, free, whole
from conformance.checks import Context, Finding
from conformance.checks.coherence import job_of
from conformance.checks.expectation import acceptance
from conformance.checks.likeness import apart
from conformance.checks.schemathesis_adapter import prepare
from conformance.checks.verdicts import Verdict, findings, verdicts
from conformance.contract import Contract
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.ledger import Ledger, Spend
from conformance.engine.probe import Expect
from conformance.engine.runner import Event, Runner, Skip
from conformance.engine.target import Target
from conformance.errors import TargetError
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls, read_controls
from conformance.probes.covering import Row
from conformance.requirements import Catalogue, catalogue

__all__ = ["Result", "run"]

_LOOKS = 6  # at a job that is not awaited, only looked at
_UNFINISHED = "the job had not succeeded by then, so there is no result to fetch"
_UNMADE = "nothing was made in this run that its path could name"


@frozen
class Result:
    """What a run gave; `trouble` says why it is not complete, where it is not."""

    verdicts: tuple[Verdict, ...] = field(repr=False)
    spend: Spend
    trouble: str | None

    @property
    def complete(self) -> bool:
        """Whether the run came to its end."""
        return self.trouble is None


Listener = Callable[[Event], None]


@define
class _Campaign:
    contract: Contract
    target: Target
    options: Options
    listener: Listener
    exchanges: list[Exchange] = field(factory=list)
    skips: list[Skip] = field(factory=list)
    taught: dict[str, Controls] = field(factory=dict)
    minimisers: list[Minimiser] = field(factory=list)

    def emit(self, event: Event) -> None:
        if isinstance(event, Exchange):
            self.exchanges.append(event)
        elif isinstance(event, Skip):
            self.skips.append(event)
        self.listener(event)

    async def carry_out(self, runner: Runner) -> None:
        async with runner.connected():
            await runner.reach()
            for operation in in_order(self.contract):
                builder = Builder(self.contract, operation, made_in(self.exchanges))
                has_result = await self._has_result(runner, builder)
                await self._refused(runner, builder)
                await self._accepted(runner, builder, has_result=has_result)

    async def _refused(self, runner: Runner, builder: Builder) -> None:
        """Send what a correct server refuses, or what costs nothing."""
        operation = builder.operation
        answers = await runner.send(controls(builder))
        right = [exchange for exchange in answers if exchange.probe.request.credentials.is_right(operation)]
        if operation.scheme is not None and {exchange.outcome for exchange in right} == {Outcome.UNAUTHENTICATED}:
            raise TargetError(f"the server refuses the token in ${self.target.token_env}; is it the right one?")
        self.taught[operation.id] = taught = read_controls(builder, answers)
        answers = await runner.send(free(builder, taught, self.options))
        await runner.send(apart(taught, answers))

    async def _accepted(self, runner: Runner, builder: Builder, *, has_result: bool) -> None:
        """Send what is meant to be accepted; reading is free."""
        if self.options.tier == "free" and not builder.is_safe:
            return
        array = accepted(builder, self.options)
        if not builder.is_grounded or not has_result:
            reason = _UNFINISHED if builder.is_grounded else _UNMADE
            for row in array:
                self.emit(Skip(whole(builder, row), reason))
            return
        minimiser = Minimiser(builder, runner, array)
        self.minimisers.append(minimiser)
        await minimiser.send(self._at_once(builder, array))
        await minimiser.send_others(alternatives(builder))
        if any(exchange.outcome is Outcome.ACCEPTED for exchange in minimiser.answers):
            await runner.send(effects(builder))
        if self.options.explore and self.options.tier == "full" and builder.operation.media is not None:
            fresh = corpora(self.contract, self.options).fresh(builder.operation, self.options.explore)
            await runner.send(fresh.whole(builder))

    async def _has_result(self, runner: Runner, builder: Builder) -> bool:
        """Look a few times at a job whose result is to be fetched: until it has ended there is none."""
        reader = builder.resources.reader(builder.operation)
        if builder.action != "fetch" or reader is None or reader is builder.operation:
            return True
        if not builder.is_grounded:
            return False
        status = reader.success.by_role("status")
        if status is None or status.lifecycle is None:
            return True
        looking = Builder(self.contract, reader, builder.made)
        for look in range(1, _LOOKS + 1):
            probe = looking.probe(
                f"{builder.operation.id}/look/{look}", looking.required(), Expect.ACCEPT, f"{builder.operation.id}/look"
            )
            for exchange in await runner.send([probe]):
                job = job_of(exchange)
                if job is None:
                    return False
                if job.stage in ("succeeded", "failed"):
                    return job.stage == "succeeded"
        return False

    def _at_once(self, builder: Builder, array: list[Row]) -> int:
        """How many go out at the same time, to see whether ids stay unique."""
        if builder.action != "create":
            return 0
        allowed = self.options.max_creates // 2 if builder.operation.billable else len(array)
        return min(self.options.pace.concurrency, allowed)

    def judge(self, requirements: Catalogue) -> tuple[Verdict, ...]:
        context = Context(self.contract, requirements, self.taught, self.options.max_response_time)
        found: list[Finding] = findings(context, self.exchanges)
        for minimiser in self.minimisers:
            found.extend(evolve(finding, check=acceptance.__name__) for finding in minimiser.findings())
        return verdicts(requirements, found, self.skips)


def run(contract: Contract, target: Target, options: Options, listener: Listener) -> Result:
    """Carry a run out; an interruption ends it early, and what was seen until then is judged.

    Raises:
        ContractError: an element of the contract cannot be tested.
        TargetError: the server could not be reached at all.
    """
    requirements = catalogue(contract)
    check_for_gaps(contract, requirements)
    ledger = Ledger(options.max_creates)
    campaign = _Campaign(contract, target, options, listener)
    runner = Runner(target, ledger, options.pace, campaign.emit)
    trouble: str | None = None
    try:
        with ThreadPoolExecutor(1) as beside:
            ready = beside.submit(prepare, contract)
            asyncio.run(campaign.carry_out(runner))
            ready.result()
    except KeyboardInterrupt:
        trouble = "interrupted"
    except TargetError as error:
        if not campaign.exchanges:
            raise
        trouble = str(error)
    return Result(campaign.judge(requirements), ledger.spend(), trouble)
