"""Headlines: sentences on what skews a run, made of what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.engine.exchange import Exchange, Outcome, Silence
from conformance.engine.probe import Cost

__all__ = ["headlines"]

_NO_CREDIT = (402, 403)
_TOO_MANY = 429
_TAIL = 5  # so many at the end of a run are no accident


def headlines(
    exchanges: Sequence[Exchange], creating_stopped: str | None = None, *, http2: bool = False
) -> tuple[str, ...]:
    """Return the sentences, what matters most first.

    Args:
        exchanges: of the run, in the order in which they were sent.
        creating_stopped: why no more creates were sent, if so.
        http2: whether HTTP/2 was asked for.
    """
    seen = (*_on_creates(exchanges), *_on_patience(exchanges), *_on_answers(exchanges))
    return (*seen, *_stopped(creating_stopped), *(_on_protocols(exchanges) if http2 else ()))


def _on_creates(exchanges: Sequence[Exchange]) -> Iterator[str]:
    creates = [exchange for exchange in exchanges if exchange.probe.cost is Cost.BILLABLE]
    poor = [exchange for exchange in creates if exchange.status in _NO_CREDIT]
    if poor:
        statuses = " or ".join(str(status) for status in _NO_CREDIT if status in {e.status for e in poor})
        yield f"no credit or no rights on {len(poor)} of {len(creates)} creates (HTTP {statuses})"
    if len(creates) > 1 and all(exchange.is_unusable and exchange.status is not None for exchange in creates):
        statuses = ", ".join(sorted({str(exchange.status) for exchange in creates}))
        yield f"every create failed: all {len(creates)} were answered with HTTP {statuses}"
    late = [exchange for exchange in creates if exchange.silence is Silence.TIMEOUT]
    if late:
        yield f"{len(late)} of {len(creates)} creates got {late[0].detail}"


def _on_patience(exchanges: Sequence[Exchange]) -> Iterator[str]:
    """A limit that was reached, and not left again."""
    first = len(exchanges)
    while first and exchanges[first - 1].status == _TOO_MANY:
        first -= 1
    if len(exchanges) - first >= _TAIL:
        yield f"HTTP 429 since request {first + 1}: the limit of the server was reached, and nothing after it counts"


def _on_answers(exchanges: Sequence[Exchange]) -> Iterator[str]:
    free = [exchange for exchange in exchanges if exchange.probe.cost is Cost.FREE]
    silent = [exchange for exchange in free if exchange.outcome is Outcome.SILENT]
    if silent:
        yield f"{len(silent)} of {len(free)} free requests got no answer, not even when repeated"
    passing = [e for e in free if e.earlier is not None and e.earlier.is_unusable and not e.is_unusable]
    if passing:
        yield f"failed at first, and answered when repeated: {len(passing)} of {len(free)} free requests"


def _on_protocols(exchanges: Sequence[Exchange]) -> Iterator[str]:
    if all(exchange.protocol != "HTTP/2" for exchange in exchanges):
        yield "HTTP/2 was asked for (--http2), and this server, or what stands in front of it, agreed to HTTP/1.1 alone"


def _stopped(reason: str | None) -> Iterator[str]:
    if reason is not None:
        yield f"creating stopped: {reason}"
