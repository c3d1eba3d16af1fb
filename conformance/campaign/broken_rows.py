"""Breakdowns: what makes a server fail though the contract allows it.

What is suspected is halved while further rows are sent: each carries a part of it in place of its own unusual
values, so that finding the culprit needs hardly more creates than were planned.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from attrs import define, field

from conformance.campaign.culprits import Culprit
from conformance.campaign.reduction import UndecidedError, UnsteadyError, smallest
from conformance.campaign.sending import RowSender, Suspect
from conformance.engine.exchange import Exchange, Outcome
from conformance.probes.filling import Filling, Row

__all__ = ["BreakdownInquiry"]

_MOST_TOGETHER = 3
_RESERVE = 6  # creates that it takes to find what breaks the server with one listed value only


@define
class _Breakdown:
    """The last breakdown that was seen: the row, and what of it was under suspicion."""

    exchange: Exchange
    row: Row
    part: Sequence[Suspect]

    def again(self, carried: Sequence[Suspect], row: Row, exchange: Exchange) -> bool:
        """Tell whether a row broke the server too, which is then the last one.

        Raises:
            UndecidedError: the answer is neither a breakdown nor an acceptance.
        """
        if exchange.is_unusable:
            self.exchange, self.row, self.part = exchange, row, carried
        elif exchange.outcome is not Outcome.ACCEPTED:
            raise UndecidedError
        return exchange.is_unusable


@define
class BreakdownInquiry:
    """Looks into rows that broke the server.

    Attributes:
        found: what broke it.
    """

    sender: RowSender
    found: list[Culprit] = field(factory=list, init=False)

    async def look_into(self, row: Row, first: Exchange) -> None:
        """Find what breaks the server by rows that were to be sent anyway, each with a part of the suspects."""
        suspects = [f for f in row.beyond(self.sender.plain) if not f.is_listed]
        both: tuple[Suspect, ...] = (*suspects, *row.framings)
        part = sorted(both, key=lambda one: isinstance(one, Filling) and not one.is_unusual)
        self.sender.avoided.update(filling.key for filling in suspects if filling.is_unusual)
        seen = _Breakdown(first, row, part)

        async def breaks(carried: Sequence[Suspect]) -> bool:
            return seen.again(carried, *await self._send_carrying(row, carried))

        async def breaks_with_own(carried: Sequence[Suspect]) -> bool:
            return seen.again(carried, *await self._send_with_own(seen.row, carried))

        culprits: Sequence[Suspect] = ()
        listed: Sequence[Filling] = ()
        with suppress(UndecidedError, UnsteadyError):
            if await breaks(seen.part):
                with suppress(UnsteadyError):
                    culprits = await smallest(seen.part, breaks)
            elif not first.outcome.is_breakdown:
                return  # a gateway says that of an upstream, and some have none for a model
            if not culprits and await breaks_with_own(()):
                culprits = seen.row.listed[-1:]
            elif not culprits:
                culprits, listed = await smallest(seen.part, breaks_with_own), seen.row.listed[-1:]
        if culprits and seen.exchange is not first:
            self._record(culprits, seen.exchange, listed)

    def _record(self, culprits: Sequence[Suspect], exchange: Exchange, listed: Sequence[Filling]) -> None:
        """Blame what broke the server; too much of it together is nothing that anybody could look for."""
        fillings = tuple(culprit for culprit in culprits if isinstance(culprit, Filling))
        framings = [culprit for culprit in culprits if not isinstance(culprit, Filling)]
        if framings and not fillings:
            self.found.append(Culprit((), exchange, framing=framings[0].requirement, breaks=True))
            self.sender.unread.add(framings[0].id)
        elif len(fillings) == len(culprits) <= _MOST_TOGETHER:
            self.found.append(Culprit(fillings, exchange, only_with=next(iter(listed), None), breaks=True))
            self.sender.avoid(fillings)

    async def _send_carrying(self, row: Row, suspects: Sequence[Suspect]) -> tuple[Row, Exchange]:
        """Send the next row's listed values, or others, with nothing beside them but some suspects.

        Raises:
            UndecidedError: neither a row nor money is left, or it was not sent.
        """
        await self._settle()
        if self.sender.rows:
            listed = self.sender.adapted(self.sender.rows.pop()).listed  # the last ones carry what is rarest
        elif self.sender.affordable() > 0:
            listed = tuple(self.sender.served(filling) or filling for filling in row.listed)
        else:
            raise UndecidedError
        return await self._send(self.sender.only(row, suspects, listed=listed))

    async def _send_with_own(self, row: Row, suspects: Sequence[Suspect]) -> tuple[Row, Exchange]:
        """Send a row's own listed values with nothing beside them but some suspects, where money is left for it.

        Raises:
            UndecidedError: none is, or it was not sent.
        """
        await self._settle()
        if not row.listed or self.sender.affordable() <= len(self.sender.rows):
            raise UndecidedError
        return await self._send(self.sender.only(row, suspects))

    async def _send(self, row: Row) -> tuple[Row, Exchange]:
        exchange = await self.sender.send(row)
        if exchange is None:
            raise UndecidedError
        return row, exchange

    async def _settle(self) -> None:
        """Send the smallest request after a breakdown: it shows that creates still work.

        Raises:
            UndecidedError: they do not, or no money is left.
        """
        if self.sender.broken and self.sender.affordable() > 1:
            is_scarce = self.sender.rows and len(self.sender.rows) + _RESERVE >= self.sender.affordable()
            spared = self.sender.rows.pop() if is_scarce else None
            listed = self.sender.adapted(spared).listed if spared is not None else self.sender.plain.listed
            exchange = await self.sender.send(self.sender.plain.holding(*listed))
            if spared is not None and exchange is not None and exchange.outcome is Outcome.REFUSED:
                await self.sender.send(self.sender.plain)
        if self.sender.broken:
            raise UndecidedError
