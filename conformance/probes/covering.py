"""The covering array: the fewest requests that hold every documented way to fill every input, and every pair of ways.

Beyond that each row carries unusual values that the contract allows, another in every row: what is accepted costs
the same with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, cycle

from allpairspy import AllPairs
from attrs import evolve

from conformance.bodies.part import Part
from conformance.bodies.representations import write
from conformance.bodies.samples import samples
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.filling import PLAIN, Filling, Row
from conformance.probes.framings import FramingCase, framing_cases, write_framed
from conformance.probes.unusual import unusual
from conformance.requirements.ids import input_prefix

__all__ = ["row_probe", "rows"]

_LONGEST = 5_000


def rows(builder: Builder, only: Mapping[str, frozenset[str]] | None = None) -> list[Row]:
    """Return the covering array, the rows that decide most first.

    Args:
        builder: of the operation.
        only: values to which enums are narrowed, by the name of the input.
    """
    only = only or {}
    free = [declared for declared in builder.operation.inputs if declared.name not in builder.named]
    listing = [declared for declared in free if declared.schema.enum]
    enums = [_listed(builder, declared, only.get(declared.name)) for declared in listing]
    factors = [_fillings(builder, declared) for declared in free if not declared.schema.enum]
    smallest = [next((filling for filling in factor if filling.is_absent), factor[0]) for factor in factors]
    ordered: list[Sequence[Filling]] = [smallest, *_by_worth(_pairs(factors))]
    listed_by = [len(enum) for enum, declared in zip(enums, listing, strict=True) if declared.name not in only]
    media = builder.operation.media
    carried = [case for case in framing_cases(media.kind if media else None) if case.billable]
    count = max([len(ordered), *listed_by, len(carried) + 2 if carried else 0])
    fillers = cycle(ordered[1:] or ordered)
    ordered += [next(fillers) for _ in range(count - len(ordered))]
    framings = cycle([PLAIN, *carried])
    made = []
    for index, fillings in enumerate(ordered):
        listed = [enum[index % len(enum)] for enum in enums]
        made.append(_framed(Row((*listed, *fillings)), PLAIN if index == 0 else next(framings), factors))
    return list(_dressed(builder, _filled(made, factors)))


def _filled(plain: Sequence[Row], factors: Sequence[Sequence[Filling]]) -> list[Row]:
    """Fill what is absent, from the third row on, as far as no pair is lost: a create costs the same with all in it."""
    filled = list(plain)
    counts = Counter(pair for row in plain for pair in _pairs_in(row))
    ways = {factor[0].prefix: [filling for filling in factor if not filling.is_absent] for factor in factors}
    for index in range(2, len(filled)):
        for empty in filled[index].fillings:
            choices = ways.get(empty.prefix, [])
            lost = [pair for pair in _pairs_in(filled[index]) if empty.key in pair]
            if not empty.is_absent or not choices or any(counts[pair] < 2 for pair in lost):
                continue
            counts.subtract(lost)
            filled[index] = filled[index].holding(choices[index % len(choices)])
            counts.update(pair for pair in _pairs_in(filled[index]) if choices[index % len(choices)].key in pair)
    return filled


def _pairs_in(row: Row) -> Iterator[frozenset[tuple[str, str]]]:
    free = [filling.key for filling in row.fillings if not filling.is_listed]
    yield from (frozenset(pair) for pair in combinations(free, 2))


def _framed(row: Row, framing: FramingCase, factors: Sequence[Sequence[Filling]]) -> Row:
    """Write a row in a framing; what that is about has to be there already, so that a refusal is not blamed on it."""
    carried = (f for factor in factors for f in factor if f.way is not None and f.way.kind == framing.carries)
    needed = next(carried, None) if framing.carries is not None else None
    return evolve(row if needed is None else row.holding(needed), framing=framing)


def _dressed(builder: Builder, plain: Sequence[Row]) -> Iterator[Row]:
    """Put unusual values into rows, in three fields of four; the first two rows are plain but for required texts."""
    wardrobe = {
        input_prefix(builder.operation, declared): [filling for filling in unusual(builder, declared) if _fits(filling)]
        for declared in builder.operation.inputs
        if not declared.schema.enum
    }
    for index, row in enumerate(plain):
        changes = []
        for place, filling in enumerate(row.fillings):
            choices = wardrobe.get(filling.prefix, [])
            chosen = next((choice for choice in choices if _is_written_like(choice, filling)), None)
            if chosen is None or index == 0:
                continue
            if not chosen.is_unusual or (index > 1 and (index + place) % 4):
                choices.remove(chosen)  # its turn comes again when all others have had theirs
                choices.append(chosen)
                changes.append(evolve(chosen, way=filling.way))
        yield row.holding(*changes)


def _is_written_like(unusual_one: Filling, plain: Filling) -> bool:
    """Tell whether an unusual value can take the place of a plain one without changing the way that it is written."""
    if plain.way is None or plain.way.kind == "array":
        return False
    if plain.way.kind == "file" or unusual_one.kind == "file":
        return plain.way.kind == unusual_one.kind
    if unusual_one.kind == "items":
        return plain.way.kind == "items"
    return unusual_one.parts[0].content_type == plain.parts[0].content_type


def _fits(filling: Filling) -> bool:
    return filling.is_billable and sum(len(part.value) for part in filling.parts) <= _LONGEST


def row_probe(builder: Builder, row: Row, name: str) -> Probe:
    """Write a row as a request; rows of one operation are of one group.

    Args:
        builder: of the operation.
        row: what is sent.
        name: of what the operation does, part of the probe's id.
    """
    parts = [*_in_path(builder), *row.parts]
    return builder.of(
        f"{builder.operation.id}/{name}/{row.name}",
        write_framed(builder, parts, row.framing),
        Expect.ACCEPT,
        f"{builder.operation.id}/{name}",
        decides=tuple(_decided(builder, row)),
        guards=(f"{builder.operation.id}/valid/no-server-error",),
        shows=row.framing.shows,
    )


def _in_path(builder: Builder) -> tuple[Part, ...]:
    return tuple(part for part in builder.base() if part.name in builder.named)


def _decided(builder: Builder, row: Row) -> Iterator[str]:
    op = builder.operation
    for filling in row.fillings:
        if not filling.is_absent:
            yield from _decided_by(builder, filling)
    for declared in op.parameters:
        if declared.name in builder.named:
            yield f"{input_prefix(op, declared)}/known"
    needed = {input_prefix(op, declared) for declared in op.inputs if declared.required or declared.is_whole}
    present = {filling.prefix for filling in row.fillings if not filling.is_absent}
    if present <= needed and (op.body is not None or not builder.named):
        yield f"{op.id}/request/minimal"
    if row.framing is not PLAIN:
        yield row.framing.requirement
    if op.scheme is not None:
        yield f"{op.id}/auth/valid"


def _decided_by(builder: Builder, filling: Filling) -> Iterator[str]:
    yield f"{filling.prefix}/accepted"
    if filling.is_listed:
        yield f"{filling.prefix}/value/{filling.name}"
        return
    if filling.is_unusual:
        return
    yield f"{filling.prefix}/unrestricted"
    if filling.way is not None and len(builder.ways(filling.way.field)) > 1:
        yield f"{filling.prefix}/form/{filling.way.kind}"


def _fillings(builder: Builder, declared: Input) -> list[Filling]:
    prefix = input_prefix(builder.operation, declared)
    body = builder.operation.body
    must = declared.required or (declared.is_whole and body is not None and body.required)
    made = [] if must else [Filling(prefix, "absent")]
    ways = builder.ways(declared)
    for way in ways:
        for index, value in enumerate(samples(way)):
            name = way.kind if index == 0 else f"{way.kind}-{index + 1}"
            made.append(Filling(prefix, name, way, write(way, value)))
    return made


def _listed(builder: Builder, declared: Input, only: frozenset[str] | None) -> list[Filling]:
    """Return the listed values of an input, first of all leaving it out where that is allowed."""
    prefix, way = input_prefix(builder.operation, declared), builder.ways(declared)[0]
    made = [Filling(prefix, str(value), None, write(way, value), is_listed=True) for value in declared.schema.enum]
    made = [filling for filling in made if only is None or filling.name in only] or made[:1]
    return made if declared.required else [Filling(prefix, "absent"), *made]


def _pairs(factors: Sequence[Sequence[Filling]]) -> list[list[Filling]]:
    if len(factors) > 1:
        return [list(row) for row in AllPairs(factors)]
    return [[filling] for factor in factors for filling in factor]


def _by_worth(table: Sequence[Sequence[Filling]]) -> list[Sequence[Filling]]:
    """Order rows so that each covers the most that is new: fillings first, then pairs of them."""
    remaining = list(table)
    seen: set[object] = set()
    ordered: list[Sequence[Filling]] = []

    def worth(row: Sequence[Filling]) -> tuple[int, int]:
        present = [(filling.prefix, filling.name) for filling in row]
        kept = [key for key, filling in zip(present, row, strict=True) if not filling.is_absent]
        return (
            sum(key not in seen for key in kept),
            sum(pair not in seen for pair in combinations(present, 2)),
        )

    while remaining:
        best = max(remaining, key=worth)
        remaining.remove(best)
        ordered.append(best)
        keys = [(filling.prefix, filling.name) for filling in best]
        seen.update(keys)
        seen.update(combinations(keys, 2))
    return ordered
