"""Sends the plan of a run to two servers: what costs nothing first, creates in pairs, one ceiling for both."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Any
from urllib.parse import quote

from attrs import define, evolve, field, frozen

from conformance.campaign import Options, plan
from conformance.campaign.order import assumed, in_order, made_in
from conformance.campaign.preflight import preflight, reach
from conformance.checks import Context
from conformance.contract import Contract
from conformance.diffing.difference import Difference, Pair, differences
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Cost, Expect, Probe
from conformance.engine.runner import Event, Runner
from conformance.engine.spend import Spend
from conformance.engine.target import Target
from conformance.errors import NothingToTestError, TargetError
from conformance.probes.builder import Builder
from conformance.probes.controls import read_controls, risk
from conformance.probes.vouching import vouch
from conformance.requirements import catalogue
from conformance.requirements.known_defects import KnownDefect

__all__ = ["Compared", "Side", "compare_servers"]

_SPARED = 5  # one create of so many may go to what was built to be refused
_ON_THE_WIRE = "goes over raw sockets, which only a run sends"
_UNGUARDED = "hides behind a defect that not both servers refuse"
_STOPPED = "a request like it was not sent to both, or was accepted where it had to be refused"
_NO_MONEY = "the ceiling leaves no room for a create on each server"
_UNMADE = "nothing was made on both servers that its path could name"
_SURPRISING = "so much was, or may have been, accepted that had to be refused that what is left is kept for creates"


@define
class Side:
    """One of the two servers, and what it has answered."""

    target: Target
    exchanges: dict[str, Exchange] = field(factory=dict, init=False, repr=False)
    requests: int = field(default=0, init=False)
    creates: int = field(default=0, init=False)

    def emit(self, event: Event) -> None:
        """Remember what came of a probe."""
        if isinstance(event, Exchange):
            self.exchanges[event.probe.id] = event
            self.requests += 1
            self.creates += event.probe.can_create and event.shows_something_made


@frozen
class Compared:
    """What came of it.

    Attributes:
        compared: how many probes both servers answered, or failed to.
        left_out: how many were not sent to both, by reason.
        spend: of both servers together.
        trouble: why it is not complete, where it is not.
    """

    sides: tuple[Side, Side]
    differences: tuple[Difference, ...]
    compared: int
    left_out: Counter[str]
    spend: Spend
    trouble: str | None


@define
class _Both:
    contract: Contract
    options: Options
    sides: tuple[Side, Side]
    ledger: Ledger
    left_out: Counter[str] = field(factory=Counter)
    runners: tuple[Runner, ...] = ()
    _stopped: set[str] = field(factory=set)

    async def carry_out(self) -> None:
        room = asyncio.Condition()
        self.runners = tuple(
            Runner(side.target, self.ledger, self.options.pace, side.emit, vouch, room=room) for side in self.sides
        )
        async with self.runners[0].connected(), self.runners[1].connected():
            for runner in self.runners:
                await self._about(runner, reach(runner))
            await self._controls([probe for probe in self._planned() if _is_control(probe)])
            planned = self._planned(self._best())
            self.left_out[_ON_THE_WIRE] += sum(probe.wire is not None for probe in planned)
            rest = [probe for probe in planned if probe.wire is None and not _is_control(probe)]
            await self._free([probe for probe in rest if probe.expect is not Expect.ACCEPT])
            for probe in (probe for probe in rest if probe.expect is Expect.ACCEPT):
                await self._accepted(probe)

    def _planned(self, best: KnownDefect | None = None) -> list[Probe]:
        return list(plan(self.contract, evolve(self.options, max_creates=self.options.max_creates // 2), best))

    def _best(self) -> KnownDefect | None:
        """Return a defect that both servers refuse, so that other probes can hide behind it; the latest found one."""
        operation, refused = in_order(self.contract)[0], self._refused()
        builder = Builder(self.contract, operation, assumed(self.contract))
        seen = [e for e in self.sides[0].exchanges.values() if _is_control(e.probe) and e.probe.operation is operation]
        order = read_controls(builder, seen).order
        return next((defect for defect in order if defect.requirement(operation) in refused), None)

    async def _controls(self, controls: Sequence[Probe]) -> None:
        """Send plain refusals, those first that nobody takes for a create; what both refuse others hide behind."""
        operations = in_order(self.contract)
        for operation in operations:
            own = [probe for probe in controls if probe.operation is operation]
            builder = Builder(self.contract, operation, assumed(self.contract))
            if operation is operations[0] and own:
                for runner in self.runners:
                    await self._about(runner, preflight(runner, builder, own))
            for stage in (0, 1, 2):
                if stage == 1 and self.ledger.ceiling == 0 and operation.billable:
                    continue
                for probe in (probe for probe in own if risk(builder, probe) == stage):
                    await self._send(probe)
                for side, runner in zip(self.sides, self.runners, strict=True):
                    for probe in own:
                        seen = side.exchanges.get(probe.id)
                        if seen is not None and seen.outcome is Outcome.REFUSED and len(probe.decides) == 1:
                            runner.learn(probe)

    async def _free(self, probes: Sequence[Probe]) -> None:
        """Send what a correct server refuses, the safest first."""
        refused = self._refused()
        spare = self.ledger.booked + max(1, self.options.max_creates // _SPARED)
        for probe in sorted(probes, key=lambda probe: (probe.can_create, not probe.if_accepted)):
            if probe.if_accepted and not refused & {*probe.if_accepted}:
                self.left_out[_UNGUARDED] += 1
            elif probe.can_create and not probe.if_accepted and self.ledger.booked >= spare:
                self.left_out[_SURPRISING] += 1
            else:
                await self._send(probe)

    def _refused(self) -> set[str]:
        """Return the requirements whose plain defect both servers have refused."""
        found: list[set[str]] = []
        for side in self.sides:
            own = (e for e in side.exchanges.values() if _is_control(e.probe) and e.outcome is Outcome.REFUSED)
            found.append({name for e in own if len(e.probe.decides) == 1 for name in e.probe.decides})
        return found[0] & found[1]

    async def _accepted(self, probe: Probe) -> None:
        """Send what is meant to be accepted; what names something that was made names each server's own."""
        ids = {name: quote(each, safe="") for name, (each, *_) in assumed(self.contract).items()}
        named = [name for name, each in ids.items() if f"/{each}" in probe.address]
        if not named:
            await self._send(probe)
            return
        own = []
        for side in self.sides:
            made = made_in(side.exchanges.values()).get(named[0])
            if made is None:
                self.left_out[_UNMADE] += 1
                return
            path = probe.request.path.replace(f"/{ids[named[0]]}", f"/{quote(made[0], safe='')}")
            own.append(evolve(probe, request=evolve(probe.request, path=path)))
        await self._send(*own)

    async def _send(self, probe: Probe, other: Probe | None = None) -> None:
        """Send a probe to both servers at the same time, or to neither."""
        both = (probe, probe if other is None else other)
        if all(probe.id in side.exchanges for side in self.sides):
            return
        if probe.group in self._stopped and probe.cost is Cost.FREE:
            self.left_out[_STOPPED] += 1
            return
        ceiling = self.ledger.ceiling if probe.cost is Cost.BILLABLE else max(self.ledger.ceiling, 1)
        needed = len(both) if probe.cost is Cost.BILLABLE else 1
        if probe.can_create and self.ledger.booked + needed > ceiling:
            self.left_out[_NO_MONEY] += 1
            return
        sending = [
            self._about(runner, runner.send([own]))
            for runner, own, side in zip(self.runners, both, self.sides, strict=True)
            if own.id not in side.exchanges
        ]
        for came in await asyncio.gather(*sending, return_exceptions=True):
            if isinstance(came, BaseException):
                raise came
            if not came:
                self._stopped.add(probe.group)

    async def _about(self, runner: Runner, doing: Awaitable[Any]) -> Any:
        """Wait for something, and name the server that is in the way of it."""
        try:
            return await doing
        except TargetError as error:
            url = runner.target.url
            raise type(error)(str(error) if url in str(error) else f"{url}: {error}") from error


def compare_servers(contract: Contract, targets: tuple[Target, Target], options: Options) -> Compared:
    """Send the same bytes to two servers, and return in what they differ.

    Args:
        contract: that the plan is made of.
        targets: the servers.
        options: of the plan; `max_creates` is the ceiling of both together.

    Raises:
        TargetError: one of them cannot be reached, or has nothing to test.
    """
    sides = (Side(targets[0]), Side(targets[1]))
    both = _Both(contract, options, sides, Ledger(options.max_creates, options.budget))
    trouble: str | None = None
    try:
        asyncio.run(both.carry_out())
    except KeyboardInterrupt:
        trouble = "interrupted"
    except TargetError as error:
        if isinstance(error, NothingToTestError) or not all(side.exchanges for side in sides):
            raise
        trouble = str(error)
    pairs = [
        Pair(found, sides[1].exchanges[name])
        for name, found in sides[0].exchanges.items()
        if name in sides[1].exchanges
    ]
    context = Context(contract, catalogue(contract), {}, options.max_response_time)
    if trouble is None and not pairs:
        trouble = "nothing was sent to both"
    return Compared(sides, differences(context, pairs), len(pairs), +both.left_out, both.ledger.spend(), trouble)


def _is_control(probe: Probe) -> bool:
    return probe.id.split("/")[1:2] == ["control"]
