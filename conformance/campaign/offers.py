"""Finds out whether a server offers an operation that it may do without (`x-optional`), before it is held to it."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from conformance.checks.offering import is_as_nowhere, is_unrouted, says_something, shows_it, varies
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Probe
from conformance.engine.runner import Emit, Runner
from conformance.probes.builder import Builder
from conformance.probes.presence import known, nowhere, unknown

__all__ = ["Offer", "find_out"]


@frozen
class Offer:
    """What came of asking.

    Attributes:
        why_not: why the operation counts as not offered; None where it does not.
        answers: to requests of the operation itself, which need not be sent again.
        is_down: every answer was a breakdown, or none came: that is told, and more requests would tell no more.
    """

    why_not: str | None
    answers: tuple[Exchange, ...] = field(default=(), repr=False)
    is_down: bool = False


async def find_out(runner: Runner, builder: Builder, tell: Emit) -> Offer:
    """Ask for an operation, and where nothing is; what was made in this run is asked for first, since it proves most.

    Args:
        runner: sends what is asked.
        builder: of the operation, with what was made in this run.
        tell: is told of every exchange; what is asked of addresses where nothing is is no evidence of anything else.
    """
    emit, runner.emit = runner.emit, tell
    try:
        return await _Asker(runner, builder).ask()
    finally:
        runner.emit = emit


@define
class _Asker:
    runner: Runner
    builder: Builder
    answers: list[Exchange] = field(factory=list)
    made: list[Exchange] = field(factory=list)
    is_changing: bool = False

    async def ask(self) -> Offer:
        whole = known(self.builder)
        self.made = await self._send([whole] if whole is not None else [])
        if any(map(shows_it, self.made)):
            return self._offered()
        plain, bare = unknown(self.builder)
        asked = [group for group in (self.made, await self._send(plain)) if group]
        told = [group for group in asked if says_something(group)]
        if not told:
            return Offer(None, tuple(self.answers), is_down=True)
        if not is_unrouted(exchange for group in told for exchange in group):
            self.is_changing = len(told[-1]) > 1 and varies(told[-1])
            if not await self._all_as_nowhere(told):
                return self._offered()
            anonymous = await self._send(bare)
            if anonymous and says_something(anonymous) and not await self._all_as_nowhere([anonymous]):
                return self._offered()
        return Offer(self._why_not(told[0][0], is_made=told[0] is self.made), tuple(self.answers))

    async def _send(self, probes: Sequence[Probe]) -> list[Exchange]:
        came = await self.runner.send(probes)
        self.answers += came
        return came

    async def _all_as_nowhere(self, asked: Sequence[Sequence[Exchange]]) -> bool:
        """Tell whether everything that was asked is answered as it is at one and the same address where nothing is."""
        for probe in nowhere(self.builder, asked[-1][0].probe):
            for other in await self.runner.send([probe]):
                if all(is_as_nowhere(group, other, varies=self.is_changing and len(group) == 1) for group in asked):
                    return True
        return False

    def _offered(self) -> Offer:
        return Offer(None, tuple(self.answers))

    def _why_not(self, seen: Exchange, *, is_made: bool) -> str:
        operation = self.builder.operation
        said = f"{operation.method} {operation.path} is not offered: it is answered with {seen.status}"
        said += "" if is_unrouted([seen]) else ", as an address is where nothing is"
        if is_made or not self.builder.named:
            return said
        return f"{said}; nothing was made in this run that would show more"
