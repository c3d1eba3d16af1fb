"""What the stages of one call say of it for the log; it outlives a refusal, which undoes what a call had become."""

from __future__ import annotations

from random import Random

from attrs import define

from conformance.mock.deed import Deed
from conformance.reference.calls import Call

__all__ = ["Notes", "notes_of"]

_KEY = "conformance.mock"


@define
class Notes:
    """What happened to a call on purpose.

    Attributes:
        rule: the place of the script's rule that it fell under.
        deed: what was done to it at random.
        chance: what decides the rest of that.
        traits: what was done at random to the job that it made or is about, in sentences.
        sent: how much of the answer left, where that was not all of it: in bytes.
    """

    rule: str | None = None
    deed: Deed | None = None
    chance: Random | None = None
    traits: tuple[str, ...] = ()
    sent: int | None = None


def notes_of(call: Call) -> Notes:
    """Return the notes on a call; there is one sheet for each."""
    found: Notes = call.request.scope.setdefault(_KEY, Notes())
    return found
