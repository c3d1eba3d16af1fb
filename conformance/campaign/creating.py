"""Creating: sends what is meant to be accepted, the smallest request first, and looks into what is not."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from attrs import define, field

from conformance.campaign.broken_rows import BreakdownInquiry
from conformance.campaign.culprits import Culprit, culprit_findings
from conformance.campaign.refused_rows import OFFERED, RefusalInquiry, input_of
from conformance.campaign.sending import RowSender
from conformance.checks.findings import Finding
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Probe
from conformance.engine.runner import Runner
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.filling import Filling, Row

__all__ = ["Creator"]

_PATIENCE = 3  # requests that were refused for want of rights or credit, or whatever is left out of them


@define
class Creator:
    """Sends the rows of one operation."""

    sender: RowSender
    refusals: RefusalInquiry = field(repr=False)
    breakdowns: BreakdownInquiry = field(init=False, repr=False)
    _limited: int = field(default=0, init=False)
    _others: list[Culprit] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        self.breakdowns = BreakdownInquiry(self.sender)

    @classmethod
    def of(
        cls,
        builder: Builder,
        runner: Runner,
        taught: Controls,
        array: Sequence[Row],
        crashing: Iterable[Filling] = (),
        broken: Container[str] = (),
    ) -> Creator:
        """Return what sends an array of rows, without what is known to break the server.

        Args:
            builder: of the operation.
            runner: sends them.
            taught: what the controls have taught.
            array: the rows.
            crashing: fillings that made the server fail.
            broken: requirements that free probes have shown to be broken; what is written as they say is not read.
        """
        sender = RowSender(builder, runner, array)
        sender.avoided.update(filling.key for filling in crashing)
        sender.unread.update(case.id for row in array for case in row.framings if case.requirement in broken)
        return cls(sender, RefusalInquiry(sender, taught))

    @property
    def answers(self) -> Sequence[Exchange]:
        """All that came back."""
        return self.sender.answers

    async def send(self, at_once: int, kept_back: int = 0) -> None:
        """Send the rows one after the other, and the last ones, when it is known what is taken, at the same time.

        Args:
            at_once: how many go out at the same time in the end.
            kept_back: how many creates are left for what follows when something was accepted, unless they are needed
                to look into something.
        """
        sender = self.sender
        sender.rows.extend(sender.array)
        while sender.rows and max(self._limited, self.refusals.hopeless) < _PATIENCE:
            if sender.builder.operation.billable and 0 < sender.affordable() <= kept_back * sender.accepted:
                sender.skip_rest()
                return
            if sender.accepted and 1 < at_once >= min(len(sender.rows), sender.affordable() - kept_back):
                rows = [sender.adapted(sender.rows.popleft()) for _ in range(min(at_once, len(sender.rows)))]
                at_once = 0
                for row, exchange in await sender.together(rows):
                    await self._look_into(row, exchange)
            else:
                await self._send_row(sender.rows.popleft())

    async def send_others(self, probes: Iterable[Probe]) -> None:
        """Send the smallest request in other ways; one that is refused alone is not taken in that way."""
        for probe in probes:
            if not self.sender.accepted:
                return
            for exchange in await self.sender.runner.send([probe]):
                if exchange.outcome is Outcome.REFUSED:
                    self._others.append(Culprit((), exchange, framing=probe.id))

    def findings(self) -> Iterator[Finding]:
        """Say of each culprit which requirement it breaks."""
        unserved = [Culprit((filling,), exchange) for filling, exchange in self.sender.unserved.values()]
        found = (*self.refusals.found, *self.breakdowns.found, *self._others)
        yield from culprit_findings(self.sender.builder, found, unserved, self._offers(), self.sender.read)

    def _offers(self) -> dict[str, Exchange]:
        """Return the first acceptance of a value that a server need not offer, by the prefix of its input."""
        accepted = [exchange for exchange in self.sender.answers if exchange.outcome is Outcome.ACCEPTED]
        return {
            filling.prefix: accepted[0]
            for filling in self.sender.plain.listed
            if accepted and input_of(self.sender.builder, filling).schema.role == OFFERED
        }

    async def _send_row(self, row: Row) -> None:
        row = self.sender.adapted(row)
        exchange = await self.sender.send(row)
        if exchange is not None:
            await self._look_into(row, exchange)

    async def _look_into(self, row: Row, exchange: Exchange) -> None:
        self._limited = self._limited + 1 if exchange.outcome is Outcome.LIMITED else 0
        if exchange.outcome is Outcome.REFUSED:
            await self.refusals.look_into(row, exchange)
        elif exchange.is_unusable:
            await self.breakdowns.look_into(row, exchange)
