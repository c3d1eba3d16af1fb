"""Looks into refusals of forms that the contract allows: what is it that the server does not take?

Refusals cost nothing, so parts are removed one after the other until the form is accepted; the part that
was removed last is what the server is minimiser about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, evolve, field, frozen

from conformance.bodies.representations import forms
from conformance.checks.findings import Finding, failed
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Probe
from conformance.engine.runner import Runner
from conformance.probes.builder import Builder
from conformance.probes.covering import PLAIN, Level, Row, row_probe, rows

__all__ = ["Culprit", "Minimiser"]

_CREATES = "creates"
_PATIENCE = 3  # creates in a row that were refused for want of rights or credit


@frozen
class Culprit:
    """What a server turned out to be minimiser about: one way to fill a field, or a listed value."""

    level: Level
    exchange: Exchange
    needs: Level | None = None
    framing_case: str | None = None


@define
class Minimiser:
    """Sends the rows of a covering array, and looks into those that are refused."""

    builder: Builder
    runner: Runner
    found: list[Culprit] = field(factory=list, init=False)
    _avoid: set[tuple[str, str]] = field(factory=set, init=False)
    _needed: list[Level] = field(factory=list, init=False)
    _limited: int = field(default=0, init=False)

    _levels: Sequence[Level] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._levels = [level for row in rows(self.builder) for level in row.levels]

    async def send(self, array: Sequence[Row], at_once: int) -> None:
        """Send rows: the smallest first, some at the same time, then the rest in turn."""
        first, together, rest = array[:1], array[1 : 1 + at_once], array[1 + at_once :]
        for row in first:
            await self._row(row)
        adapted = [self._adapt(row) for row in together]
        exchanges = await self.runner.together([self._probe(row) for row in adapted])
        by_id = {exchange.probe.id: exchange for exchange in exchanges}
        for row in adapted:
            if (exchange := by_id.get(self._probe(row).id)) is not None:
                await self._look_into(row, exchange)
        for row in rest:
            if self._limited >= _PATIENCE:
                break
            await self._row(row)

    def findings(self) -> Iterator[Finding]:
        """Say of each culprit which requirement it breaks."""
        op = self.builder.operation.id
        for culprit in self.found:
            level, exchange = culprit.level, culprit.exchange
            prefix = f"{op}/request/{level.field}"
            if culprit.framing_case is not None:
                yield failed(culprit.framing_case, "the form was accepted only when it was written plainly", exchange)
            elif exchange.outcome is Outcome.FAILED:
                yield failed(f"{prefix}/robust", f"`{level.field}` as {level.name} makes the server fail", exchange)
            elif culprit.needs is not None:
                message = f"minimiser than the contract: `{level.name}` needs `{culprit.needs.field}`"
                yield failed(f"{op}/request/minimal", message, exchange)
            elif level.form is None:
                yield failed(
                    f"{prefix}/value/{level.name}", f"`{level.name}` was refused in every form that was tried", exchange
                )
            else:
                message = f"minimiser than the contract: `{level.field}` as {level.name} is refused"
                yield failed(f"{prefix}/unrestricted", message, exchange)
                if len(forms(level.form.field)) > 1 and level.name == level.form.kind:
                    yield failed(f"{prefix}/form/{level.form.kind}", message, exchange)
        yield from self._refused_fields()

    def _refused_fields(self) -> Iterator[Finding]:
        """A field is refused where none of the ways to fill it was taken."""
        op = self.builder.operation.id
        culprits = {
            (n.level.field, n.level.name): n.exchange for n in self.found if n.needs is None and n.framing_case is None
        }
        for declared in self.builder.operation.fields:
            ways = {(declared.name, form.kind) for form in forms(declared)}
            if "enum" not in declared.schema and ways <= culprits.keys():
                exchange = culprits[next(iter(sorted(ways)))]
                yield failed(
                    f"{op}/request/{declared.name}/accepted",
                    f"`{declared.name}` was refused in every documented form",
                    exchange,
                )

    async def _row(self, row: Row) -> None:
        row = self._adapt(row)
        exchange = await self._send(row)
        if exchange is not None:
            await self._look_into(row, exchange)

    def _adapt(self, row: Row) -> Row:
        """Leave out what the server is known to refuse: every further refusal of it would teach nothing."""
        for level in row.levels:
            if (level.field, level.name) in self._avoid:
                row = row.holding(self._plain(level))
        return row

    def _plain(self, level: Level) -> Level:
        """Return the level that stands in for a refused one."""
        if not self._is_required(level.field):
            return Level(level.field, "absent")
        return next(other for other in self._levels if other.field == level.field)

    def _is_required(self, name: str) -> bool:
        declared = self.builder.operation.field(name)
        return declared is not None and declared.required

    async def _look_into(self, row: Row, exchange: Exchange) -> None:
        self._limited = self._limited + 1 if exchange.outcome is Outcome.LIMITED else 0
        if exchange.outcome not in (Outcome.REFUSED, Outcome.FAILED):
            return
        settled = await self._remove_in_turn(row, exchange)
        if not settled and exchange.outcome is Outcome.REFUSED:
            await self._look_into_value(self._smallest(row), exchange)

    async def _remove_in_turn(self, row: Row, refusal: Exchange) -> bool:
        """Make a form smaller until it is accepted; return whether there is nothing left to find out."""
        current, last = row, refusal
        for step in self._steps(row, refusal):
            smaller = evolve(current, framing_case=PLAIN) if step is None else current.holding(self._smaller(step))
            exchange = await self._send(smaller)
            if exchange is None or exchange.outcome.is_undecided or exchange.outcome is Outcome.SILENT:
                return True
            if exchange.outcome is Outcome.ACCEPTED:
                self._blame(step, current, last)
                return True
            current, last = smaller, exchange
        return False

    def _blame(self, step: Level | None, row: Row, refusal: Exchange) -> None:
        """Record what the server did not take: the level that was changed last, or the framing_case."""
        if step is None:
            self.found.append(Culprit(row.levels[0], refusal, framing_case=row.framing_case.requirement))
            return
        self.found.append(Culprit(step, refusal))
        self._avoid.add((step.field, step.name))

    def _steps(self, row: Row, refusal: Exchange) -> list[Level | None]:
        """What can be taken away, what the refusal names first; None stands for the framing_case."""
        text = refusal.answer.body.decode("utf-8", "replace").lower() if refusal.answer else ""
        removable = [level for level in row.levels if not level.is_absent and self._smaller(level) != level]
        removable.sort(key=lambda level: level.field.lower() not in text)
        steps: list[Level | None] = list(removable)
        if row.framing_case is not PLAIN:
            steps.insert(sum(level.field.lower() in text for level in removable), None)
        return steps

    def _smaller(self, level: Level) -> Level:
        if level.form is None:
            return level
        return self._plain(level)

    def _smallest(self, row: Row) -> Row:
        for level in row.levels:
            row = row.holding(self._smaller(level))
        return evolve(row, framing_case=PLAIN)

    async def _look_into_value(self, smallest: Row, refusal: Exchange) -> None:
        """Even the smallest form is refused: does the listed value need something more?"""
        value = next((level for level in smallest.levels if level.form is None), None)
        if value is None:
            return
        text = refusal.answer.body.decode("utf-8", "replace").lower() if refusal.answer else ""
        candidates = [level for level in self._candidates() if level not in self._needed]
        candidates.sort(key=lambda level: level.field.lower() not in text)
        last = refusal
        for level in [*self._needed, *candidates]:
            exchange = await self._send(smallest.holding(level))
            if exchange is None or exchange.outcome.is_undecided or exchange.outcome.is_breakdown:
                return
            if exchange.outcome is Outcome.ACCEPTED:
                self.found.append(Culprit(value, last, needs=level))
                if level not in self._needed:
                    self._needed.append(level)
                return
            last = exchange
        self.found.append(Culprit(value, last))

    def _candidates(self) -> list[Level]:
        """One level for each form of each optional field, without what is known to be refused."""
        seen: dict[tuple[str, str], Level] = {}
        for level in self._levels:
            if level.form is not None and not level.is_absent and not self._is_required(level.field):
                seen.setdefault((level.field, level.form.kind), level)
        return [level for level in seen.values() if (level.field, level.name) not in self._avoid]

    def _probe(self, row: Row) -> Probe:
        return row_probe(self.builder, row, f"{self.builder.operation.id}/create/{row.name}", _CREATES)

    async def _send(self, row: Row) -> Exchange | None:
        exchanges = await self.runner.send([self._probe(row)])
        return exchanges[0] if exchanges else None
