"""The billable rest: a covering array, so that each create decides as much as it can.

Factors are the optional fields (absent, or present in one of their documented forms and sample values) and
the ordinary variants of required text. All pairs of levels occur; every listed value of every enum occurs;
every framing_case that a create can carry rides along in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, cycle

from allpairspy import AllPairs
from attrs import evolve, frozen
from attrs import field as attr

from conformance.bodies.parts import Framing, Part
from conformance.bodies.representations import Form, forms, write
from conformance.contract import Field
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.framings import FramingCase, framing_cases, write_framed
from conformance.probes.samples import edge_cases, samples

__all__ = ["PLAIN", "Level", "Row", "row_probe", "rows"]

PLAIN = FramingCase("plain", "", Expect.ACCEPT, Framing())
_PROSE = ("emoji", "newline", "right-to-left", "length-2000", "quotes")


@frozen
class Level:
    """One way to fill, or leave out, one field."""

    field: str
    name: str
    form: Form | None = attr(default=None, repr=False)
    parts: tuple[Part, ...] = attr(default=(), repr=False)

    @property
    def is_absent(self) -> bool:
        """Whether the field is left out."""
        return not self.parts


@frozen
class Row:
    """One form to be accepted: a level for each field, in one framing_case."""

    levels: tuple[Level, ...]
    framing_case: FramingCase = PLAIN

    @property
    def name(self) -> str:
        """Stable name: what is in the form."""
        present = [f"{level.field}={level.name}" for level in self.levels if not level.is_absent]
        return "&".join([*present, *([self.framing_case.id] if self.framing_case is not PLAIN else [])])

    def holding(self, level: Level) -> Row:
        """Set one field."""
        return evolve(self, levels=tuple(level if old.field == level.field else old for old in self.levels))


def rows(builder: Builder, only: frozenset[str] | None = None) -> list[Row]:
    """Return the covering array, the rows that decide most first.

    Args:
        builder: of the operation.
        only: values to which the enums are narrowed, where it is not None.
    """
    factors = [_levels(declared) for declared in builder.operation.fields if "enum" not in declared.schema]
    enums = [
        [level for level in _listed(declared) if only is None or level.name in only] or _listed(declared)[:1]
        for declared in builder.operation.fields
        if "enum" in declared.schema
    ]
    table = [list(row) for row in AllPairs(factors)] if len(factors) > 1 else [[level] for level in factors[0]]
    smallest = [next((level for level in factor if level.is_absent), factor[0]) for factor in factors]
    ordered = [smallest, *_by_worth(table)]
    count = max([len(ordered), *(len(enum) for enum in enums)]) if only is None else len(ordered)
    fillers = cycle(ordered[1:] or ordered)
    ordered += [next(fillers) for _ in range(count - len(ordered))]
    wraps = cycle([PLAIN, *(w for w in framing_cases() if w.billable)])
    made = []
    for index, levels in enumerate(ordered):
        listed = [enum[index % len(enum)] for enum in enums]
        framing_case = PLAIN if index == 0 else next(wraps)
        made.append(Row((*listed, *levels), framing_case))
    return made


def row_probe(builder: Builder, row: Row, probe_id: str, group: str) -> Probe:
    """Write a row as a request."""
    op = builder.operation.id
    parts = [part for level in row.levels for part in level.parts]
    return builder.of(
        probe_id,
        write_framed(builder, parts, row.framing_case),
        Expect.ACCEPT,
        group,
        decides=tuple(_decided(builder, row)),
        guards=(f"{op}/valid/no-server-error",),
    )


def _decided(builder: Builder, row: Row) -> Iterator[str]:
    op = builder.operation.id
    for level in row.levels:
        if level.is_absent:
            continue
        yield f"{op}/request/{level.field}/accepted"
        yield f"{op}/request/{level.field}/unrestricted"
        if level.form is None:
            yield f"{op}/request/{level.field}/value/{level.name}"
        elif len(forms(level.form.field)) > 1:
            yield f"{op}/request/{level.field}/form/{level.form.kind}"
    required = {declared.name for declared in builder.operation.fields if declared.required}
    if {level.field for level in row.levels if not level.is_absent} == required:
        yield f"{op}/request/minimal"
    if row.framing_case is not PLAIN:
        yield row.framing_case.requirement
    if builder.operation.security:
        yield f"{op}/auth/valid"


def _levels(declared: Field) -> list[Level]:
    levels = [] if declared.required else [Level(declared.name, "absent")]
    for form in forms(declared):
        for index, value in enumerate(samples(form)):
            name = form.kind if index == 0 else f"{form.kind}-{index + 1}"
            levels.append(Level(declared.name, name, form, write(form, value)))
    if declared.required and any(form.kind == "text" for form in forms(declared)):
        form = next(form for form in forms(declared) if form.kind == "text")
        prose = [edge_case for edge_case in edge_cases() if edge_case.name in _PROSE]
        levels.extend(
            Level(declared.name, edge_case.name, form, (Part(declared.name, edge_case.value),)) for edge_case in prose
        )
    return levels


def _listed(declared: Field) -> list[Level]:
    return [
        Level(declared.name, str(v), None, (Part(declared.name, str(v).encode()),)) for v in declared.schema["enum"]
    ]


def _by_worth(table: Sequence[Sequence[Level]]) -> list[Sequence[Level]]:
    """Order rows so that each covers the most that is new: levels first, then pairs of them."""
    remaining = list(table)
    seen: set[object] = set()
    ordered: list[Sequence[Level]] = []

    def worth(row: Sequence[Level]) -> tuple[int, int]:
        present = [(level.field, level.name) for level in row]
        kept = [key for key, level in zip(present, row, strict=True) if not level.is_absent]
        return (
            sum(key not in seen for key in kept),
            sum(pair not in seen for pair in combinations(present, 2)),
        )

    while remaining:
        best = max(remaining, key=worth)
        remaining.remove(best)
        ordered.append(best)
        keys = [(level.field, level.name) for level in best]
        seen.update(keys)
        seen.update(combinations(keys, 2))
    return ordered
