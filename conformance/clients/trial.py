"""What came of one vector: what was sent, what was said, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import field, frozen

from conformance.clients.answers_judged import outcome_flaws, said_shortly
from conformance.clients.flaw import ClientFlaw
from conformance.clients.protocol import Said
from conformance.clients.received import UNREAD, Received
from conformance.clients.requests_judged import MadeUpToken, request_flaws
from conformance.vectors import Vector

__all__ = ["Trial", "judged"]


@frozen
class Trial:
    """What came of one vector.

    Attributes:
        flaws: what is wrong; it passes where there are none.
        not_run: why it was not tried, or could not be; empty where it was.
        said: what the adapter said, in a few words.
    """

    vector: Vector
    flaws: tuple[ClientFlaw, ...] = ()
    received: tuple[Received, ...] = field(default=(), repr=False)
    said: str = field(default="", repr=False)
    not_run: str = ""
    seconds: float = 0.0


def judged(
    vector: Vector, said: Said, received: tuple[Received, ...], credential: MadeUpToken, seconds: float
) -> Trial:
    """Judge what an adapter said, and what its client sent."""
    if said.outcome == "unsupported":
        return Trial(vector, not_run=f"the client cannot do this: {said.why or 'it does not say why'}")
    flaws = dict.fromkeys(_flaws(vector, said, received, credential))
    return Trial(vector, tuple(flaws), received, said_shortly(said), seconds=seconds)


def _flaws(vector: Vector, said: Said, received: tuple[Received, ...], credential: MadeUpToken) -> Iterator[ClientFlaw]:
    expect = vector.expect
    here = [request for request in received if request.place == "here"]
    counted = list(_counted(vector, said, len(here)))
    yield from counted
    if expect.request is not None:
        for request in (request for request in here if request.trouble != UNREAD):
            yield from request_flaws(expect.request, request, credential)
    yield from _elsewhere(vector, received, credential)
    if here or not counted:  # what a client says of a request that it has not sent is told already
        yield from outcome_flaws(vector, said, max(0, len(here) - 1))
    if credential.is_in(f"{said.value}{said.error}"):
        yield ClientFlaw("token-shown", "what the client reports shows the token")


def _counted(vector: Vector, said: Said, count: int) -> Iterator[ClientFlaw]:
    wanted = vector.expect.requests
    least = wanted.min if wanted is not None else int(vector.expect.request is not None)
    most = wanted.max if wanted is not None else 1 if vector.kind == "request" and vector.call.helper is None else None
    if count < least:
        yield ClientFlaw("no-request", f"sent {_times(count)}, and said {said_shortly(said)}")
    elif most is not None and count > most:
        allowed = "must not send any" if most == 0 else f"may send {_times(most)}"
        yield ClientFlaw("too-many-requests", f"sent {_times(count)}, and {allowed}")


def _elsewhere(vector: Vector, received: tuple[Received, ...], credential: MadeUpToken) -> Iterator[ClientFlaw]:
    there = [request for request in received if request.place == "elsewhere"]
    wanted = vector.expect.elsewhere or {}
    if len(there) > wanted.get("max", 0):
        yield ClientFlaw(
            "other-host", f"sent {_times(len(there))} to another host, and may send {wanted.get('max', 0)}"
        )
    for request in there:
        if credential.is_in(request.raw.decode("utf-8", "surrogateescape")):
            yield ClientFlaw("token-to-another-host", "sent the token to another host")
        for name in wanted.get("without", ()):
            if request.header(name) is not None:
                yield ClientFlaw("token-to-another-host", f"sent the header field `{name}` to another host")


def _times(count: int) -> str:
    return "no request" if count == 0 else f"{count} request{'' if count == 1 else 's'}"
