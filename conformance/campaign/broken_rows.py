"""Breakdowns: what makes a server fail though the contract allows it.

What is suspected is halved while further rows are sent: each carries a part of it in place of its own unusual
values, so that finding the culprit needs hardly more creates than were planned.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field

from conformance.campaign.culprits import Culprit
from conformance.campaign.reduction import UndecidedError, smallest
from conformance.campaign.sending import RowSender, Suspect
from conformance.engine.exchange import Exchange, Outcome
from conformance.probes.filling import Filling, Row

__all__ = ["BreakdownInquiry"]


_IN_A_ROW = 2  # one more, and no creates are sent any more


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
        last, seen = first, 0

        async def breaks(suspects: Sequence[Suspect]) -> bool:
            nonlocal last, seen
            exchange = await self._send_carrying(row, suspects)
            if exchange.is_unusable:
                last, seen = exchange, seen + 1
                return True
            if exchange.outcome is Outcome.ACCEPTED:
                return False
            raise UndecidedError

        async def breaks_with_own(suspects: Sequence[Suspect]) -> bool:
            nonlocal last, seen
            exchange = await self._send_with_own(row, suspects)
            if exchange.is_unusable:
                last, seen = exchange, seen + 1
            return exchange.is_unusable

        suspects = [f for f in row.beyond(self.sender.plain) if not f.is_listed]
        found: list[Suspect] = [*suspects, *row.framings]
        found.sort(key=lambda suspect: isinstance(suspect, Filling) and not suspect.is_unusual)
        self.sender.avoided.update(filling.key for filling in suspects if filling.is_unusual)
        try:
            part = await self._half(found, breaks)
            if part is not None:
                self._record(await smallest(part, breaks), last, (), seen)
            elif not first.outcome.is_breakdown:
                return  # a gateway says that of an upstream, and some have none for a model
            elif await breaks_with_own(()):
                self._record(row.listed[-1:], last, (), seen + 1)
            else:
                culprits = await smallest(found, breaks_with_own)
                self._record(culprits, last, row.listed[-1:], seen)
        except UndecidedError:
            return

    async def _half(
        self, found: Sequence[Suspect], breaks: Callable[[Sequence[Suspect]], Awaitable[bool]]
    ) -> Sequence[Suspect] | None:
        """Return a half that breaks the server, or all where it takes both; None where it depends on listed values.

        Each part is tried with other listed values, so a server that took both halves is asked for the whole again.
        """
        if not await breaks(found):
            return None
        middle = (len(found) + 1) // 2
        for half in (found[:middle], found[middle:]):
            if half and await breaks(half):
                return half
        return found if len(found) > 1 and await breaks(found) else None

    def _record(self, culprits: Sequence[Suspect], exchange: Exchange, listed: Sequence[Filling], seen: int) -> None:
        """Blame what was seen to break the server more than once, and did not where it was left out."""
        fillings = tuple(culprit for culprit in culprits if isinstance(culprit, Filling))
        framings = [culprit for culprit in culprits if not isinstance(culprit, Filling)]
        if seen > 1 and framings and not fillings:
            self.found.append(Culprit((), exchange, framing=framings[0].requirement, breaks=True))
            self.sender.unread.add(framings[0].id)
        elif seen > 1 and fillings and len(fillings) == len(culprits):
            self.found.append(Culprit(fillings, exchange, only_with=next(iter(listed), None), breaks=True))
            self.sender.avoided.add(fillings[-1].key)

    async def _send_carrying(self, row: Row, suspects: Sequence[Suspect]) -> Exchange:
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
        exchange = await self.sender.send(self.sender.only(row, suspects, listed=listed))
        if exchange is None:
            raise UndecidedError
        return exchange

    async def _send_with_own(self, row: Row, suspects: Sequence[Suspect]) -> Exchange:
        """Send a row's own listed values with nothing beside them but some suspects, where money is left for it.

        Raises:
            UndecidedError: none is, or it was not sent.
        """
        await self._settle()
        if not row.listed or self.sender.affordable() <= len(self.sender.rows):
            raise UndecidedError
        exchange = await self.sender.send(self.sender.only(row, suspects))
        if exchange is None:
            raise UndecidedError
        return exchange

    async def _settle(self) -> None:
        """Send the smallest request after two breakdowns: it shows that creates still work.

        Raises:
            UndecidedError: they do not, or no money is left.
        """
        if self.sender.broken < _IN_A_ROW:
            return
        if self.sender.affordable() > 1:
            spared = self.sender.rows.pop() if len(self.sender.rows) >= self.sender.affordable() else None
            listed = self.sender.adapted(spared).listed if spared is not None else self.sender.plain.listed
            exchange = await self.sender.send(self.sender.plain.holding(*listed))
            if spared is not None and exchange is not None and exchange.outcome is Outcome.REFUSED:
                await self.sender.send(self.sender.plain)
        if self.sender.broken >= _IN_A_ROW:
            raise UndecidedError
