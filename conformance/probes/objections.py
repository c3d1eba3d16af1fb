"""Objections: does the refusal of a form with a defect speak of another input, though its value is valid?"""

from __future__ import annotations

from conformance.contract import Input
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.filling import Filling, Row
from conformance.requirements.known_defects import KnownDefect

__all__ = ["objection"]


def objection(builder: Builder, taught: Controls, plain: Row, filling: Filling) -> Probe | None:
    """Return a probe of one documented way to fill an input behind a defect; None where no refusal would tell."""
    declared = next((d for d in builder.operation.inputs if filling.prefix.endswith(f"/{d.name}")), None)
    defect = taught.defect(declared) if declared is not None else None
    if declared is None or defect is None or defect not in taught.telling:
        return None
    contrast = None
    if filling.is_listed:
        contrast = _contrast(taught, declared, defect)
        if contrast is None:
            return None
        decides = [f"{filling.prefix}/value/{filling.name}"]
    else:
        decides = [f"{filling.prefix}/{rule}" for rule in ("accepted", "unrestricted")]
        if filling.way is not None and len(builder.ways(declared)) > 1:
            decides.append(f"{filling.prefix}/form/{filling.way.kind}")
    op = builder.operation.id
    return builder.hidden(
        f"{filling.prefix}/objection/{filling.name}",
        defect,
        plain.holding(filling).parts,
        Expect.SAME,
        f"{op}/{declared.name}/objection",
        decides=tuple(decides),
        guards=(f"{op}/valid/no-server-error", f"{filling.prefix}/robust"),
        subject=declared.name,
        control=defect.name,
        contrast=contrast,
    )


def _contrast(taught: Controls, declared: Input, defect: KnownDefect) -> str | None:
    """Return the control with an unlisted value, where its refusal differs from the defect's alone."""
    contrast = taught.pair(declared, defect)
    if contrast is None or defect.name not in taught.fingerprints:
        return None
    return None if taught.fingerprints[defect.name].matches(taught.fingerprints[contrast]) else contrast
