"""The unusual values of an input: the edge cases that it can carry, as fillings of rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from attrs import evolve

from conformance.bodies.cost import exceeds
from conformance.bodies.part import Part
from conformance.bodies.representations import Kind, write
from conformance.bodies.requests import can_stand
from conformance.bodies.samples import samples
from conformance.bodies.validity import Validity, problems_of
from conformance.contract import Contract, Input, Operation
from conformance.probes.builder import Builder
from conformance.probes.edge_cases import EdgeCase, edge_cases
from conformance.probes.filling import Filling
from conformance.requirements.ids import input_prefix

__all__ = ["LARGE", "unusual"]

LARGE = 50_000
"""So many bytes in one value keep a server busy: nothing else is sent meanwhile."""

_NUMERIC = frozenset({"integer", "number"})
_FEW_OF_EACH = 13  # kind, of an input that can be written in several
_FEW = 2  # texts, of an input with listed values: all others are refused for the same reason
_BROKEN = 2  # values of such an input that are no text at all


def unusual(builder: Builder, declared: Input) -> tuple[Filling, ...]:
    """Return every edge case that an input can carry; those that may ride on a create say so."""
    return _chosen(builder.contract, builder.operation, declared)


@cache
def _chosen(contract: Contract, operation: Operation, declared: Input) -> tuple[Filling, ...]:
    found = tuple(_unusual(Builder(contract, operation), declared))
    if declared.schema.enum:
        return (*found[:_FEW], *[filling for filling in found if not _is_text(filling)][:_BROKEN])
    kinds = {filling.kind for filling in found} - {"list"}  # how many items there are is no other way to write them
    most = len(found) if len(kinds) < 2 else _FEW_OF_EACH
    taken = Counter[str]()
    kept = []
    for filling in found:
        taken[filling.kind] += 1
        if taken[filling.kind] <= most:
            kept.append(filling)
    return tuple(kept)


def _is_text(filling: Filling) -> bool:
    try:
        return "\0" not in "".join(part.value.decode() for part in filling.parts)
    except UnicodeDecodeError:
        return False


def _unusual(builder: Builder, declared: Input) -> Iterator[Filling]:
    prefix = input_prefix(builder.operation, declared)
    for edge_case in edge_cases():
        parts = _parts(builder, declared, edge_case)
        if parts and all(map(can_stand, parts)):
            billable = edge_case.billable and _may_be_accepted(builder, declared, parts)
            asked_for = billable and (edge_case.is_plain or _is_like(edge_case, declared))
            asked_for |= billable and declared.required and declared.schema.is_text and not edge_case.is_doubtful
            yield Filling(
                prefix,
                edge_case.name,
                parts=parts,
                kind=edge_case.kind,
                # Any text is what a field that has to hold text is for, so a refusal of one counts.
                is_unusual=not asked_for,
                is_billable=billable,
            )


def _is_like(edge_case: EdgeCase, declared: Input) -> bool:
    """Tell whether the contract shows nothing but texts that begin like an edge case."""
    shown = [text for value in declared.schema.examples for text in (value if isinstance(value, list) else [value])]
    return bool(edge_case.like and shown) and all(str(text).startswith(edge_case.like) for text in shown)


def _may_be_accepted(builder: Builder, declared: Input, parts: Sequence[Part]) -> bool:
    """Tell whether a value is valid as sent, advised, and no dearer than what the contract shows."""
    problems = problems_of(declared, parts, builder.operation.media)
    return all(problem.validity is Validity.VALID for problem in problems) and not exceeds(declared, parts)


def _parts(builder: Builder, declared: Input, edge_case: EdgeCase) -> tuple[Part, ...]:
    if edge_case.has_namesakes:
        listed = {other.name: other.schema.enum[-1] for other in builder.operation.inputs if other.schema.enum}
        if not listed:
            return ()
        edge_case = evolve(edge_case, value=json.dumps(listed).encode())
    if edge_case.kind != "list":
        part = _part(builder, declared, edge_case)
        return () if part is None else (part,)
    way = next((way for way in builder.ways(declared) if way.kind == "items" and way.body != "json"), None)
    if way is None or way.schema.types != {"array"}:
        return ()
    sample = samples(way)[0]
    return write(way, [sample[index % len(sample)] for index in range(edge_case.items)]) if sample else ()


def _part(builder: Builder, declared: Input, edge_case: EdgeCase) -> Part | None:
    kinds: set[Kind] = {way.kind for way in builder.ways(declared)}
    numeric = bool(declared.schema.types) and declared.schema.types <= _NUMERIC
    name, value, kind = declared.name, edge_case.value, builder.kind(declared)
    text = edge_case.kind == ("number" if numeric else "text")
    if kind == "octets":
        return Part(name, edge_case.file(declared).value) if edge_case.kind == "file" else None
    if kind == "json":
        return _json_part(declared, edge_case)
    if edge_case.kind == "file" and "file" in kinds:
        return edge_case.file(declared)
    if edge_case.kind == "json" and kinds & {"json", "array"}:
        return Part(name, value, content_type="application/json")
    if text and (kinds & {"text", "integer", "number", "boolean"} or ("items" in kinds and "array" not in kinds)):
        return Part(name, value, location=declared.location)
    return None


def _json_part(declared: Input, edge_case: EdgeCase) -> Part | None:
    """Write an edge case as JSON: a text as a string, a number and JSON as they are."""
    types = declared.schema.types or {"string"}
    if edge_case.kind == "text" and "string" in types:
        text = edge_case.value.decode("utf-8", "surrogateescape")
        return Part(declared.name, json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    if (edge_case.kind == "number" and types & _NUMERIC) or (edge_case.kind == "json" and types & {"object", "array"}):
        return Part(declared.name, edge_case.value)
    return None
