"""One run: controls, free probes, then the fewest creates; and the verdicts that they give."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from attrs import define, evolve, field, frozen

from conformance.campaign.minimisation import Minimiser
from conformance.checks import Context, Finding
from conformance.checks.coherence import job_of
from conformance.checks.expectation import acceptance
from conformance.checks.schemathesis_adapter import prepare
from conformance.checks.verdicts import Verdict, findings, verdicts
from conformance.contract import Contract
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.ledger import Ledger, Spend
from conformance.engine.probe import Auth, Probe
from conformance.engine.runner import Event, Pace, Runner, Skip
from conformance.engine.target import Target
from conformance.errors import TargetError
from conformance.probes.access import access_probes
from conformance.probes.builder import Builder, KnownDefect
from conformance.probes.controls import Controls, controls, read_controls
from conformance.probes.covering import row_probe, rows
from conformance.probes.framings import framing_probes
from conformance.probes.fuzz import corpus, explored, fuzz_probes
from conformance.probes.refusals import refusal_probes
from conformance.probes.resources import resource_probes
from conformance.probes.robustness import hidden_values, objections
from conformance.requirements import Catalogue, catalogue

__all__ = ["Options", "Result", "plan", "run"]

Tier = Literal["free", "full"]


@frozen
class Options:
    """What a user can choose; times in seconds."""

    max_creates: int
    tier: Tier = "full"
    models: frozenset[str] | None = None
    seed: int = 1
    explore: int = 0
    max_response_time: float | None = None
    pace: Pace = field(factory=Pace)


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
            for operation in self.contract.operations:
                if operation.fields:
                    await self._form(runner, Builder(self.contract, operation))
            for operation in self.contract.operations:
                if not operation.fields:
                    await runner.send(resource_probes(operation, self._ids()))

    async def _form(self, runner: Runner, builder: Builder) -> None:
        answers = await runner.send(controls(builder))
        outcomes = {exchange.outcome for exchange in answers if exchange.probe.request.auth == Auth()}
        if outcomes == {Outcome.UNAUTHENTICATED}:
            raise TargetError(f"the server refuses the token in ${self.target.token_env}; is it the right one?")
        self.taught[builder.operation.id] = taught = read_controls(builder, answers)
        await runner.send(_free(builder, taught, self.options))
        if self.options.tier == "free":
            return
        minimiser = Minimiser(builder, runner)
        self.minimisers.append(minimiser)
        array = rows(builder, self.options.models)
        await minimiser.send(array, _at_once(self.options))
        if self.options.explore:
            found = explored(self.contract, builder.operation, self.options.seed, self.options.explore)
            await runner.send(found.whole(builder))

    def _ids(self) -> tuple[str, ...]:
        jobs = [job for exchange in self.exchanges if (job := job_of(exchange)) is not None]
        return tuple(str(job.values["id"]) for job in jobs if job.values.get("id"))

    def judge(self, requirements: Catalogue) -> tuple[Verdict, ...]:
        context = Context(self.contract, requirements, self.taught, self.options.max_response_time)
        found: list[Finding] = findings(context, self.exchanges)
        for minimiser in self.minimisers:
            found.extend(evolve(finding, check=acceptance.__name__) for finding in minimiser.findings())
        return verdicts(requirements, found, self.skips)


def run(contract: Contract, target: Target, options: Options, listener: Listener) -> Result:
    """Carry a run out; an interruption ends it early, and what was seen until then is judged.

    Raises:
        TargetError: the server could not be reached at all.
    """
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
    return Result(campaign.judge(catalogue(contract)), ledger.spend(), trouble)


def plan(contract: Contract, options: Options, best: KnownDefect | None = None) -> Iterator[Probe]:
    """Yield what a run would send to a server that follows the contract; nothing is sent.

    Args:
        contract: of the server.
        options: of the run.
        best: the defect that free probes hide behind; a run finds out which serves best.
    """
    for operation in contract.operations:
        if not operation.fields:
            yield from resource_probes(operation, ())
            continue
        builder = Builder(contract, operation)
        yield from controls(builder)
        yield from _free(builder, Controls.assumed(builder, best), options)
        if options.tier == "full":
            for row in rows(builder, options.models)[: options.max_creates]:
                yield row_probe(builder, row, f"{operation.id}/create/{row.name}", "creates")


def _free(builder: Builder, taught: Controls, options: Options) -> Iterator[Probe]:
    yield from access_probes(builder, taught)
    yield from refusal_probes(builder)
    yield from framing_probes(builder, taught)
    yield from objections(builder, taught)
    yield from hidden_values(builder, taught.order)
    yield from fuzz_probes(builder, taught, corpus(builder.contract, builder.operation, options.seed))
    if options.explore:
        yield from fuzz_probes(
            builder, taught, explored(builder.contract, builder.operation, options.seed, options.explore)
        )


def _at_once(options: Options) -> int:
    """How many creates go out at the same time, to see whether ids stay unique."""
    return min(options.pace.concurrency, options.max_creates // 2)
