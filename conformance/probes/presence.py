"""Probes of whether a server has an operation at all: of what the run has made, and of addresses where nothing is."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import anonymous, controls, risk

__all__ = ["known", "nowhere", "presence", "unknown"]


def known(builder: Builder) -> Probe | None:
    """Return a whole request, about what was made in this run; None where that could change something, or none was."""
    if not (builder.is_safe and builder.is_grounded):
        return None
    name = f"{builder.operation.id}/offered/known"
    # Where the server breaks down over it, it breaks down over whatever it is asked here, and nothing else gets so far.
    unbroken = f"{builder.operation.id}/valid/no-server-error"
    return builder.probe(name, builder.required(), Expect.ACCEPT, name, guards=(unbroken,))


def presence(builder: Builder, *, is_made: bool) -> Iterator[Probe]:
    """Yield what is asked beside controls of a server that has an operation, and may do without it.

    Args:
        builder: of the operation.
        is_made: whether something was made by then that it can be asked about.
    """
    if not builder.operation.optional:
        return
    whole = known(builder) if is_made or not builder.named else None
    plain, _ = unknown(builder)
    yield from (whole,) if whole is not None else (nowhere(builder, plain[0]) if plain else ())


def unknown(builder: Builder) -> tuple[list[Probe], list[Probe]]:
    """Return plain refusals, which are among the controls: with the right credentials, and the same without any.

    They name what nobody has made, where their path names something; else they lack what is required.
    """
    planned = list(controls(builder))
    told = sorted(builder.defects, key=lambda defect: defect.kind != "unknown")
    for defect in told:
        plain = [probe for probe in planned if probe.id.split("/")[2] == defect.name and risk(builder, probe) == 0]
        if plain:
            return plain, [probe for probe in planned if probe.id.split("/")[2] == anonymous(defect)]
    return [], []


def nowhere(builder: Builder, asked: Probe) -> Iterator[Probe]:
    """Yield the request of a probe at addresses that no contract has: beside its own, and below it.

    Two of them, since what stands in front of an API may send only what is below its own path on to it.
    """
    start, _, query = asked.request.path.partition("?")
    fixed = builder.operation.fixed_path
    ways = {"beside": f"{fixed}-conformance{start.removeprefix(fixed)}", "below": f"{start}/conformance-none"}
    for name, path in ways.items():
        request = evolve(asked.request, path=f"{path}?{query}" if query else path)
        probe_id = f"{builder.operation.id}/offered/{name}/{asked.id.split('/', 2)[2]}"
        yield builder.of(probe_id, request, Expect.EITHER, probe_id)
