"""A covering array of requests to be accepted, so that each of them decides as much as it can.

Factors are the inputs: absent where they may be, or written in one of their documented forms with one of their
samples or listed values. All pairs occur; every listed value of every enum occurs; every framing that a create
can carry rides along in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, cycle

from allpairspy import AllPairs
from attrs import evolve, frozen
from attrs import field as attr

from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, write
from conformance.bodies.samples import samples
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.edge_cases import edge_cases
from conformance.probes.framings import FramingCase, framing_cases, write_framed
from conformance.requirements.ids import input_prefix

__all__ = ["PLAIN", "Filling", "Row", "row_probe", "rows"]

PLAIN = FramingCase("plain", "", Expect.ACCEPT, Framing())
_PROSE = ("emoji", "newline", "right-to-left", "length-2000", "quotes")


@frozen
class Filling:
    """One way to fill, or leave out, one input.

    Attributes:
        prefix: the beginning of the ids of requirements about the input.
        way: how it is written; None for a listed value, and where it is absent.
    """

    prefix: str
    name: str
    way: Representation | None = attr(default=None, repr=False)
    parts: tuple[Part, ...] = attr(default=(), repr=False)
    is_listed: bool = False

    @property
    def field(self) -> str:
        """The input's own name."""
        return self.prefix.rpartition("/")[2]

    @property
    def is_absent(self) -> bool:
        """Whether the input is left out."""
        return not self.parts


@frozen
class Row:
    """One request to be accepted: a filling for each input, in one framing."""

    fillings: tuple[Filling, ...]
    framing: FramingCase = PLAIN

    @property
    def name(self) -> str:
        """Stable name: what is in the request."""
        present = [f"{filling.field}={filling.name}" for filling in self.fillings if not filling.is_absent]
        return "&".join([*present, *([self.framing.id] if self.framing is not PLAIN else [])]) or PLAIN.id

    def holding(self, filling: Filling) -> Row:
        """Set one input."""
        return evolve(self, fillings=tuple(filling if old.prefix == filling.prefix else old for old in self.fillings))


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
        made.append(Row((*listed, *fillings), PLAIN if index == 0 else next(framings)))
    return made


def row_probe(builder: Builder, row: Row, probe_id: str, group: str) -> Probe:
    """Write a row as a request."""
    parts = [*_in_path(builder), *(part for filling in row.fillings for part in filling.parts)]
    return builder.of(
        probe_id,
        write_framed(builder, parts, row.framing),
        Expect.ACCEPT,
        group,
        decides=tuple(_decided(builder, row)),
        guards=(f"{builder.operation.id}/valid/no-server-error",),
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
    prose = next((way for way in ways if way.kind in ("text", "value", "string") and way.schema.is_text), None)
    if declared.required and prose is not None and declared.location == "body":
        texts = ((case.name, case.value.decode()) for case in edge_cases() if case.name in _PROSE)
        made.extend(Filling(prefix, name, prose, write(prose, text)) for name, text in texts if _takes(declared, text))
    return made


def _takes(declared: Input, text: str) -> bool:
    """Tell whether a text is a value that the contract allows and advises."""
    return declared.schema.is_valid(text) and not any(declared.schema.advice(text))


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
