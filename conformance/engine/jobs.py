"""Jobs that a run has made, named so that somebody can find them, and cancel them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from attrs import frozen

from conformance.engine.budget import model_field
from conformance.engine.exchange import Exchange

__all__ = ["MadeJob", "job_made_by"]

_LONGEST = 200


@frozen
class MadeJob:
    """A job that a server says it has made.

    Attributes:
        id: as the server gave it.
        model: that was asked for; None where the request names none that can be read.
        probe: the request that made it.
        time: when it was asked for, as ISO 8601 has it.
    """

    id: str
    model: str | None
    probe: str
    time: str


def job_made_by(exchange: Exchange) -> MadeJob | None:
    """Return the job that an answer names, whatever else is wrong with it."""
    operation, answer = exchange.probe.operation, exchange.answer
    identity = operation.success.by_role("id")
    if identity is None or answer is None or not isinstance(answer.json, Mapping):
        return None
    found, value = identity.read(answer.json)
    if not found or not isinstance(value, (str, int)) or isinstance(value, bool):
        return None
    name = model_field(operation)
    model = exchange.probe.sent.get(name) if name is not None else None
    time = datetime.fromtimestamp(exchange.wall, UTC).isoformat(timespec="seconds")
    return MadeJob(str(value)[:_LONGEST], model if isinstance(model, str) else None, exchange.probe.id, time)
