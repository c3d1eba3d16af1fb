"""One thing that real gateways do to their clients: what it is called, when it can be done, and how."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Literal

from attrs import field, frozen

from conformance.reference.calls import Call

__all__ = ["Deed", "Doing", "Moment"]

Moment = Literal["refusing", "showing", "writing", "leaving"]
"""Instead of the work; in what is said afterwards; in how that is written; on its way to the caller."""
Doing = Callable[[Call, Random], Call]


@frozen
class Deed:
    """A thing that is done to a call at random.

    Attributes:
        says: what it does, in a sentence for the log.
        fits: whether it can be done to a call that is about to be carried out.
        does: what changes the call; one that refuses raises the refusal.
        hides: whether the answer does not say what was made, so that no client can know it.
        share: how much of the answer leaves before the connection is closed; None where all of it does.
        late: whether the answer waits.
        written: what changes how a refusal is written.
    """

    name: str
    moment: Moment
    says: str
    does: Doing = field(repr=False)
    fits: Callable[[Call], bool] = field(repr=False)
    hides: bool = False
    share: float | None = None
    late: bool = False
    written: Callable[[Call], Call] | None = field(default=None, repr=False)
