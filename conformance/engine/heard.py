"""All that came over one raw connection, and how it ended: what its transcript is made of."""

from __future__ import annotations

from attrs import field, frozen

from conformance.engine.exchange import Silence

__all__ = ["Heard"]


@frozen
class Heard:
    """What a raw connection gave; times in seconds since the run began.

    Attributes:
        sent: how many of its requests went out.
        octets: all that came.
        closed: the server closed it in time.
        quiet: nothing more is to be expected from a server that was quiet for so long.
        early: how many bytes came before the body of a request that waited for a go-ahead was sent.
        silence: what an answer that did not come is put down to.
        held_back: why the next request was not sent, where one was not.
    """

    sent: int
    octets: bytes = field(repr=False)
    closed: bool
    quiet: bool
    early: int
    silence: Silence
    detail: str = field(repr=False)
    started: float
    elapsed: float
    wall: float
    held_back: str | None = None
