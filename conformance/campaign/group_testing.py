"""Group testing of guarded forms: what makes an answer different is found by halving, for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import define, field

from conformance.campaign.reduction import UndecidedError, UnsteadyError, smallest
from conformance.checks.findings import Finding, failed, open_, passed
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import fingerprint
from conformance.engine.runner import Runner
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.filling import Filling, Row
from conformance.probes.grouped import GroupedForm
from conformance.probes.objections import objection

__all__ = ["GroupTester"]

_MOST_CULPRITS = 2  # of one input; what it is sent beyond that would break it again
_HIDDEN = "nothing was objected to; only a create can show that it is accepted"


@define
class GroupTester:
    """Sends grouped forms, and takes those apart that are answered differently.

    Attributes:
        crashing: fillings that were seen to make the server fail.
    """

    builder: Builder
    runner: Runner
    taught: Controls = field(repr=False)
    plain: Row = field(repr=False)
    crashing: list[Filling] = field(factory=list, init=False)
    _answers: list[tuple[GroupedForm, Exchange]] = field(factory=list, init=False, repr=False)
    _found: list[Finding] = field(factory=list, init=False, repr=False)
    _leaky: set[str] = field(factory=set, init=False)
    _asked: set[tuple[str, str]] = field(factory=set, init=False)

    async def send(self, forms: Sequence[GroupedForm]) -> None:
        """Send the forms, a few at a time, each without what an earlier one has shown to be the culprit."""
        waiting = list(forms)
        step = max(self.runner.pace.concurrency, 1)
        while waiting:
            batch = [form for form in map(self._spared, waiting[:step]) if form is not None]
            waiting = waiting[step:]
            probes = [form.probe(self.builder) for form in batch]
            by_id = {probe.id: form for probe, form in zip(probes, batch, strict=True)}
            for exchange in await self.runner.send(probes):
                form = by_id[exchange.probe.id]
                self._answers.append((form, exchange))
                await self._look_into(form, exchange)

    def findings(self) -> Iterator[Finding]:
        """Say of every value that was carried whether the server stood it, and what stays open."""
        yield from self._found
        for form, exchange in self._answers:
            if exchange.outcome is not Outcome.REFUSED and exchange.outcome is not Outcome.ACCEPTED:
                continue
            for filling in form.carried:
                yield passed(f"{filling.prefix}/robust", exchange)
                if exchange.outcome is Outcome.REFUSED:
                    yield from (open_(name, _HIDDEN, exchange) for name in _documented(filling))

    def _spared(self, form: GroupedForm) -> GroupedForm | None:
        """Leave out what is known to break the server; nothing is sent behind a guard that did not hold."""
        if form.defect is not None and form.defect.name in self._leaky:
            other = next((defect for defect in self.taught.order if defect.name not in self._leaky), None)
            if other is None:
                return None
            form = GroupedForm(form.row, other)
        counts = Counter(filling.prefix for filling in self.crashing)
        culprits = {filling.key for filling in self.crashing}
        plain = {filling.prefix: filling for filling in self.plain.fillings}
        spared = [
            plain[filling.prefix]
            for filling in form.row.fillings
            if filling.key in culprits or (counts[filling.prefix] >= _MOST_CULPRITS and filling.is_unusual)
        ]
        return GroupedForm(form.row.holding(*spared), form.defect)

    async def _look_into(self, form: GroupedForm, exchange: Exchange) -> None:
        if exchange.outcome is Outcome.ACCEPTED and form.defect is not None:
            self._leaky.add(form.defect.name)
        elif exchange.is_lasting_breakdown:
            if await self._find_culprit(form, exchange):
                await self._try_the_rest(form)
        elif exchange.outcome is Outcome.REFUSED and form.defect is not None:
            await self._ask_about(form, exchange)

    async def _try_the_rest(self, form: GroupedForm) -> None:
        """Send a form again without the culprit: there may be another one in it."""
        rest = self._spared(form)
        if rest is not None and rest.row.beyond(self.plain):
            rest = rest.carrying(rest.row.beyond(self.plain), self.plain)
            for exchange in await self.runner.send([rest.probe(self.builder)]):
                self._answers.append((rest, exchange))
                await self._look_into(rest, exchange)

    async def _find_culprit(self, form: GroupedForm, first: Exchange) -> bool:
        """Halve the form until the value, or the values, that break the server are alone."""
        last = first
        tried = 0

        async def breaks(fillings: Sequence[Filling]) -> bool:
            nonlocal last, tried
            probe = form.carrying(fillings, self.plain).probe(self.builder)
            for exchange in await self.runner.send([probe]):
                tried += 1
                if exchange.is_lasting_breakdown:
                    last = exchange
                    return True
                if exchange.outcome is Outcome.REFUSED:
                    return False
            raise UndecidedError

        carried = {filling.key for filling in form.carried}
        suspects = [filling for filling in form.row.beyond(self.plain) if filling.key in carried]
        if not suspects:
            return False
        try:
            culprits = await smallest(suspects, breaks)
        except UnsteadyError:
            return False
        if not tried or (last is first and len(suspects) > 1):
            return False  # nothing was seen to break it again, so nothing can be blamed
        self.crashing.extend(culprits[:1])
        what = " together with ".join(filling.words for filling in culprits)
        yes = f"{what} makes the server fail: {_shown(last)}"
        self._found.append(failed(f"{culprits[0].prefix}/robust", yes, last))
        return True

    async def _ask_about(self, form: GroupedForm, exchange: Exchange) -> None:
        """Where the refusal speaks of something that is valid, ask again about that alone."""
        control = self.taught.fingerprints.get(form.defect.name) if form.defect is not None else None
        found = fingerprint([exchange])
        if control is None or control.matches(found):
            return
        for filling in form.carried:
            if filling.is_unusual or filling.key in self._asked or self.plain.mentions(filling):
                continue
            if filling.is_listed or control.objects_to(found, filling.field):
                self._asked.add(filling.key)
                probe = objection(self.builder, self.taught, self.plain, filling)
                if probe is not None:
                    await self.runner.send([probe])


def _documented(filling: Filling) -> Iterator[str]:
    if filling.is_listed:
        yield f"{filling.prefix}/value/{filling.name}"
    elif not filling.is_unusual:
        yield from (f"{filling.prefix}/accepted", f"{filling.prefix}/unrestricted")


def _shown(exchange: Exchange) -> str:
    return exchange.detail if exchange.answer is None else str(exchange.answer.status)
