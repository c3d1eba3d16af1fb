"""Sends the rows of a covering array, and remembers what of them was taken."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field

from conformance.campaign.planning import whole
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.runner import Runner, Skip
from conformance.probes.builder import Builder
from conformance.probes.filling import Filling, Row
from conformance.probes.framings import FramingCase

__all__ = ["RowSender", "Suspect"]

_NARROW = 2  # unusual values of an input that were refused, after which it is sent ordinary ones only

Suspect = Filling | FramingCase
"""Something about a row that may be why it was not accepted."""


@define
class RowSender:
    """Sends rows of one operation, without what is known not to be taken.

    Attributes:
        array: all rows, the smallest first.
        rows: those that are still to be sent.
        answers: all that came back.
        avoided: keys of fillings that are not sent again.
        clashing: prefixes of inputs that are not sent together again.
        narrow: how many unusual values of an input were refused, by its prefix.
        taken: keys of what was accepted, each with the keys of the listed values beside it.
        unread: ids of ways to write a request that the server does not read.
        read: prefixes of inputs of which something was accepted.
        unserved: listed values that the server does not offer, each with its refusal.
        broken: how many of the last requests were neither accepted nor refused.
    """

    builder: Builder
    runner: Runner
    array: Sequence[Row] = field(repr=False)
    rows: deque[Row] = field(factory=deque, init=False, repr=False)
    answers: list[Exchange] = field(factory=list, init=False, repr=False)
    avoided: set[tuple[str, str]] = field(factory=set, init=False, repr=False)
    clashing: list[frozenset[str]] = field(factory=list, init=False, repr=False)
    narrow: Counter[str] = field(factory=Counter, init=False, repr=False)
    taken: dict[tuple[str, str], set[tuple[str, str]]] = field(factory=dict, init=False, repr=False)
    unread: set[str] = field(factory=set, init=False, repr=False)
    read: set[str] = field(factory=set, init=False, repr=False)
    unserved: dict[tuple[str, str], tuple[Filling, Exchange]] = field(factory=dict, init=False, repr=False)
    broken: int = field(default=0, init=False)

    @property
    def plain(self) -> Row:
        """The smallest row: what is required, in its plainest form."""
        return self.array[0]

    @property
    def accepted(self) -> bool:
        """Whether anything was accepted."""
        return any(exchange.outcome is Outcome.ACCEPTED for exchange in self.answers)

    def affordable(self) -> int:
        """How many more creates the ceiling allows."""
        ledger = self.runner.ledger
        return ledger.ceiling - ledger.booked if self.builder.operation.billable else len(self.array)

    def skip_rest(self) -> None:
        """Say of the rows that are left that there is no money for them."""
        ceiling = self.runner.ledger.ceiling
        reason = f"the last of the {ceiling} creates are kept for what can only be tried when something was accepted"
        while self.rows:
            self.runner.emit(Skip(whole(self.builder, self.rows.popleft()), reason))

    async def together(self, rows: Sequence[Row]) -> list[tuple[Row, Exchange]]:
        """Send rows at the same time; return those that were sent, with what came back."""
        probes = {whole(self.builder, row).id: row for row in rows}
        exchanges = await self.runner.together([whole(self.builder, row) for row in rows])
        for exchange in exchanges:
            self.note(probes[exchange.probe.id], exchange)
        return [(probes[exchange.probe.id], exchange) for exchange in exchanges]

    async def send(self, row: Row) -> Exchange | None:
        """Send a row as it is; return what came back, None where it was not sent."""
        exchanges = await self.runner.send([whole(self.builder, row)])
        for exchange in exchanges:
            self.note(row, exchange)
        return exchanges[0] if exchanges else None

    def note(self, row: Row, exchange: Exchange) -> None:
        """Remember what was taken, and with which listed values."""
        self.answers.append(exchange)
        self.broken = 0 if exchange.outcome in (Outcome.ACCEPTED, Outcome.REFUSED) else self.broken + 1
        if exchange.outcome is Outcome.ACCEPTED:
            listed = {filling.key for filling in row.listed}
            self.read.update(filling.prefix for filling in row.fillings if not filling.is_absent)
            for filling in row.fillings:
                self.taken.setdefault(filling.key, set()).update(listed)

    def avoid(self, culprits: Sequence[Filling]) -> None:
        """Remember what must not be sent again; if ordinary values break it together, their inputs do."""
        if len(culprits) > 1 and not any(filling.is_unusual for filling in culprits):
            self.clashing.append(frozenset(filling.prefix for filling in culprits))
        else:
            self.avoided.add(culprits[-1].key)

    def adapted(self, row: Row) -> Row:
        """Leave out what is known not to be taken: to send it again would teach nothing."""
        changes = []
        for filling in row.fillings:
            tired = filling.is_unusual and self.narrow[filling.prefix] >= _NARROW
            if filling.key in self.avoided or tired:
                changes.append(self.standing_in(filling))
            elif filling.key in self.unserved:
                changes.append(self.served(filling) or filling)
        adapted = self._apart(row.holding(*changes))
        return adapted.framed(case for case in adapted.framings if case.id not in self.unread)

    def _apart(self, row: Row) -> Row:
        """Leave out the last of some inputs that are not sent together again."""
        for clash in self.clashing:
            met = [filling for filling in row.fillings if filling.prefix in clash and not filling.is_absent]
            if len(met) == len(clash):
                row = self.without(row, met[-1])
        return row

    def standing_in(self, filling: Filling) -> Filling:
        """Return what is sent in place of something: nothing where that is allowed, or what is plainest."""
        for other in (*self.plain.fillings, *(other for row in self.array for other in row.fillings)):
            if other.prefix == filling.prefix and other.key not in self.avoided and not other.is_unusual:
                return other
        return filling

    def served(self, filling: Filling) -> Filling | None:
        """Return a listed value of the same input that was accepted."""
        return next(
            (other for other in self.listed(filling.prefix) if other.key in self.taken and other.key != filling.key),
            None,
        )

    def untried(self, filling: Filling) -> Filling | None:
        """Return a listed value of the same input that may be accepted."""
        known = {filling.key, *self.unserved, *self.avoided}
        return next((other for other in self.listed(filling.prefix) if other.key not in known), None)

    def listed(self, prefix: str) -> Iterator[Filling]:
        """Yield the listed values of an input that rows hold."""
        yield from (f for row in self.array for f in row.fillings if f.prefix == prefix and f.is_listed)

    def without(self, row: Row, suspect: Suspect) -> Row:
        """Return a row without one thing; a listed value has to stay where one is required."""
        if not isinstance(suspect, Filling):
            return row.framed(case for case in row.framings if case != suspect)
        plain = next(filling for filling in self.plain.fillings if filling.prefix == suspect.prefix)
        return row if suspect.is_listed and not plain.is_absent else row.holding(plain)

    def only(self, row: Row, suspects: Iterable[Suspect], *, listed: Sequence[Filling] | None = None) -> Row:
        """Return the smallest row with a row's listed values, or others, and nothing beside them but some suspects."""
        kept = list(suspects)
        smallest_row = self.plain.holding(*(row.listed if listed is None else listed))
        smallest_row = smallest_row.holding(*(suspect for suspect in kept if isinstance(suspect, Filling)))
        return smallest_row.framed(suspect for suspect in kept if not isinstance(suspect, Filling))
