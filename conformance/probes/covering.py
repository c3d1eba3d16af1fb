"""The covering array: few requests that hold every documented way to fill every input, and every pair of ways.

Behind the smallest one every row fills nearly all inputs, so that each listed value is seen with each input, and few
rows show much. What a row has carried in its plain form it carries in unusual forms from then on, another in every
row: what is accepted costs the same with them.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, cycle, islice

from allpairspy import AllPairs
from attrs import evolve

from conformance.bodies.part import Part
from conformance.bodies.representations import write
from conformance.bodies.samples import samples
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.filling import PLAIN, Filling, Row
from conformance.probes.framings import FramingCase, billable_framings, write_framed
from conformance.probes.unusual import unusual
from conformance.requirements.ids import input_prefix

__all__ = ["row_probe", "rows"]

_LONG = 5_000
_LONGEST = 100_000  # of what every form has to have
_LARGEST = 2_000_000  # of a file


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
    filled = _by_worth(_pairs([[f for f in factor if not f.is_absent] for factor in factors]))
    listed_by = [len(enum) for enum, declared in zip(enums, listing, strict=True) if declared.name not in only]
    media = builder.operation.media
    carried = billable_framings(media.kind if media else None)
    # The values of the smallest row come again in the second one, with everything beside them.
    count = max([len(filled) + 1, *(size + 1 for size in listed_by), len(carried) + 1 if carried else 0])
    fillers = islice(cycle(filled or [smallest]), count - 1)
    ordered: list[Sequence[Filling]] = [smallest, *_thinned(list(fillers), factors)]
    framings = cycle(carried or (PLAIN,))
    made = []
    for index, fillings in enumerate(ordered):
        listed = [enum[max(index - 1, 0) % len(enum)] for enum in enums]
        made.append(_framed(Row((*listed, *fillings)), PLAIN if index == 0 else next(framings), factors))
    return list(_dressed(builder, made))


def _thinned(filled: Sequence[Sequence[Filling]], factors: Sequence[Sequence[Filling]]) -> Iterator[Sequence[Filling]]:
    """Leave one optional input out of each row but the first: each is missed while the others are there.

    They have their turns, but none leaves the only row in which it stands beside some other filling.
    """
    absent = {place: factor[0] for place, factor in enumerate(factors) if factor[0].is_absent}
    waiting = deque(sorted(absent, reverse=True))
    held = Counter(pair for row in filled for pair in _pairs_of(row))
    for index, row in enumerate(filled):
        able = waiting if index and len(absent) > 1 else ()
        left_out = next((place for place in able if all(held[pair] > 1 for pair in _pairs_with(row, place))), None)
        if left_out is None:
            yield row
            continue
        waiting.remove(left_out)
        waiting.append(left_out)
        held.subtract(_pairs_with(row, left_out))
        yield [absent[place] if place == left_out else filling for place, filling in enumerate(row)]


def _pairs_of(row: Sequence[Filling]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    return combinations([filling.key for filling in row], 2)


def _pairs_with(row: Sequence[Filling], place: int) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    return [pair for pair in _pairs_of(row) if row[place].key in pair]


def _framed(row: Row, framing: FramingCase, factors: Sequence[Sequence[Filling]]) -> Row:
    """Write a row in a framing; what that is about has to be there already, so that a refusal is not blamed on it."""
    able = [f for factor in factors for f in factor if f.way is not None and f.way.kind == framing.carries]
    needed = able[:1] if framing.carries is not None and not any(map(row.mentions, able)) else []
    return evolve(row.holding(*needed), framing=framing)


def _dressed(builder: Builder, plain: Sequence[Row]) -> Iterator[Row]:
    """Put unusual values into rows wherever something has been sent in its plain form before."""
    wardrobe = {
        input_prefix(builder.operation, declared): [
            filling for filling in unusual(builder, declared) if _fits(filling, is_required=declared.required)
        ]
        for declared in builder.operation.inputs
        if not declared.schema.enum
    }
    seen: set[tuple[str, str]] = set()
    turns = Counter[tuple[str, str]]()
    for row in plain:
        changes = []
        for filling in row.fillings:
            if filling.is_absent or filling.way is None or filling.key not in seen:
                continue
            choices = [one for one in wardrobe.get(filling.prefix, ()) if _sort(one) == _sort(filling)]
            place = filling.prefix, _sort(filling)
            turn = turns[place] % (len(choices) + 1)  # when each has had its turn, the plain form has one
            turns[place] += 1
            changes += [evolve(one, way=filling.way) for one in choices[turn : turn + 1]]
        seen.update(filling.key for filling in row.fillings)
        yield row.holding(*changes)


def _sort(filling: Filling) -> str:
    """Return whether a filling is a file, JSON or text: one takes the place of another of its sort.

    Parts that are JSON by their way alone count as such.
    """
    if filling.parts[0].filename is not None:
        return "file"
    is_json = filling.way.is_json if filling.way is not None else False
    return "json" if is_json or filling.parts[0].content_type == "application/json" else "text"


def _fits(filling: Filling, *, is_required: bool) -> bool:
    """Tell whether a row can carry it: one long text is enough, and servers limit what all of them hold together."""
    size = sum(len(part.value) for part in filling.parts)
    most = _LARGEST if _sort(filling) == "file" else _LONGEST if is_required else _LONG
    return filling.is_billable and size <= most


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
        concerns=tuple(f"{filling.prefix}/offered" for filling in row.listed),
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
    yield from (case.requirement for case in row.framings)
    if op.scheme is not None and not (op.billable and builder.defects):  # else refusals show it
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
