"""Probes of roads that the contract does not name: other names of fields, other methods in disguise."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.requirements.known_defects import can_be_disguised, listed_member

__all__ = ["other_road_probes"]

_NAMES = (
    ("case", str.swapcase),
    ("brackets", "{}[]".format),
    ("index", "{}[0]".format),
    ("dotted", "data.{}".format),
    ("padded", "{} ".format),
)
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


def other_road_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield the probes of one operation; none is valid, whichever way it is read."""
    yield from _other_names(builder)
    yield from _override(builder, controls)


def _other_names(builder: Builder) -> Iterator[Probe]:
    """A field is left out, and stands there under another name with a value that is not listed.

    A server that takes the name for the field's refuses it for the value, any other for what is missing.
    """
    pair = listed_member(builder.operation, builder.resources)
    if pair is None:
        return
    omitted, unlisted = pair
    requirement = f"{builder.operation.id}/request/names"

    def under(kind: str, *names: str) -> Probe:
        others = tuple(evolve(part, name=name) for name in names for part in unlisted.broken)
        return builder.probe(
            f"{requirement}/{kind}",
            (*omitted.apply(builder.required()), *others),
            Expect.SAME,
            requirement,
            decides=(requirement,),
            control=omitted.name,
            contrast=unlisted.name,
            if_accepted=(omitted.requirement(builder.operation),),
        )

    taken = {declared.name for declared in builder.operation.fields}
    names = {kind: name for kind, write in _NAMES if (name := write(omitted.input.name)) not in taken}
    singles = tuple(under(kind, name) for kind, name in names.items())
    yield evolve(under("any", *names.values()), apart=singles)


def _override(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """A GET that says to be what it is not; a server that believes it refuses it for the same defect."""
    operation, defect = builder.operation, controls.defect()
    if defect is None or not can_be_disguised(builder.contract, operation):
        return
    request = builder.request(defect.apply(builder.required()))
    headers = tuple((name, operation.method) for name in _OVERRIDES)
    joint = "&" if "?" in request.path else "?"
    yield builder.of(
        f"{operation.id}/method/override",
        evolve(
            request,
            method="GET",
            path=f"{request.path}{joint}_method={operation.method}",
            headers=(*request.headers, *headers),
        ),
        Expect.DIFFERENT,
        "http/methods",
        decides=("http/method-override",),
        guards=("http/method-override",),
        control=defect.name,
    )
