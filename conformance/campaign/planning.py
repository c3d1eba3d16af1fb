"""The plan of a run: what is sent to each operation, as far as that is known before any answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Literal

from attrs import field, frozen

from conformance.bodies.validity import Validity
from conformance.campaign.order import assumed, in_order
from conformance.campaign.wanted import Wanted
from conformance.checks.schemathesis_adapter import draw_bodies
from conformance.contract import Contract, Operation
from conformance.engine.budget import Budget
from conformance.engine.pace import Pace
from conformance.engine.probe import Expect, Probe
from conformance.probes.addresses import address_probes
from conformance.probes.afterwards import afterwards
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls
from conformance.probes.covering import row_probe, rows
from conformance.probes.credentials import credential_probes
from conformance.probes.filling import Row
from conformance.probes.framings import framing_probes
from conformance.probes.fuzz import Corpora, fuzz_probes
from conformance.probes.grouped import GroupedForm, edge_forms, hidden_rows, names_of_nothing
from conformance.probes.media_types import forms_in_other_media, media_type_probes
from conformance.probes.other_roads import elsewhere_probes, other_road_probes
from conformance.probes.presence import presence
from conformance.probes.refusals import leniency_probes, refusal_probes
from conformance.probes.wire import conversations, subject
from conformance.requirements import catalogue
from conformance.requirements.ids import body_prefix
from conformance.requirements.known_defects import KnownDefect
from conformance.requirements.selection import Selection

__all__ = [
    "Options",
    "accepted",
    "alternatives",
    "authored",
    "corpora",
    "effects",
    "free",
    "grouped",
    "guarded",
    "harmless",
    "ignorable",
    "is_wanted",
    "kept_back",
    "on_the_wire",
    "plan",
    "unguarded",
    "whole",
]

_HIDDEN_ROWS = 1  # where creates follow, which carry the same
_AFTERWARDS = 2  # creates: one request again, and one with more than it may say

Tier = Literal["free", "full"]


@frozen
class Options:
    """What a user can choose; times in seconds.

    Attributes:
        values: to which the enum of an input is narrowed, by the input's name.
        selection: the requirements that are wanted.
        budget: the ceilings beside that of creates.
        retries: how often the request of a failure is sent again.
        follow: how long to wait for jobs that were made anyway.
    """

    max_creates: int
    tier: Tier = "full"
    values: Mapping[str, frozenset[str]] = field(factory=dict)
    selection: Selection = field(factory=Selection)
    seed: int = 1
    explore: int = 0
    max_response_time: float | None = None
    pace: Pace = field(factory=Pace)
    budget: Budget = field(factory=Budget)
    retries: int = 0
    follow: float = 0.0


def corpora(contract: Contract, options: Options) -> Corpora:
    """Return what makes the fuzz corpora of a run."""
    return Corpora(contract, draw_bodies, options.seed)


def authored(builder: Builder, taught: Controls) -> Iterator[Probe]:
    """Yield the free probes that stand for a rule each, and are neither drawn nor grouped."""
    yield from harmless(builder, taught)
    yield from _hidden(builder, taught)
    yield from _refusals(builder, taught)
    yield from ignorable(builder, taught)


def harmless(builder: Builder, taught: Controls) -> Iterator[Probe]:
    """Yield what nobody could take for a create: bad credentials, other methods, other addresses."""
    yield from credential_probes(builder, taught)
    yield from (probe for probe in address_probes(builder, taught) if not probe.can_create)


def guarded(builder: Builder, taught: Controls, options: Options) -> Iterator[Probe]:
    """Yield what stands behind a defect that was just seen refused; grouped forms come after these."""
    yield from _hidden(builder, taught)
    yield from (probe for probe in _fuzz(builder, taught, options) if probe.if_accepted)


def grouped(builder: Builder, taught: Controls, array: Sequence[Row], options: Options) -> Iterator[GroupedForm]:
    """Yield the forms that carry something in every field, behind a defect.

    Args:
        builder: of the operation.
        taught: what the controls have taught.
        array: the requests that are meant to be accepted.
        options: of the run.
    """
    if builder.action == "delete" or not array:
        return
    creates = 0 if options.tier == "free" and not builder.is_safe else len(array)
    if builder.operation.billable:
        creates = min(creates, options.max_creates - kept_back(builder, options.max_creates))
    hidden = tuple(hidden_rows(builder, taught, array[: max(len(array) - creates, _HIDDEN_ROWS) + 1]))
    yield from hidden
    sent = [*(row.fillings for row in array[:creates]), *(form.carried for form in hidden)]
    yield from edge_forms(builder, taught, array[0], {filling.key for fillings in sent for filling in fillings})


def unguarded(builder: Builder, taught: Controls, options: Options) -> Iterator[Probe]:
    """Yield what is refused for nothing but what is under test; the price of a leniency is a create."""
    probes = (*_refusals(builder, taught), *_fuzz(builder, taught, options))
    yield from (probe for probe in probes if not probe.if_accepted)


def ignorable(builder: Builder, taught: Controls) -> Iterator[Probe]:
    """Yield what a server could ignore by mistake, and then accept: queries, and what only lenient parsers read."""
    yield from (probe for probe in address_probes(builder, taught) if probe.can_create)
    yield from elsewhere_probes(builder, taught)
    yield from leniency_probes(builder)


def _hidden(builder: Builder, taught: Controls) -> Iterator[Probe]:
    yield from framing_probes(builder, taught, refused=False)
    yield from names_of_nothing(builder, taught)
    yield from other_road_probes(builder)
    yield from forms_in_other_media(builder, taught)


def _refusals(builder: Builder, taught: Controls) -> Iterator[Probe]:
    yield from media_type_probes(builder)
    yield from refusal_probes(builder)
    yield from framing_probes(builder, taught, refused=True)


def _fuzz(builder: Builder, taught: Controls, options: Options) -> Iterator[Probe]:
    if builder.operation.media is None:
        return
    drawn = corpora(builder.contract, options)
    yield from fuzz_probes(builder, taught, drawn.kept(builder.operation))
    if options.explore:
        yield from fuzz_probes(builder, taught, drawn.fresh(builder.operation, options.explore))


def free(builder: Builder, taught: Controls, options: Options) -> Iterator[Probe]:
    """Yield what costs nothing on a server that follows the contract, in the order in which it is sent."""
    yield from harmless(builder, taught)
    yield from guarded(builder, taught, options)
    array = accepted(builder, options)
    yield from (form.probe(builder) for form in grouped(builder, taught, array, options))
    yield from unguarded(builder, taught, options)
    yield from ignorable(builder, taught)


def accepted(builder: Builder, options: Options) -> list[Row]:
    """Return the requests that are meant to be accepted; of what removes something, one alone."""
    array = list(_valid_rows(builder, tuple(sorted(options.values.items()))))
    return array[:1] if builder.action == "delete" else array


_Narrowed = tuple[tuple[str, frozenset[str]], ...]


@lru_cache(maxsize=64)
def _valid_rows(builder: Builder, values: _Narrowed) -> tuple[Row, ...]:
    return tuple(row for row in _rows(builder.contract, builder.operation, values) if _is_valid(builder, row))


@lru_cache(maxsize=64)
def _rows(contract: Contract, operation: Operation, values: _Narrowed) -> tuple[Row, ...]:
    """Return the covering array, in which nothing depends on what was made in a run."""
    return tuple(rows(Builder(contract, operation), dict(values)))


def _is_valid(builder: Builder, row: Row) -> bool:
    """Tell whether a row is what it claims to be, on its bytes: members that are right alone may not be so together."""
    return whole(builder, row).validity is Validity.VALID


def is_wanted(builder: Builder, wanted: Wanted, options: Options) -> bool:
    """Tell whether anything that is asked of an operation serves a wanted requirement.

    Whether a server has an operation that it may do without is found out only where it does.
    """
    if wanted.names(builder.operation):
        return True
    asked = free(builder, Controls.assumed(builder), options)
    return bool(wanted.rows(accepted(builder, options), partial(whole, builder))) or any(map(wanted.asks_for, asked))


def kept_back(builder: Builder, creates: int) -> int:
    """Return how many of some creates are kept for what follows when something was made."""
    if builder.action != "create" or not builder.operation.billable:
        return 0
    return min(_AFTERWARDS, creates // 3)


@lru_cache(maxsize=256)
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


def on_the_wire(contract: Contract, best: KnownDefect | None = None, *, apart: bool = False) -> Iterator[Probe]:
    """Yield what goes over raw sockets to a server that follows the contract.

    Args:
        contract: of the server.
        best: the defect that free probes hide behind.
        apart: add what is sent only to find out more.
    """
    made = assumed(contract)
    builders = [Builder(contract, operation, made) for operation in contract.operations]
    taught = {builder.operation.id: Controls.assumed(builder, best) for builder in builders}
    builder = subject(contract, made, taught)
    for conversation in conversations(builder, taught[builder.operation.id]):
        if apart or not conversation.after:
            yield from conversation.probes


def plan(contract: Contract, options: Options, best: KnownDefect | None = None) -> Iterator[Probe]:
    """Yield what a run would send to a server that follows the contract; nothing is sent.

    Args:
        contract: of the server.
        options: of the run.
        best: the defect that free probes hide behind; a run finds out which serves best.
    """
    wanted = Wanted.by(options.selection, catalogue(contract), contract)
    left = options.max_creates
    for operation in in_order(contract):
        builder = Builder(contract, operation, assumed(contract))
        if operation.optional and not is_wanted(builder, wanted, options):
            continue
        yield from presence(builder, is_made=options.tier == "full" and options.max_creates > 0)
        yield from controls(builder)
        for probe in wanted.among(free(builder, Controls.assumed(builder, best), options)):
            yield probe
            if probe.confirm is not None and probe.expect is Expect.EITHER:
                yield probe.confirm  # follows where the first is refused, as it is by such a server
        if options.tier == "free" and not builder.is_safe:
            continue
        array = wanted.rows(accepted(builder, options), partial(whole, builder))
        array = array[: left - kept_back(builder, left)] if operation.billable else array
        for row in array:
            yield whole(builder, row)
        yield from wanted.among((*alternatives(builder), *effects(builder)))
        left -= len(array) if operation.billable else 0
        if array and builder.action == "create":
            after = wanted.among(afterwards(builder, Controls.assumed(builder, best), whole(builder, array[0])))
            yield from (probe for probe in after if left > 0 or probe.expect is not Expect.ACCEPT)
    yield from filter(wanted.is_for, on_the_wire(contract, best))
