"""Requests that broke a server, once more behind a known defect: where that breaks it too, nothing was risked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.engine.exchange import Exchange
from conformance.engine.probe import Expect, Probe
from conformance.probes.breaches import parts_of
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.requirements.known_defects import KnownDefect

__all__ = ["behind", "unrepeated"]


def unrepeated(builder: Builder, taught: Controls, exchanges: Iterable[Exchange]) -> Iterator[Probe]:
    """Yield the requests of exchanges that came to nothing and that nobody could afford to repeat as they were."""
    for exchange in exchanges:
        if not exchange.is_unusable or exchange.earlier is not None:
            continue
        subject = next((one for one in builder.operation.inputs if one.name == exchange.probe.subject), None)
        defect = taught.defect(subject) if subject is not None else None
        made = behind(builder, exchange.probe, defect) if defect is not None else None
        if made is not None:
            yield made


def behind(builder: Builder, probe: Probe, defect: KnownDefect) -> Probe | None:
    """Return a form with a defect beside what is wrong with it; None where its body cannot be read."""
    parts = parts_of(builder.operation, probe.request)
    if parts is None:
        return None
    return builder.hidden(
        probe.id, defect, parts, Expect.EITHER, f"{probe.id}/behind", guards=probe.guards, subject=probe.subject
    )
