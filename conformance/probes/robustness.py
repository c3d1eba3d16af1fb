"""Probes with awkward values and wrappings inside forms that are refused anyway: nothing may break."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from conformance.contract import Field
from conformance.probe import Expect, Probe
from conformance.probes.builder import Anchor, Builder
from conformance.probes.controls import Controls
from conformance.probes.samples import Odd, odd_values, samples
from conformance.wire.forms import Kind, forms, write
from conformance.wire.parts import Part

__all__ = ["hidden_values", "objections"]


@cache
def hidden_values(builder: Builder, order: tuple[Anchor, ...]) -> tuple[Probe, ...]:
    """Return every awkward value in every field that can carry it, behind the first defect that leaves it alone."""
    return tuple(_hidden_values(builder, order))


def _hidden_values(builder: Builder, order: tuple[Anchor, ...]) -> Iterator[Probe]:
    op = builder.operation.id
    for declared in builder.operation.fields:
        anchor = next((anchor for anchor in order if anchor.field != declared.name), None)
        if anchor is None:
            continue
        for odd in odd_values():
            parts = tuple(_parts(declared, odd))
            if not parts:
                continue
            yield builder.hidden(
                f"{op}/request/{declared.name}/robust/{odd.name}",
                anchor,
                builder.with_field(builder.required(), parts),
                Expect.EITHER,
                f"{op}/{declared.name}/robust",
                decides=(f"{op}/request/{declared.name}/robust",),
                guards=(f"{op}/request/{declared.name}/robust",),
                subject=declared.name,
                alone=len(odd.value) > 50_000,
            )


def _parts(declared: Field, odd: Odd) -> Iterator[Part]:
    kinds: set[Kind] = {form.kind for form in forms(declared)}
    numeric = declared.schema.get("type") in ("integer", "number")
    if odd.kind == "file" and "file" in kinds:
        yield Part(declared.name, odd.value, "sample.png", "image/png")
    elif odd.kind == "json" and kinds & {"json", "array"}:
        yield Part(declared.name, odd.value, content_type="application/json")
    elif (
        (odd.kind == "number" and numeric)
        or (odd.kind == "text" and "text" in kinds and not numeric)
        or (odd.kind == "text" and "items" in kinds and not kinds & {"array"})
    ):
        yield Part(declared.name, odd.value)


def objections(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield every documented form of every field beside a defect: does the refusal now speak of the field?"""
    op = builder.operation.id
    for declared in builder.operation.fields:
        anchor = controls.anchor(declared.name)
        if anchor is None or anchor not in controls.telling:
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
                    anchor,
                    parts,
                    Expect.SAME,
                    f"{op}/{declared.name}/form",
                    decides=tuple(decides),
                    guards=(f"{op}/valid/no-server-error", f"{op}/request/{declared.name}/robust"),
                    subject=declared.name,
                    control=anchor.name,
                )


def _listed(builder: Builder, controls: Controls, declared: Field) -> Iterator[Probe]:
    """Is a listed value refused exactly as an unlisted one is?"""
    op = builder.operation.id
    anchor = controls.anchor(declared.name)
    foil = controls.pair(declared.name, anchor) if anchor else None
    if anchor is None or foil is None or controls.signatures[anchor.name].matches(controls.signatures[foil]):
        return
    for value in declared.schema["enum"]:
        parts = builder.with_field(builder.required(), (Part(declared.name, str(value).encode()),))
        yield builder.hidden(
            f"{op}/request/{declared.name}/value/{value}/hidden",
            anchor,
            parts,
            Expect.SAME,
            f"{op}/{declared.name}/value",
            decides=(f"{op}/request/{declared.name}/value/{value}",),
            guards=(f"{op}/valid/no-server-error",),
            subject=declared.name,
            control=anchor.name,
            foil=foil,
        )
