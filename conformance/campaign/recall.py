"""Finds a request again by the id of its probe: it was planned, or its id says what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from conformance.campaign.order import assumed
from conformance.campaign.planning import Options, plan
from conformance.contract import Contract
from conformance.engine.probe import Probe
from conformance.probes.behind_defects import behind
from conformance.probes.builder import Builder
from conformance.probes.covering import row_probe, rows
from conformance.probes.filling import PLAIN, Filling, Row
from conformance.probes.framings import framing_cases
from conformance.probes.grouped import GroupedForm
from conformance.probes.unusual import unusual

__all__ = ["recalled"]


def recalled(contract: Contract, probe_id: str, seed: int = 1) -> Probe | None:
    """Return the probe that has an id; None where there is none.

    Args:
        contract: of the server that it was sent to.
        probe_id: as reports show it.
        seed: of the generated forms.
    """
    builders = [Builder(contract, operation, assumed(contract)) for operation in contract.operations]
    described = (_described(builder, probe_id) for builder in builders)
    found = chain(described, _planned(contract, builders, seed))
    known = next((probe for probe in found if probe is not None and probe.id == probe_id), None)
    return known or _behind(contract, builders, probe_id, seed)


def _behind(contract: Contract, builders: Sequence[Builder], probe_id: str, seed: int) -> Probe | None:
    """Return a probe that was repeated behind a defect."""
    bare, _, guard = probe_id.rpartition("/behind/")
    probe = recalled(contract, bare, seed) if bare else None
    builder = next((one for one in builders if probe is not None and one.operation is probe.operation), None)
    if probe is None or builder is None:
        return None
    return next((behind(builder, probe, defect) for defect in builder.defects if defect.name == guard), None)


def _planned(contract: Contract, builders: Sequence[Builder], seed: int) -> Iterator[Probe | None]:
    """Yield every probe that some run would send, whichever defect it has to hide behind, and what may follow."""
    options = Options(max_creates=10_000, seed=seed)
    for defect in (*(defect for builder in builders for defect in builder.defects), None):
        for probe in plan(contract, options, defect):
            yield from (probe, probe.confirm)


def _described(builder: Builder, probe_id: str) -> Probe | None:
    """Return the probe of a row, or of a grouped form, whose id says what it holds."""
    operation, _, rest = probe_id.partition("/")
    kind, _, said = rest.partition("/")
    name, _, guard = said.partition("/behind/")
    row = _row(builder, name) if operation == builder.operation.id else None
    if row is None:
        return None
    if kind == "grouped":
        return GroupedForm(row, next((known for known in builder.defects if known.name == guard), None)).probe(builder)
    return row_probe(builder, row, kind)


def _row(builder: Builder, name: str) -> Row | None:
    """Return the row that a name describes."""
    array = rows(builder)
    known: dict[tuple[str, str], Filling] = {}
    for declared in builder.operation.inputs:
        for filling in unusual(builder, declared):
            known[filling.field, filling.name] = filling
    for filling in (filling for row in array for filling in row.fillings):
        known[filling.field, filling.name] = filling
    named = dict(word.split("=", 1) for word in name.split("&") if "=" in word)
    framed = next((word for word in name.split("&") if "=" not in word), PLAIN.id)
    media = builder.operation.media
    cases = {case.id: case for case in framing_cases(media.kind if media is not None else None)}
    written = [] if framed == PLAIN.id else framed.split("+")
    if any(case not in cases for case in written) or any(item not in known for item in named.items()):
        return None
    absent = (Filling(filling.prefix, "absent") for filling in array[0].fillings)
    chosen = tuple(known.get((empty.field, named.get(empty.field, "")), empty) for empty in absent)
    return Row(chosen).framed(cases[case] for case in written)
