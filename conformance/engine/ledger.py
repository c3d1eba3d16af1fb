"""The ledger: requests and what they may have made, against a ceiling that is checked before every send."""

from __future__ import annotations

from attrs import define, field, frozen

from conformance.engine.exchange import Exchange
from conformance.engine.probe import Cost, Probe

__all__ = ["Ledger", "Spend"]


@frozen
class Spend:
    """What a run has cost.

    Attributes:
        creates: requests whose answer shows that something was made.
        possible_creates: requests that could make something, and whose answer does not exclude it.
        unexpected_creates: the part of `creates` that no probe was meant to cause.
    """

    requests: int
    creates: int
    possible_creates: int
    unexpected_creates: int
    ceiling: int


@define
class Ledger:
    """Counts requests, creates and possible creates.

    What could create is booked before it is sent, and taken out of the books only by an answer that proves that
    nothing was made. A billable probe is sent only while what is in the books stays below the ceiling. A free
    one cannot cost anything on a correct server; it is sent until the ceiling is reached, or one create where
    the ceiling is zero.
    """

    ceiling: int
    requests: int = field(default=0, init=False)
    creates: int = field(default=0, init=False)
    possible_creates: int = field(default=0, init=False)
    unexpected_creates: int = field(default=0, init=False)
    _under_way: int = field(default=0, init=False)

    def allows(self, probe: Probe) -> bool:
        """Tell whether the ceiling will ever again allow a probe."""
        return not probe.can_create or self.booked < self._limit(probe)

    def has_room(self, probe: Probe) -> bool:
        """Tell whether a probe may be sent now: even if all that are under way make something, the ceiling holds."""
        return not probe.can_create or self.booked + self._under_way < self._limit(probe)

    def sending(self, probe: Probe) -> None:
        """Book a request that is about to be sent."""
        self.requests += 1
        self._under_way += probe.can_create

    def answered(self, exchange: Exchange, *, is_behind_refusal: bool = False) -> bool:
        """Book the answer; return whether something was made, or may have been, that nobody meant.

        Args:
            exchange: what was sent, and what came of it.
            is_behind_refusal: the server failed over a request for whose defect it has been seen to refuse.
        """
        probe = exchange.probe
        if not probe.can_create:
            return False
        self._under_way -= 1
        if exchange.proves_nothing_made or is_behind_refusal:
            return False
        if not exchange.shows_something_made:
            return self.doubted(probe)
        self.creates += 1
        self.unexpected_creates += probe.cost is Cost.FREE
        return probe.cost is Cost.FREE

    def doubted(self, probe: Probe) -> bool:
        """Book that a probe may have made something after all; return whether nobody meant that."""
        self.possible_creates += 1
        return probe.cost is Cost.FREE

    def spend(self) -> Spend:
        """Return the counts so far; what is still under way may make something."""
        possible = self.possible_creates + self._under_way
        return Spend(self.requests, self.creates, possible, self.unexpected_creates, self.ceiling)

    @property
    def booked(self) -> int:
        """What was made, and what may have been."""
        return self.creates + self.possible_creates

    @property
    def end_of_creating(self) -> str:
        """Why nothing more is sent that could create, where the ceiling no longer allows it."""
        if self.ceiling == 0:
            return "with --max-creates 0 nothing that could create is sent after one was accepted, or may have been"
        return f"the ceiling of {self.ceiling} create{'' if self.ceiling == 1 else 's'} is reached"

    def _limit(self, probe: Probe) -> int:
        return self.ceiling if probe.cost is Cost.BILLABLE else max(self.ceiling, 1)
