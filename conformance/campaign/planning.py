"""The plan of a run: what is sent to each operation, as far as that is known before any answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from attrs import field, frozen

from conformance.bodies.validity import Validity
from conformance.campaign.order import assumed, in_order
from conformance.checks.schemathesis_adapter import draw_bodies
from conformance.contract import Contract
from conformance.engine.probe import Expect, Probe
from conformance.engine.runner import Pace
from conformance.probes.addresses import address_probes
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls
from conformance.probes.covering import Row, row_probe, rows
from conformance.probes.credentials import credential_probes
from conformance.probes.framings import framing_probes
from conformance.probes.fuzz import Corpora, fuzz_probes
from conformance.probes.media_types import media_type_probes
from conformance.probes.other_roads import other_road_probes
from conformance.probes.refusals import leniency_probes, refusal_probes
from conformance.probes.robustness import edge_case_probes, objections
from conformance.requirements.ids import body_prefix
from conformance.requirements.known_defects import KnownDefect

__all__ = ["Options", "accepted", "alternatives", "authored", "corpora", "effects", "free", "plan", "whole"]

Tier = Literal["free", "full"]


@frozen
class Options:
    """What a user can choose; times in seconds.

    Attributes:
        values: to which the enum of an input is narrowed, by the input's name.
    """

    max_creates: int
    tier: Tier = "full"
    values: Mapping[str, frozenset[str]] = field(factory=dict)
    seed: int = 1
    explore: int = 0
    max_response_time: float | None = None
    pace: Pace = field(factory=Pace)


def corpora(contract: Contract, options: Options) -> Corpora:
    """Return what makes the fuzz corpora of a run."""
    return Corpora(contract, draw_bodies, options.seed)


def authored(builder: Builder, taught: Controls) -> Iterator[Probe]:
    """Yield the free probes that stand for a rule each, and are neither drawn nor tried by the dozen."""
    yield from credential_probes(builder, taught)
    yield from address_probes(builder, taught)
    yield from other_road_probes(builder, taught)
    yield from media_type_probes(builder, taught)
    yield from refusal_probes(builder)
    yield from framing_probes(builder, taught)
    yield from leniency_probes(builder)


def free(builder: Builder, taught: Controls, options: Options) -> Iterator[Probe]:
    """Yield what costs nothing on a server that follows the contract."""
    yield from authored(builder, taught)
    yield from objections(builder, taught)
    if builder.action != "delete":
        yield from edge_case_probes(builder, taught.order)
    if builder.operation.media is not None:
        drawn = corpora(builder.contract, options)
        yield from fuzz_probes(builder, taught, drawn.kept(builder.operation))
        if options.explore:
            yield from fuzz_probes(builder, taught, drawn.fresh(builder.operation, options.explore))


def accepted(builder: Builder, options: Options) -> list[Row]:
    """Return the requests that are meant to be accepted; of what removes something, one alone."""
    array = [row for row in rows(builder, options.values) if _is_valid(builder, row)]
    return array[:1] if builder.action == "delete" else array


def _is_valid(builder: Builder, row: Row) -> bool:
    """Tell whether a row is what it claims to be, on its bytes: members that are right alone may not be so together."""
    return whole(builder, row).validity is Validity.VALID


def whole(builder: Builder, row: Row) -> Probe:
    """Return the probe of a row."""
    return row_probe(builder, row, "create" if builder.action == "create" else "valid")


def alternatives(builder: Builder) -> Iterator[Probe]:
    """Yield one request in each further media type that a body may have."""
    body = builder.operation.body
    for media in body.media[1:] if body is not None else ():
        requirement = f"{body_prefix(builder.operation)}/as/{media.name}"
        request = builder.request(builder.in_media(media), media=media)
        group = f"{builder.operation.id}/as"
        yield builder.of(requirement, request, Expect.ACCEPT, group, decides=(requirement,))


def effects(builder: Builder) -> Iterator[Probe]:
    """Yield what shows that a removal has removed; sent after it was accepted."""
    reader = builder.resources.reader(builder.operation)
    if builder.action != "delete" or reader is None:
        return
    reading = Builder(builder.contract, reader, builder.made)
    requirement = f"{builder.operation.id}/effect/removed"
    yield reading.probe(requirement, reading.required(), Expect.REFUSE, requirement, decides=(requirement,))


def plan(contract: Contract, options: Options, best: KnownDefect | None = None) -> Iterator[Probe]:
    """Yield what a run would send to a server that follows the contract; nothing is sent.

    Args:
        contract: of the server.
        options: of the run.
        best: the defect that free probes hide behind; a run finds out which serves best.
    """
    left = options.max_creates
    for operation in in_order(contract):
        builder = Builder(contract, operation, assumed(contract))
        yield from controls(builder)
        yield from free(builder, Controls.assumed(builder, best), options)
        if options.tier == "free" and not builder.is_safe:
            continue
        array = accepted(builder, options)
        array = array[:left] if operation.billable else array
        left -= len(array) if operation.billable else 0
        for row in array:
            yield whole(builder, row)
        yield from alternatives(builder)
        yield from effects(builder)
