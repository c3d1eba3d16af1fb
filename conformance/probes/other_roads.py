"""Probes of a road that the contract does not name: fields under other names."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.requirements.known_defects import listed_member

__all__ = ["other_road_probes"]

_NAMES = (
    ("case", str.swapcase),
    ("brackets", "{}[]".format),
    ("index", "{}[0]".format),
    ("dotted", "data.{}".format),
    ("padded", "{} ".format),
)


def other_road_probes(builder: Builder) -> Iterator[Probe]:
    """Yield forms in which a field is left out, and stands there under another name with a value that is not listed.

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
