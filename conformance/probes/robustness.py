"""Probes with awkward values and framing_cases inside forms that are refused anyway: nothing may break."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from conformance.bodies.parts import Part
from conformance.bodies.representations import Kind, forms, write
from conformance.contract import Field
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder, KnownDefect
from conformance.probes.controls import Controls
from conformance.probes.samples import EdgeCase, edge_cases, samples

__all__ = ["hidden_values", "objections"]


@cache
def hidden_values(builder: Builder, order: tuple[KnownDefect, ...]) -> tuple[Probe, ...]:
    """Return every awkward value in every field that can carry it, behind the first defect that leaves it alone."""
    return tuple(_hidden_values(builder, order))


def _hidden_values(builder: Builder, order: tuple[KnownDefect, ...]) -> Iterator[Probe]:
    op = builder.operation.id
    for declared in builder.operation.fields:
        defect = next((defect for defect in order if defect.field != declared.name), None)
        if defect is None:
            continue
        for edge_case in edge_cases():
            parts = tuple(_parts(declared, edge_case))
            if not parts:
                continue
            yield builder.hidden(
                f"{op}/request/{declared.name}/robust/{edge_case.name}",
                defect,
                builder.with_field(builder.required(), parts),
                Expect.EITHER,
                f"{op}/{declared.name}/robust",
                decides=(f"{op}/request/{declared.name}/robust",),
                guards=(f"{op}/request/{declared.name}/robust",),
                subject=declared.name,
                alone=len(edge_case.value) > 50_000,
            )


def _parts(declared: Field, edge_case: EdgeCase) -> Iterator[Part]:
    kinds: set[Kind] = {form.kind for form in forms(declared)}
    numeric = declared.schema.get("type") in ("integer", "number")
    if edge_case.kind == "file" and "file" in kinds:
        yield Part(declared.name, edge_case.value, "sample.png", "image/png")
    elif edge_case.kind == "json" and kinds & {"json", "array"}:
        yield Part(declared.name, edge_case.value, content_type="application/json")
    elif (
        (edge_case.kind == "number" and numeric)
        or (edge_case.kind == "text" and "text" in kinds and not numeric)
        or (edge_case.kind == "text" and "items" in kinds and not kinds & {"array"})
    ):
        yield Part(declared.name, edge_case.value)


def objections(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield every documented form of every field beside a defect: does the refusal now speak of the field?"""
    op = builder.operation.id
    for declared in builder.operation.fields:
        defect = controls.defect(declared.name)
        if defect is None or defect not in controls.telling:
            continue
        if "enum" in declared.schema:
            yield from _listed(builder, controls, declared)
            continue
        ways = forms(declared)
        for way in ways:
            for index, value in enumerate(samples(way)):
                parts = builder.with_field(builder.required(), write(way, value))
                decides = [f"{op}/request/{declared.name}/{rule}" for rule in ("accepted", "unrestricted")]
                if len(ways) > 1:
                    decides.append(f"{op}/request/{declared.name}/form/{way.kind}")
                yield builder.hidden(
                    f"{op}/request/{declared.name}/form/{way.kind}/{index + 1}",
                    defect,
                    parts,
                    Expect.SAME,
                    f"{op}/{declared.name}/form",
                    decides=tuple(decides),
                    guards=(f"{op}/valid/no-server-error", f"{op}/request/{declared.name}/robust"),
                    subject=declared.name,
                    control=defect.name,
                )


def _listed(builder: Builder, controls: Controls, declared: Field) -> Iterator[Probe]:
    """Is a listed value refused exactly as an unlisted one is?"""
    op = builder.operation.id
    defect = controls.defect(declared.name)
    contrast = controls.pair(declared.name, defect) if defect else None
    if (
        defect is None
        or contrast is None
        or controls.fingerprints[defect.name].matches(controls.fingerprints[contrast])
    ):
        return
    for value in declared.schema["enum"]:
        parts = builder.with_field(builder.required(), (Part(declared.name, str(value).encode()),))
        yield builder.hidden(
            f"{op}/request/{declared.name}/value/{value}/hidden",
            defect,
            parts,
            Expect.SAME,
            f"{op}/{declared.name}/value",
            decides=(f"{op}/request/{declared.name}/value/{value}",),
            guards=(f"{op}/valid/no-server-error",),
            subject=declared.name,
            control=defect.name,
            contrast=contrast,
        )
