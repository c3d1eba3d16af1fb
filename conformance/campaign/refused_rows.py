"""Refusals: what a server does not take of a request that the contract allows.

Refusals cost nothing, so parts are taken away one after the other; the request that is accepted in the end stands
for the row that was refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define, field

from conformance.campaign.culprits import Culprit
from conformance.campaign.sending import RowSender, Suspect
from conformance.contract import Input
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import Fingerprint, fingerprint
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.filling import Filling, Row
from conformance.probes.framings import FramingCase
from conformance.requirements.ids import input_prefix
from conformance.requirements.known_defects import KnownDefect

__all__ = ["OFFERED", "RefusalInquiry", "input_of"]

OFFERED = "model"
"""The role of values of which a server need not offer all."""

_NOT_FOUND = (404, 410)
_LENGTH_REQUIRED = 411


@define
class RefusalInquiry:
    """Looks into rows that were refused.

    Attributes:
        found: what was not taken.
        hopeless: how often even the smallest request was refused.
    """

    sender: RowSender
    taught: Controls = field(repr=False)
    found: list[Culprit] = field(factory=list, init=False)
    hopeless: int = field(default=0, init=False)
    _needed: list[Filling] = field(factory=list, init=False)

    async def look_into(self, row: Row, refusal: Exchange) -> None:
        """Find out what of a row was not taken."""
        if row.framings and refusal.answer is not None and refusal.answer.status == _LENGTH_REQUIRED:
            self.sender.rows.appendleft(row.framed(()))
            return
        if self._is_unserved(row, refusal):
            smallest_row = self._smallest(row)
            again = refusal if row == smallest_row else await self.sender.send(smallest_row)
            if again is None or again.outcome is Outcome.REFUSED:
                self._set_aside(row, again or refusal)
                return
        settled = await self._remove_in_turn(row, refusal)
        if not settled:
            await self._look_into_smallest(self._smallest(row), refusal)

    def _is_unserved(self, row: Row, refusal: Exchange) -> bool:
        """Tell whether a listed value is refused in the words for one that is not listed, or not offered."""
        for filling in row.listed:
            if filling.key in self.sender.taken:
                continue
            if any(
                fingerprint([known], other.name).matches(fingerprint([refusal], filling.name))
                for other, known in self.sender.unserved.values()
                if other.prefix == filling.prefix
            ):
                return True
            unlisted = self._unlisted(filling)
            if unlisted is None:
                continue
            name, control = unlisted
            others = (known for other, known in self.taught.contrasts.items() if name not in other.split("+"))
            telling = not any(control.matches(known) for known in others)
            if telling and control.matches(fingerprint([refusal], filling.name)):
                return True
        return False

    def _is_optional_offer(self, filling: Filling) -> bool:
        """Tell whether a value is one of those of which a server need not offer all, and others are taken."""
        offered = input_of(self.sender.builder, filling).schema.role == OFFERED
        return offered and self.sender.served(filling) is not None

    def _unlisted(self, filling: Filling) -> tuple[str, Fingerprint] | None:
        """Return the control with an unlisted value in place of one that a server need not offer."""
        declared = input_of(self.sender.builder, filling)
        if declared.schema.role != OFFERED:
            return None
        name = KnownDefect(declared, "unlisted").name
        control = self.taught.contrasts.get(name)
        return None if control is None else (name, control)

    def _set_aside(self, row: Row, refusal: Exchange) -> None:
        """Note that a value is not offered, and send what its row carried with one that is."""
        for filling in row.listed:
            self.sender.unserved[filling.key] = (filling, refusal)
            other = self.sender.served(filling)
            if other is not None:
                self.sender.rows.appendleft(row.holding(other))

    async def _remove_in_turn(self, row: Row, refusal: Exchange) -> bool:
        """Make a request smaller until it is accepted; return whether there is nothing left to find out."""
        current, last, kept = row, refusal, list[Suspect]()
        for suspect in self._suspects(row, refusal):
            smaller = self.sender.without(current, suspect)
            exchange = await self.sender.send(smaller)
            if exchange is None or exchange.outcome not in (Outcome.REFUSED, Outcome.ACCEPTED):
                return True
            if exchange.outcome is Outcome.REFUSED:
                current, last = smaller, exchange
                continue
            kept.append(suspect)
            confirmed = await self.sender.send(self.sender.only(row, kept))
            if confirmed is None or confirmed.outcome is not Outcome.ACCEPTED:
                if confirmed is not None and confirmed.outcome is Outcome.REFUSED:
                    await self._blame(row, kept, confirmed)
                return True
        if kept:
            await self._blame(row, kept, last)
        return bool(kept)

    async def _blame(self, row: Row, suspects: Sequence[Suspect], refusal: Exchange) -> None:
        """Record what the server did not take, and whether another listed value would have been taken with it."""
        fillings = tuple(suspect for suspect in suspects if isinstance(suspect, Filling))
        cases = [suspect for suspect in suspects if not isinstance(suspect, Filling)]
        if cases:  # what it is about may have to be there
            self._blame_framing(cases, refusal)
            return
        for filling in fillings:
            self.sender.narrow[filling.prefix] += filling.is_unusual
        only_with = await self._only_with(row, fillings)
        self.found.append(Culprit(fillings, refusal, only_with=only_with))
        if only_with is None:
            self.sender.avoided.add(fillings[0].key)

    def _blame_framing(self, cases: Sequence[FramingCase], refusal: Exchange) -> None:
        """Record a way to write a request that the server does not read; it is not used again."""
        self.found.append(Culprit((), refusal, framing=cases[0].requirement))
        self.sender.unread.add(cases[0].id)

    async def _only_with(self, row: Row, fillings: Sequence[Filling]) -> Filling | None:
        """Return the listed value that a refusal depends on: what is refused with it is taken with another one."""
        for own in row.listed:
            if own in fillings or any(filling.is_unusual for filling in fillings):
                continue
            known = set.intersection(*(self.sender.taken.get(filling.key, set()) for filling in fillings))
            if known - {own.key}:
                return own
            other = self.sender.served(own) or self.sender.untried(own)
            if other is not None:
                exchange = await self.sender.send(self.sender.plain.holding(other, *fillings))
                if exchange is not None and exchange.outcome is Outcome.ACCEPTED:
                    return own
        return None

    def _suspects(self, row: Row, refusal: Exchange) -> list[Suspect]:
        """What can be taken away, what the refusal names first."""
        text = _text(refusal)
        removable = [f for f in row.fillings if self.sender.without(row, f) != row]
        removable.sort(key=lambda filling: (not _is_named(filling, text), not filling.is_unusual))
        found: list[Suspect] = list(removable)
        place = sum(_is_named(filling, text) for filling in removable)
        return [*found[:place], *row.framings, *found[place:]]

    def _smallest(self, row: Row) -> Row:
        return self.sender.only(row, ())

    async def _look_into_smallest(self, row: Row, refusal: Exchange) -> None:
        """Even the smallest request is refused: does it, or its listed value, need something more?"""
        value = next(iter(row.listed), None)
        text, last = _text(refusal), refusal
        candidates = [filling for filling in self._candidates() if filling not in self._needed]
        candidates.sort(key=lambda filling: not _is_named(filling, text))
        for filling in [*self._needed, *candidates]:
            exchange = await self.sender.send(row.holding(filling))
            if exchange is None or exchange.outcome not in (Outcome.REFUSED, Outcome.ACCEPTED):
                return
            if exchange.outcome is Outcome.ACCEPTED:
                self.found.append(Culprit((value,) if value is not None else (), last, needs=filling))
                if filling not in self._needed:
                    self._needed.append(filling)
                return
            last = exchange
        if any(self._is_optional_offer(filling) for filling in row.listed):
            self._set_aside(row, last)
            return
        missing = last.answer is not None and last.answer.status in _NOT_FOUND
        culprit = None if missing and self.sender.builder.named else self._suspect_of(row, text)
        self.hopeless += culprit is None or not culprit.is_listed
        self.found.append(Culprit((culprit,) if culprit is not None else (), last))

    def _suspect_of(self, row: Row, text: str) -> Filling | None:
        """Return what a refusal of the smallest request is about: what it names, or else a listed value."""
        present = [filling for filling in row.fillings if not filling.is_absent]
        named = [filling for filling in present if _is_named(filling, text)]
        alone = present if len(present) == 1 else []
        return next(iter([filling for filling in named if filling.is_listed] or named or row.listed or alone), None)

    def _candidates(self) -> list[Filling]:
        """One filling for each way of each optional input, without what is known to be refused."""
        needed = {
            input_prefix(self.sender.builder.operation, d) for d in self.sender.builder.operation.inputs if d.required
        }
        seen: dict[tuple[str, str], Filling] = {}
        for filling in (filling for row in self.sender.array for filling in row.fillings):
            if filling.way is not None and not filling.is_unusual and filling.prefix not in needed:
                seen.setdefault((filling.prefix, filling.way.kind), filling)
        return [filling for filling in seen.values() if filling.key not in self.sender.avoided]


def input_of(builder: Builder, filling: Filling) -> Input:
    """Return the input that a filling is for."""
    operation = builder.operation
    return next(declared for declared in operation.inputs if input_prefix(operation, declared) == filling.prefix)


def _is_named(filling: Filling, text: str) -> bool:
    """Tell whether a refusal names the input of a filling, as a word of its own."""
    return re.search(rf"(?<![a-z0-9_]){re.escape(filling.field.lower())}(?![a-z0-9_])", text) is not None


def _text(refusal: Exchange) -> str:
    return refusal.answer.body.decode("utf-8", "replace").lower() if refusal.answer else ""
