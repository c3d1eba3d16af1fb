"""Probes for when requests were accepted: one of them again, fields that are not the caller's to set, old refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator

from attrs import evolve

from conformance.bodies.part import Part
from conformance.bodies.requests import content_type_of, read_body, read_parameters
from conformance.bodies.validity import Validity
from conformance.engine.probe import Expect, PreparedRequest, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls

__all__ = ["afterwards", "again", "assigning"]

_REFUSALS = 3
_TEXT, _NUMBER = "conformance-assigned", 86_399  # which no server comes to by itself


def afterwards(builder: Builder, taught: Controls, accepted: Probe) -> Iterator[Probe]:
    """Yield all of them, in an order in which the refusals see what the others left behind."""
    group = f"{builder.operation.id}/afterwards"
    shown = ("job/repeated-create", "state/same-again")
    yield evolve(accepted, id=f"{group}/again", group=group, decides=(), concerns=shown, guards=(), confirm=None)
    yield from assigning(builder, accepted.request, group)
    yield from again(builder, taught, group)


def assigning(builder: Builder, accepted: PreparedRequest, group: str) -> Iterator[Probe]:
    """Yield what was accepted with a field more for each property of the answer that is the server's to set."""
    operation, media = builder.operation, builder.operation.media
    if media is None or media.kind == "octets" or any(declared.is_whole for declared in operation.fields):
        return
    values = {"string": _TEXT, "integer": _NUMBER, "number": _NUMBER}
    extra = []
    for found in operation.success.properties:
        value = next((value for kind, value in values.items() if kind in found.schema.types), _TEXT)
        if len(found.path) == 1 and operation.field(found.name) is None:
            text = json.dumps(value) if media.kind == "json" else str(value)
            extra.append(Part(found.name, text.encode()))
    read = read_body(operation, content_type_of(accepted.headers), accepted.body)[1] if accepted.body else ()
    inside = (evolve(part, headers=()) for part in read)  # which are written anew
    probe = builder.probe(
        f"{group}/assigning",
        (*read_parameters(operation, accepted.path, accepted.headers), *inside, *extra),
        Expect.ACCEPT,
        group,
        concerns=("meaning/not-assigned",),
        guards=(f"{operation.id}/invalid/no-server-error",),
    )
    if extra and probe.validity is not Validity.INVALID:
        yield probe


def again(builder: Builder, taught: Controls, group: str) -> Iterator[Probe]:
    """Yield a few requests that were refused as controls: what was accepted since must not have changed that."""
    for defect in taught.order[:_REFUSALS]:
        yield builder.probe(
            f"{group}/{defect.name}",
            defect.apply(builder.required()),
            Expect.REFUSE,
            group,
            decides=("state/refusals-unchanged",),
            control=defect.name,
            if_accepted=(defect.requirement(builder.operation),),
        )
