"""Probes with edge cases, and with every documented form, in requests that are refused anyway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

from conformance.bodies.part import Part
from conformance.bodies.representations import Kind, write
from conformance.bodies.requests import can_stand
from conformance.bodies.samples import samples
from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.edge_cases import EdgeCase, edge_cases
from conformance.requirements.ids import input_prefix
from conformance.requirements.known_defects import KnownDefect

__all__ = ["edge_case_probes", "objections"]

_NUMERIC = frozenset({"integer", "number"})


@cache
def edge_case_probes(builder: Builder, order: tuple[KnownDefect, ...]) -> tuple[Probe, ...]:
    """Return every edge case in every input that can carry it, behind the first defect that leaves it alone.

    Where there is nothing to hide behind, a request that changes nothing is sent as it is.
    """
    return tuple(_edge_case_probes(builder, order))


def _edge_case_probes(builder: Builder, order: tuple[KnownDefect, ...]) -> Iterator[Probe]:
    for declared in builder.operation.inputs:
        defect = next((defect for defect in order if defect.input is not declared), None)
        if defect is None and not builder.is_safe:
            continue
        prefix = input_prefix(builder.operation, declared)
        for edge_case in edge_cases():
            parts = tuple(part for part in _parts(builder, declared, edge_case) if can_stand(part))
            if not parts:
                continue
            probe_id, whole = f"{prefix}/robust/{edge_case.name}", builder.with_input(builder.required(), parts)
            broken = () if defect is None else (defect.requirement(builder.operation),)
            yield builder.probe(
                probe_id if defect is None else f"{probe_id}/behind/{defect.name}",
                whole if defect is None else defect.apply(whole),
                Expect.EITHER,
                f"{builder.operation.id}/{declared.name}/robust",
                decides=(f"{prefix}/robust",),
                guards=(f"{prefix}/robust",),
                subject=declared.name,
                alone=len(edge_case.value) > 50_000,
                if_accepted=broken,
            )


def _parts(builder: Builder, declared: Input, edge_case: EdgeCase) -> Iterator[Part]:
    kinds: set[Kind] = {way.kind for way in builder.ways(declared)}
    numeric = bool(declared.schema.types) and declared.schema.types <= _NUMERIC
    name, value, kind = declared.name, edge_case.value, builder.kind(declared)
    text = (edge_case.kind == "number" and numeric) or (edge_case.kind == "text" and not numeric)
    if kind == "octets":
        if edge_case.kind == "file":
            yield Part(name, value)
    elif kind == "json":
        yield from _json_parts(declared, edge_case)
    elif edge_case.kind == "file" and "file" in kinds:
        yield Part(name, value, "sample.png", "image/png")
    elif edge_case.kind == "json" and kinds & {"json", "array"}:
        yield Part(name, value, content_type="application/json")
    elif text and (kinds & {"text", "integer", "number", "boolean"} or ("items" in kinds and "array" not in kinds)):
        yield Part(name, value, location=declared.location)


def _json_parts(declared: Input, edge_case: EdgeCase) -> Iterator[Part]:
    """Write an edge case as JSON: a text as a string, a number and JSON as they are."""
    types = declared.schema.types or {"string"}
    if edge_case.kind == "text" and "string" in types:
        text = edge_case.value.decode("utf-8", "surrogateescape")
        yield Part(declared.name, json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    elif (edge_case.kind == "number" and types & _NUMERIC) or (
        edge_case.kind == "json" and types & {"object", "array"}
    ):
        yield Part(declared.name, edge_case.value)


def objections(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield every documented form of every input beside a defect: does the refusal now speak of the input?"""
    op = builder.operation.id
    for declared in builder.operation.inputs:
        defect = controls.defect(declared)
        if defect is None or defect not in controls.telling or declared.name in builder.named:
            continue
        if declared.schema.enum:
            yield from _listed(builder, controls, declared)
            continue
        prefix = input_prefix(builder.operation, declared)
        ways = builder.ways(declared)
        for way in ways:
            for index, value in enumerate(samples(way)):
                parts = builder.with_input(builder.required(), write(way, value))
                decides = [f"{prefix}/{rule}" for rule in ("accepted", "unrestricted")]
                if len(ways) > 1:
                    decides.append(f"{prefix}/form/{way.kind}")
                yield builder.hidden(
                    f"{prefix}/form/{way.kind}/{index + 1}",
                    defect,
                    parts,
                    Expect.SAME,
                    f"{op}/{declared.name}/form",
                    decides=tuple(decides),
                    guards=(f"{op}/valid/no-server-error", f"{prefix}/robust"),
                    subject=declared.name,
                    control=defect.name,
                )


def _listed(builder: Builder, controls: Controls, declared: Input) -> Iterator[Probe]:
    """Is a listed value refused exactly as an unlisted one is?"""
    op, prefix = builder.operation.id, input_prefix(builder.operation, declared)
    defect = controls.defect(declared)
    contrast = controls.pair(declared, defect) if defect else None
    if (
        defect is None
        or contrast is None
        or defect.name not in controls.fingerprints
        or controls.fingerprints[defect.name].matches(controls.fingerprints[contrast])
    ):
        return
    for value in declared.schema.enum:
        parts = write(builder.ways(declared)[0], value)
        yield builder.hidden(
            f"{prefix}/value/{value}/hidden",
            defect,
            builder.with_input(builder.required(), parts),
            Expect.SAME,
            f"{op}/{declared.name}/value",
            decides=(f"{prefix}/value/{value}",),
            guards=(f"{op}/valid/no-server-error",),
            subject=declared.name,
            control=defect.name,
            contrast=contrast,
        )
