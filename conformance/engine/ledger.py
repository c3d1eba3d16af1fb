"""The ledger: requests and creates, against a ceiling that is checked before every send."""

from __future__ import annotations

from attrs import define, field, frozen

from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Cost, Probe

__all__ = ["Ledger", "Spend"]


@frozen
class Spend:
    """What a run has cost; `unexpected_creates` is the part of `creates` that no probe was meant to cause."""

    requests: int
    creates: int
    unexpected_creates: int
    planned_creates: int
    ceiling: int


@define
class Ledger:
    """Counts requests and accepted creates.

    A billable probe is sent only while creates stay below the ceiling. A free one cannot cost anything on a
    correct server; it is sent until as many creates as the ceiling allows have happened, or one where the
    ceiling is zero. Requests under way count as creates until they are answered.
    """

    ceiling: int
    requests: int = field(default=0, init=False)
    creates: int = field(default=0, init=False)
    unexpected_creates: int = field(default=0, init=False)
    planned_creates: int = field(default=0, init=False)
    _under_way: int = field(default=0, init=False)

    def allows(self, probe: Probe) -> bool:
        """Tell whether the ceiling will ever again allow a probe."""
        if not probe.can_create:
            return True
        return self.creates < (self.ceiling if probe.cost is Cost.BILLABLE else max(self.ceiling, 1))

    def has_room(self, probe: Probe) -> bool:
        """Tell whether a probe may be sent now, beside those that are under way."""
        if not probe.can_create:
            return True
        limit = self.ceiling if probe.cost is Cost.BILLABLE else max(self.ceiling, 1)
        return self.creates + self._under_way < limit

    def sending(self, probe: Probe) -> None:
        """Book a request that is about to be sent."""
        self.requests += 1
        if probe.can_create:
            self._under_way += 1
            self.planned_creates += probe.cost is Cost.BILLABLE

    def answered(self, exchange: Exchange) -> bool:
        """Book the answer; return whether it was a create that nobody meant.

        A silence after a billable request is booked as a create: the server may have made the job.
        """
        probe = exchange.probe
        if not probe.can_create:
            return False
        self._under_way -= 1
        maybe = exchange.outcome is Outcome.SILENT and probe.cost is Cost.BILLABLE
        if exchange.outcome is not Outcome.ACCEPTED and not maybe:
            return False
        self.creates += 1
        unexpected = probe.cost is Cost.FREE
        self.unexpected_creates += unexpected
        return unexpected

    def spend(self) -> Spend:
        """Return the counts so far."""
        return Spend(self.requests, self.creates, self.unexpected_creates, self.planned_creates, self.ceiling)
