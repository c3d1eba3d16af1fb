"""Minimisation: finds out what a server does not take of a request that the contract allows.

Refusals cost nothing, so parts are removed one after the other until the request is accepted; the part that
was removed last is what the server is narrower about than the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, evolve, field, frozen

from conformance.campaign.planning import whole
from conformance.checks.expectation import wants_length, why_open
from conformance.checks.findings import Finding, failed, open_
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Probe
from conformance.engine.runner import Runner
from conformance.probes.builder import Builder
from conformance.probes.covering import PLAIN, Filling, Row
from conformance.requirements.ids import input_prefix

__all__ = ["Culprit", "Minimiser"]

_NOT_FOUND = (404, 410)
_PATIENCE = 3  # requests that were refused for want of rights or credit, or whatever is left out of them


@frozen
class Culprit:
    """What a server is narrower about: one way to fill an input, a listed value, a framing, or the whole request.

    Attributes:
        filling: what was not taken; None where it is the framing, or even the smallest request.
        needs: what the server demands beside it, though the contract does not.
        framing: the requirement about the framing that was not taken.
    """

    filling: Filling | None
    exchange: Exchange
    needs: Filling | None = None
    framing: str | None = None


def _of_framing(requirement: str, exchange: Exchange) -> Finding:
    if wants_length(exchange):
        return open_(requirement, why_open(exchange), exchange)
    return failed(requirement, "the request was accepted only when it was written plainly", exchange)


@define
class Minimiser:
    """Sends the rows of a covering array, and looks into those that are refused."""

    builder: Builder
    runner: Runner
    array: Sequence[Row] = field(repr=False)
    found: list[Culprit] = field(factory=list, init=False)
    answers: list[Exchange] = field(factory=list, init=False, repr=False)
    _avoid: set[tuple[str, str]] = field(factory=set, init=False)
    _needed: list[Filling] = field(factory=list, init=False)
    _limited: int = field(default=0, init=False)
    _hopeless: int = field(default=0, init=False)

    async def send(self, at_once: int) -> None:
        """Send the rows: the smallest first, some at the same time, then the rest in turn."""
        first, together, rest = self.array[:1], self.array[1 : 1 + at_once], self.array[1 + at_once :]
        for row in first:
            await self._row(row)
        adapted = [self._adapt(row) for row in together]
        exchanges = await self.runner.together([self._probe(row) for row in adapted])
        self.answers.extend(exchanges)
        by_id = {exchange.probe.id: exchange for exchange in exchanges}
        for row in adapted:
            if (exchange := by_id.get(self._probe(row).id)) is not None:
                await self._look_into(row, exchange)
        for row in rest:
            if self._limited >= _PATIENCE or self._hopeless >= _PATIENCE:
                break
            await self._row(row)

    async def send_others(self, probes: Iterable[Probe]) -> None:
        """Send the smallest request in other ways; one that is refused alone is not taken in that way."""
        for probe in probes:
            if not any(exchange.outcome is Outcome.ACCEPTED for exchange in self.answers):
                return
            for exchange in await self.runner.send([probe]):
                if exchange.outcome is Outcome.REFUSED:
                    self.found.append(Culprit(None, exchange, framing=probe.id))

    def findings(self) -> Iterator[Finding]:
        """Say of each culprit which requirement it breaks."""
        for culprit in self.found:
            yield from self._findings(culprit)
        yield from self._refused_inputs()

    def _findings(self, culprit: Culprit) -> Iterator[Finding]:
        op, exchange, filling = self.builder.operation, culprit.exchange, culprit.filling
        if culprit.framing is not None:
            yield _of_framing(culprit.framing, exchange)
        elif culprit.needs is not None:
            what = f"`{filling.name}`" if filling is not None else "the smallest request"
            message = f"narrower than the contract: {what} needs `{culprit.needs.field}`"
            yield failed(f"{op.id}/request/minimal", message, exchange)
        elif filling is None:
            names = [declared for declared in op.parameters if declared.name in self.builder.named]
            for declared in names:
                yield failed(f"{input_prefix(op, declared)}/known", "what was just made was not found", exchange)
            if not names or op.body is not None:
                yield failed(f"{op.id}/request/minimal", "even the smallest valid request was refused", exchange)
            for declared in (declared for declared in op.inputs if declared.required and declared not in names):
                reason = "even the smallest valid request was refused, for a reason that names nothing"
                yield open_(f"{input_prefix(op, declared)}/accepted", reason, exchange)
        elif exchange.outcome is Outcome.FAILED:
            message = f"`{filling.field}` as {filling.name} makes the server fail"
            yield failed(f"{filling.prefix}/robust", message, exchange)
        elif filling.is_listed:
            message = f"`{filling.name}` was refused in every form that was tried"
            yield failed(f"{filling.prefix}/value/{filling.name}", message, exchange)
        else:
            message = f"narrower than the contract: `{filling.field}` as {filling.name} is refused"
            yield failed(f"{filling.prefix}/unrestricted", message, exchange)
            way = filling.way
            if way is not None and len(self.builder.ways(way.field)) > 1 and filling.name == way.kind:
                yield failed(f"{filling.prefix}/form/{way.kind}", message, exchange)

    def _refused_inputs(self) -> Iterator[Finding]:
        """An input is refused where none of the ways to fill it was taken."""
        culprits = {
            (culprit.filling.prefix, culprit.filling.name): culprit.exchange
            for culprit in self.found
            if culprit.filling is not None and culprit.needs is None
        }
        for declared in self.builder.operation.inputs:
            prefix = input_prefix(self.builder.operation, declared)
            names = [str(value) for value in declared.schema.enum] or [way.kind for way in self.builder.ways(declared)]
            ways = {(prefix, name) for name in names}
            if ways <= culprits.keys():
                exchange = culprits[min(ways)]
                message = f"`{declared.name}` was refused in every documented form"
                yield failed(f"{prefix}/accepted", message, exchange)

    async def _row(self, row: Row) -> None:
        row = self._adapt(row)
        exchange = await self._send(row)
        if exchange is not None:
            await self._look_into(row, exchange)

    def _adapt(self, row: Row) -> Row:
        """Leave out what the server is known to refuse: every further refusal of it would teach nothing."""
        for filling in row.fillings:
            if (filling.prefix, filling.name) in self._avoid:
                row = row.holding(self._plain(filling))
        return row

    def _plain(self, filling: Filling) -> Filling:
        """Return what stands in for a refused filling: leaving the input out, or the first way to fill it."""
        ways = [other for row in self.array for other in row.fillings if other.prefix == filling.prefix]
        return next((other for other in ways if other.is_absent), ways[0])

    async def _look_into(self, row: Row, exchange: Exchange) -> None:
        self._limited = self._limited + 1 if exchange.outcome is Outcome.LIMITED else 0
        if exchange.outcome not in (Outcome.REFUSED, Outcome.FAILED):
            return
        settled = await self._remove_in_turn(row, exchange)
        if not settled and exchange.outcome is Outcome.REFUSED:
            await self._look_into_smallest(self._smallest(row), exchange)

    async def _remove_in_turn(self, row: Row, refusal: Exchange) -> bool:
        """Make a request smaller until it is accepted; return whether there is nothing left to find out."""
        current, last = row, refusal
        for step in self._steps(row, refusal):
            smaller = evolve(current, framing=PLAIN) if step is None else current.holding(self._smaller(step))
            exchange = await self._send(smaller)
            if exchange is None or exchange.outcome.is_undecided or exchange.outcome is Outcome.SILENT:
                return True
            if exchange.outcome is Outcome.ACCEPTED:
                self._blame(step, current, last)
                return True
            current, last = smaller, exchange
        return False

    def _blame(self, step: Filling | None, row: Row, refusal: Exchange) -> None:
        """Record what the server did not take: the filling that was changed last, or the framing."""
        if step is None:
            self.found.append(Culprit(None, refusal, framing=row.framing.requirement))
            return
        self.found.append(Culprit(step, refusal))
        self._avoid.add((step.prefix, step.name))

    def _steps(self, row: Row, refusal: Exchange) -> list[Filling | None]:
        """What can be taken away, what the refusal names first; None stands for the framing."""
        text = refusal.answer.body.decode("utf-8", "replace").lower() if refusal.answer else ""
        removable = [filling for filling in row.fillings if self._smaller(filling) != filling]
        removable.sort(key=lambda filling: filling.field.lower() not in text)
        steps: list[Filling | None] = list(removable)
        if row.framing is not PLAIN:
            steps.insert(sum(filling.field.lower() in text for filling in removable), None)
        return steps

    def _smaller(self, filling: Filling) -> Filling:
        """Return a filling without what can be done without; one of the listed values has to stay."""
        plain = self._plain(filling)
        return filling if filling.is_absent or (filling.is_listed and not plain.is_absent) else plain

    def _smallest(self, row: Row) -> Row:
        for filling in row.fillings:
            row = row.holding(self._smaller(filling))
        return evolve(row, framing=PLAIN)

    async def _look_into_smallest(self, smallest: Row, refusal: Exchange) -> None:
        """Even the smallest request is refused: does it, or its listed value, need something more?"""
        value = next((filling for filling in smallest.fillings if filling.is_listed), None)
        text = refusal.answer.body.decode("utf-8", "replace").lower() if refusal.answer else ""
        candidates = [filling for filling in self._candidates() if filling not in self._needed]
        candidates.sort(key=lambda filling: filling.field.lower() not in text)
        last = refusal
        for filling in [*self._needed, *candidates]:
            exchange = await self._send(smallest.holding(filling))
            if exchange is None or exchange.outcome.is_undecided or exchange.outcome.is_breakdown:
                return
            if exchange.outcome is Outcome.ACCEPTED:
                self.found.append(Culprit(value, last, needs=filling))
                if filling not in self._needed:
                    self._needed.append(filling)
                return
            last = exchange
        missing = last.answer is not None and last.answer.status in _NOT_FOUND
        culprit = None if missing and self.builder.named else self._suspect(smallest, text)
        self._hopeless += culprit is None or not culprit.is_listed
        self.found.append(Culprit(culprit, last))

    def _suspect(self, smallest: Row, text: str) -> Filling | None:
        """Return what a refusal of the smallest request is about: what it names, or else a listed value."""
        present = [filling for filling in smallest.fillings if not filling.is_absent]
        listed = [filling for filling in present if filling.is_listed]
        named = [filling for filling in present if filling.field.lower() in text]
        alone = present if len(present) == 1 else []
        return next(iter([filling for filling in named if filling.is_listed] or named or listed or alone), None)

    def _candidates(self) -> list[Filling]:
        """One filling for each way of each optional input, without what is known to be refused."""
        needed = {input_prefix(self.builder.operation, d) for d in self.builder.operation.inputs if d.required}
        seen: dict[tuple[str, str], Filling] = {}
        for filling in (filling for row in self.array for filling in row.fillings):
            if filling.way is not None and not filling.is_absent and filling.prefix not in needed:
                seen.setdefault((filling.prefix, filling.way.kind), filling)
        return [filling for filling in seen.values() if (filling.prefix, filling.name) not in self._avoid]

    def _probe(self, row: Row) -> Probe:
        return whole(self.builder, row)

    async def _send(self, row: Row) -> Exchange | None:
        exchanges = await self.runner.send([self._probe(row)])
        self.answers.extend(exchanges)
        return exchanges[0] if exchanges else None
