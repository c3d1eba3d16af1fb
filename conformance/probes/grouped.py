"""Grouped forms: an edge case, or a documented form, in every field at once, behind a defect that is refused anyway.

Most values do no harm to most servers, so many are tried in one request. Only where its answer differs is it taken
apart, until the value that makes the difference is alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import cycle

from attrs import evolve, frozen

from conformance.bodies.part import Part
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.dealing import dealt
from conformance.probes.filling import Filling, Row
from conformance.probes.unusual import LARGE, unusual
from conformance.requirements.ids import input_prefix
from conformance.requirements.known_defects import KnownDefect

__all__ = ["GroupedForm", "edge_forms", "hidden_rows", "names_of_nothing"]

_ALL = 3  # optional inputs that can carry an edge case all do; of more, two in three
_NAMES = 24  # of a thing, that nothing is named
# Of those, so many mean something else in a longer name; the others stand in one, until that is answered otherwise.
_ALONE = 8


@frozen
class GroupedForm:
    """A row behind a defect; `defect` is None where the request changes nothing, so that it needs no guard."""

    row: Row
    defect: KnownDefect | None

    def carrying(self, fillings: Sequence[Filling], plain: Row) -> GroupedForm:
        """Return the form with nothing unusual but some fillings."""
        return GroupedForm(plain.holding(*fillings), self.defect)

    def probe(self, builder: Builder) -> Probe:
        """Write it; what it decides is found out by comparing answers."""
        parts = (*(part for part in builder.base() if part.name in builder.named), *self.row.parts)
        if self.defect is not None:
            parts = self.defect.apply(parts)
        probe_id = f"{builder.operation.id}/grouped/{self.row.name}"
        if self.defect is not None:
            probe_id = f"{probe_id}/behind/{self.defect.name}"
        return builder.probe(
            probe_id,
            parts,
            Expect.EITHER,
            probe_id,
            concerns=tuple(self._concerns()),
            alone=any(len(part.value) > LARGE for part in parts),
            if_accepted=() if self.defect is None else (self.defect.requirement(builder.operation),),
        )

    @property
    def carried(self) -> tuple[Filling, ...]:
        """The fillings that a server gets to see: all but those of the input that has the defect."""
        return tuple(
            filling
            for filling in self.row.fillings
            if not filling.is_absent and (self.defect is None or not any(map(self.defect.is_of, filling.parts)))
        )

    def _concerns(self) -> Iterator[str]:
        for filling in self.carried:
            yield f"{filling.prefix}/robust"
            if filling.is_listed:
                yield f"{filling.prefix}/value/{filling.name}"
            elif not filling.is_unusual:
                yield from (f"{filling.prefix}/accepted", f"{filling.prefix}/unrestricted")


def hidden_rows(builder: Builder, taught: Controls, rows: Sequence[Row]) -> Iterator[GroupedForm]:
    """Yield rows of the covering array but the smallest, behind defects in turn."""
    turn = cycle(builder.defects)
    for row in rows[1:] if taught.order else ():
        yield GroupedForm(evolve(row, framing=rows[0].framing), _holding(taught, next(turn)))


def edge_forms(
    builder: Builder, taught: Controls, plain: Row, known: AbstractSet[tuple[str, str]]
) -> Iterator[GroupedForm]:
    """Yield forms until every edge case was carried by the required inputs, and by several of the others that can.

    What is looked at before a defect is found is mostly the parser's work, and the same for inputs that are alike.

    Args:
        builder: of the operation.
        taught: what the controls have taught.
        plain: the smallest row.
        known: what the server gets to see anyway, by its keys; it is not tried twice.
    """
    able = [declared for declared in builder.operation.inputs if declared.name not in builder.named]
    hands = [(declared, [f for f in unusual(builder, declared) if f.key not in known]) for declared in able]
    waiting: dict[str, list[Filling]] = {input_prefix(builder.operation, declared): [] for declared in able}
    for _, filling in dealt(hands, lambda declared, case: (case.kind, case.name, declared.required), _share):
        waiting[filling.prefix].append(filling)
    # What a form holds depends on the contract alone, so that a plan and a run of it agree.
    guards: tuple[KnownDefect | None, ...] = builder.defects or ((None,) if builder.is_safe else ())
    if builder.defects and not taught.order:
        return
    large = [f for choices in waiting.values() for f in choices if _is_large(f)]
    small = {prefix: [f for f in choices if not _is_large(f)] for prefix, choices in waiting.items()}
    for form in _small_forms(builder, guards, plain, small):
        yield evolve(form, defect=_holding(taught, form.defect))
    for index, together in enumerate(_large_forms(large) if guards else ()):
        yield GroupedForm(plain.holding(*together), _holding(taught, guards[index % len(guards)]))


def names_of_nothing(builder: Builder, taught: Controls) -> Iterator[Probe]:
    """Yield edge cases in the path where the name of a thing stands, in which only one name can be at a time."""
    for declared in builder.operation.inputs:
        defect = taught.defect(declared)
        if declared.name not in builder.named or builder.action == "delete" or (defect is None and not builder.is_safe):
            continue
        found = unusual(builder, declared)[:_NAMES]
        place, shares = _share_of_names(builder, declared)
        for filling in found[place:_ALONE:shares]:
            yield _name_of_nothing(builder, declared, defect, filling.name, filling.parts)
        if rest := found[_ALONE + place :: shares]:
            text = b"".join(part.value for filling in rest for part in filling.parts)
            apart = tuple(_name_of_nothing(builder, declared, defect, f.name, f.parts) for f in rest)
            together = (evolve(rest[0].parts[0], value=text),)
            yield evolve(_name_of_nothing(builder, declared, defect, "together", together), apart=apart)


def _name_of_nothing(
    builder: Builder, declared: Input, defect: KnownDefect | None, name: str, parts: Sequence[Part]
) -> Probe:
    requirement = f"{input_prefix(builder.operation, declared)}/robust"
    plain = defect or next((known for known in builder.defects if known.input is declared), None)
    whole = builder.with_input(builder.required(), tuple(parts))
    return builder.probe(
        f"{requirement}/{name}",
        whole if defect is None else defect.apply(whole),
        Expect.EITHER,
        f"{requirement}/{name}",
        decides=(requirement,),
        guards=(requirement,),
        subject=declared.name,
        control=plain.name if plain is not None else None,
        if_accepted=() if defect is None else (defect.requirement(builder.operation),),
    )


def _share_of_names(builder: Builder, declared: Input) -> tuple[int, int]:
    """Return which share of the names an operation tries, and how many shares there are.

    Reads that name the same thing mostly look it up by the same code, so each name is tried by one of them.
    """
    maker = builder.named[declared.name]
    alike = [
        other
        for other in builder.contract.operations
        if other.method == builder.operation.method and maker in builder.resources.names(other).values()
    ]
    return (alike.index(builder.operation), len(alike)) if builder.is_safe else (0, 1)


def _small_forms(
    builder: Builder,
    guards: Sequence[KnownDefect | None],
    plain: Row,
    waiting: Mapping[str, list[Filling]],
) -> Iterator[GroupedForm]:
    prefixes = {declared: input_prefix(builder.operation, declared) for declared in builder.operation.inputs}
    left = {prefix: list(choices) for prefix, choices in waiting.items() if choices}
    used = dict.fromkeys(guards, 0)
    while left:
        guard = min(guards, key=lambda known: (_kept_out(known, left, prefixes), used[known]), default=None)
        if guard is None and not (guards and guards[0] is None):
            return
        shut = prefixes[guard.input] if guard is not None else None
        carried = [choices.pop(0) for prefix, choices in left.items() if prefix != shut]
        left = {prefix: choices for prefix, choices in left.items() if choices}
        if not carried:
            return
        used[guard] += 1
        yield GroupedForm(plain.holding(*carried), guard)


def _large_forms(large: Sequence[Filling]) -> Iterator[list[Filling]]:
    """Yield what is large together, at most one of each input; files apart, since a body with them may be too large."""
    for is_file in (False, True):
        left = [filling for filling in large if (filling.kind == "file") == is_file]
        while left:
            together = {filling.prefix: filling for filling in reversed(left)}
            left = [filling for filling in left if together[filling.prefix] is not filling]
            yield [*together.values()][::-1]


def _share(_: Filling, holders: int) -> int:
    return holders if holders <= _ALL else max(_ALL, math.ceil(holders * 2 / 3))


def _kept_out(guard: KnownDefect | None, left: Mapping[str, list[Filling]], prefixes: Mapping[Input, str]) -> int:
    """Return how much is left of what cannot be carried behind a guard."""
    return len(left.get(prefixes[guard.input], ())) if guard is not None else 0


def _holding(taught: Controls, wanted: KnownDefect | None) -> KnownDefect | None:
    """Return a defect that the server refuses: the wanted one, or else another, of the same input if there is one."""
    if wanted is None or wanted in taught.order:
        return wanted
    return next((known for known in taught.order if known.input is wanted.input), taught.order[0])


def _is_large(filling: Filling) -> bool:
    return sum(len(part.value) for part in filling.parts) > LARGE
