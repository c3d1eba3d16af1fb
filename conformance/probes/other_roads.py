"""Probes of roads that the contract does not name: a field under another name, or in another place of the request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from conformance.bodies.part import Part
from conformance.bodies.representations import write
from conformance.bodies.requests import can_stand, read_parameters
from conformance.contract import Input, Operation
from conformance.engine.probe import Expect, PreparedRequest, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.requirements.known_defects import KnownDefect, listed_member

__all__ = ["elsewhere", "elsewhere_probes", "other_road_probes"]

_NAMES = (
    ("case", str.swapcase),
    ("brackets", "{}[]".format),
    ("index", "{}[0]".format),
    ("dotted", "data.{}".format),
    ("padded", "{} ".format),
)


def other_road_probes(builder: Builder) -> Iterator[Probe]:
    """Yield forms in which a field is left out, and stands on other roads with a value that is not listed.

    A server that takes it for the field's refuses it for the value, any other for what is missing.
    """
    pair = listed_member(builder.operation, builder.resources)
    if pair is None:
        return
    omitted, unlisted = pair
    names, places = _named(builder, omitted.input, unlisted.broken), _placed(builder, omitted.input, unlisted.broken)
    by_name, by_place = (f"{builder.operation.id}/request/{rule}" for rule in ("names", "elsewhere"))
    apart = tuple(
        evolve(_probe(builder, requirement, name, omitted, parts), decides=(requirement,), contrast=unlisted.name)
        for requirement, roads in ((by_name, names), (by_place, places))
        for name, parts in roads.items()
    )
    everything = tuple(part for roads in (names, places) for parts in roads.values() for part in parts)
    together = _probe(builder, by_name, "any", omitted, everything)
    decided = tuple(dict.fromkeys(name for probe in apart for name in probe.decides))
    yield evolve(together, decides=decided, contrast=unlisted.name, apart=apart)


def elsewhere_probes(builder: Builder, controls: Controls) -> Iterator[Probe]:
    """Yield forms that lack a field which stands in all other places at once, with a value that is valid.

    What has listed values is looked for by one that is not: that costs nothing where it is found.
    """
    pair = listed_member(builder.operation, builder.resources)
    looked_for = pair[0].input if pair is not None else None
    requirement = f"{builder.operation.id}/request/elsewhere"
    for defect in controls.order:
        declared = defect.input
        if defect.kind != "omitted" or declared.location != "body" or declared is looked_for:
            continue
        given = builder.ordinary(declared)
        roads = _placed(builder, declared, given).values()
        probe = _probe(builder, requirement, declared.name, defect, [part for parts in roads for part in parts])
        yield evolve(probe, decides=(requirement,), if_accepted=(requirement,))


def elsewhere(operation: Operation, request: PreparedRequest, body: Sequence[Part]) -> str:
    """Say of a request which required field it lacks, and where that stands instead; nothing where it does not.

    Args:
        operation: that is called.
        request: as it is sent.
        body: its parts, as they are read back.
    """
    given = {part.name for part in body if part.location == "body"}
    for declared in operation.fields:
        if not declared.required or declared.name in given:
            continue
        places = list(_places(declared, operation, request, body))
        if places:
            where = " and ".join(filter(None, (", ".join(places[:-1]), places[-1])))
            return f"a form without `{declared.name}`, which stands in {where},"
    return ""


def _places(declared: Input, operation: Operation, request: PreparedRequest, body: Sequence[Part]) -> Iterator[str]:
    fields = {name.lower(): value for name, value in request.headers}
    query = [part.name for part in read_parameters(operation, request.path, ()) if part.location == "query"]
    if declared.name in query:
        yield "the query"
    if _header(declared).lower() in fields:
        yield f"the header `{_header(declared)}`"
    if f"{declared.name}=" in fields.get("cookie", ""):
        yield "a cookie"
    holding = (part.name for part in body if part.location == "body" and declared.name in _members(part))
    yield from (f"`{name}`" for name in holding)


def _members(part: Part) -> Mapping[str, Any]:
    try:
        value = json.loads(part.value) if part.value.startswith(b"{") else None
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {}


def _probe(builder: Builder, requirement: str, name: str, omitted: KnownDefect, roads: Sequence[Part]) -> Probe:
    return builder.probe(
        f"{requirement}/{name}",
        (*omitted.apply(builder.required()), *roads),
        Expect.SAME,
        requirement,
        control=omitted.name,
        if_accepted=(omitted.requirement(builder.operation),),
    )


def _named(builder: Builder, declared: Input, given: Sequence[Part]) -> dict[str, tuple[Part, ...]]:
    """Return a field under other names, by what they do to its own."""
    taken = {known.name for known in builder.operation.fields}
    names = {kind: name for kind, write_name in _NAMES if (name := write_name(declared.name)) not in taken}
    return {kind: tuple(evolve(part, name=name) for part in given) for kind, name in names.items()}


def _placed(builder: Builder, declared: Input, given: Sequence[Part]) -> dict[str, tuple[Part, ...]]:
    """Return a field in the places of a request that the contract does not have it in: all but the body, or within it.

    A file, and what no header can carry, goes nowhere else.
    """
    if not given or given[0].filename is not None:
        return {}
    value = given[0].value
    if builder.kind(declared) == "json":
        read = json.loads(value)
        value = read.encode() if isinstance(read, str) else value
    named = {(known.location, known.name.lower()) for known in builder.operation.parameters}
    hidden = {(s.location, s.parameter.lower()) for way in builder.operation.security for s in way}
    outside = (
        Part(declared.name, value, location="query"),
        Part(_header(declared), value, location="header"),
        Part(declared.name, value, location="cookie"),
    )
    free = (part for part in outside if (part.location, (part.name or "").lower()) not in named | hidden)
    found: dict[str, tuple[Part, ...]] = {part.location: (part,) for part in free if can_stand(part)}
    inside = tuple(_within(builder, declared, value.decode("utf-8", "replace")))
    return {**found, "member": inside} if inside else found


def _header(declared: Input) -> str:
    return f"X-{declared.name.replace('_', '-').title()}"


def _within(builder: Builder, declared: Input, text: str) -> Iterator[Part]:
    """Yield the optional fields that are any object, with a member that is named like another field."""
    for other in builder.operation.fields:
        if other.required or other.name == declared.name or other.is_whole:
            continue
        ways = builder.ways(other)
        if all(way.schema.types == {"object"} for way in ways) and ways[0].schema.is_valid({declared.name: text}):
            yield from write(ways[0], {declared.name: text})
