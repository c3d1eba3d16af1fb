"""The journal of a run: what is told of each request before it is sent, and of each answer when it has come."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from conformance.engine.exchange import Answer, Exchange
from conformance.engine.heard import Heard
from conformance.engine.probe import Probe
from conformance.engine.spend import Spend

__all__ = ["Journal", "NoJournal", "digest"]


class Journal(Protocol):
    """Keeps what a run does, so that whatever ends it takes away nothing that was paid for.

    Each of its methods raises JournalError where nothing more can be kept.
    """

    def sending(self, probe: Probe, spend: Spend, price: str | None, *, counts: bool) -> None:
        """Keep that a request is about to be sent, before its first byte is.

        Args:
            probe: the request.
            spend: the books, with this request in them.
            price: what it costs at worst, where prices are known.
            counts: it may have made something where nothing is ever heard of it.
        """

    def answered(self, exchange: Exchange, *, is_booked: bool) -> None:
        """Keep what came of it; `is_booked` tells that it counts as a create, or as a possible one."""

    def looked(self, url: str, found: Answer | Exception) -> None:
        """Keep what an address showed."""

    def heard(self, heard: Heard, exchanges: Sequence[Exchange]) -> None:
        """Keep all that came over a raw connection."""


@frozen
class NoJournal:
    """Keeps nothing."""

    def sending(self, probe: Probe, spend: Spend, price: str | None, *, counts: bool) -> None:
        """Keep nothing of a request."""

    def answered(self, exchange: Exchange, *, is_booked: bool) -> None:
        """Keep nothing of an answer."""

    def looked(self, url: str, found: Answer | Exception) -> None:
        """Keep nothing of an address."""

    def heard(self, heard: Heard, exchanges: Sequence[Exchange]) -> None:
        """Keep nothing of a connection."""


def digest(probe: Probe) -> str:
    """Return what tells whether two requests are the same to the byte; it says nothing of the token."""
    request, wire = probe.request, probe.wire
    credentials = request.credentials
    told = (
        *(request.method, request.path, request.headers, request.chunked, request.omits, request.fresh, request.filler),
        *(credentials.template, credentials.transform, credentials.elsewhere),
        None if wire is None else (wire.head, wire.octets, wire.pieces, wire.awaits),
    )
    return hashlib.sha256(repr(told).encode() + request.body).hexdigest()
