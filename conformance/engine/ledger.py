"""The ledger: requests and what they may have made, against ceilings that are checked before every send."""

from __future__ import annotations

from decimal import Decimal

from attrs import define, field

from conformance.engine.budget import NO_MONEY, Budget
from conformance.engine.exchange import Exchange
from conformance.engine.jobs import MadeJob, job_made_by
from conformance.engine.journal import Journal, NoJournal
from conformance.engine.probe import Cost, Probe
from conformance.engine.recording import Recording
from conformance.engine.spend import Spend
from conformance.errors import JournalError

__all__ = ["Ledger"]


@define
class Ledger:
    """Counts requests, creates and possible creates.

    What could create is booked before it is sent, and taken out of the books only by an answer that proves that
    nothing was made. A billable probe is sent only while what is in the books stays below the ceiling. A free
    one cannot cost anything on a correct server; it is sent until the ceiling is reached, or one create where
    the ceiling is zero. The same holds of money, where prices are known.

    Attributes:
        budget: the ceilings beside that of creates.
        journal: has everything before the server has it.
        recording: of an earlier run: what it made is in these books, whether anything is asked for again or not.
        jobs: that were made.
    """

    ceiling: int
    budget: Budget = field(factory=Budget)
    journal: Journal = field(factory=NoJournal, repr=False)
    recording: Recording = field(factory=Recording, repr=False)
    jobs: list[MadeJob] = field(factory=list, init=False, repr=False)
    cost: Decimal = field(default=NO_MONEY, init=False)
    requests: int = field(default=0, init=False)
    creates: int = field(default=0, init=False)
    possible_creates: int = field(default=0, init=False)
    unexpected_creates: int = field(default=0, init=False)
    billable_under_way: int = field(default=0, init=False)
    under_way: int = field(default=0, init=False)
    _cost_under_way: Decimal = field(default=NO_MONEY, init=False)

    def allows(self, probe: Probe) -> bool:
        """Tell whether the ceilings will ever again allow a probe."""
        return not probe.can_create or self._fits(probe, 0, NO_MONEY)

    def has_room(self, probe: Probe) -> bool:
        """Tell whether a probe may be sent now: even if all that are under way make something, the ceilings hold."""
        return not probe.can_create or self._fits(probe, self.under_way, self._cost_under_way)

    @property
    def is_used_up(self) -> bool:
        """Whether no request is left."""
        return self.budget.max_requests is not None and self.requests >= self.budget.max_requests

    def sending(self, probe: Probe, *, is_behind_refusal: bool = False) -> None:
        """Book a request that is about to be sent.

        Args:
            probe: the request.
            is_behind_refusal: the server has been seen to refuse its defect, so that silence excludes that it made
                anything.

        Raises:
            JournalError: that could not be written down, so that it must not be sent.
        """
        self.requests += 1
        self._move(probe, 1)
        if self.recording.claim(probe):
            return
        counts = probe.can_create and not is_behind_refusal
        price = str(self.budget.price_of(probe)) if counts and self.budget.counts_money else None
        try:
            self.journal.sending(probe, self.spend(), price, counts=counts)
        except JournalError:
            self.requests -= 1
            self._move(probe, -1)
            raise

    def answered(self, exchange: Exchange, *, is_behind_refusal: bool = False) -> bool:
        """Book the answer; return whether something was made, or may have been, that nobody meant.

        Args:
            exchange: what was sent, and what came of it.
            is_behind_refusal: the server failed over a request for whose defect it has been seen to refuse.

        Raises:
            JournalError: it is booked, and could not be written down.
        """
        is_booked = self._booked(exchange, is_behind_refusal=is_behind_refusal)
        self.journal.answered(exchange, is_booked=is_booked)
        return is_booked and exchange.probe.cost is Cost.FREE

    def doubted(self, probe: Probe) -> None:
        """Book that a probe may have made something after all."""
        self.possible_creates += 1
        self.cost += self.budget.price_of(probe)

    def spend(self) -> Spend:
        """Return the counts so far; what is still under way may make something."""
        reserved = self.recording.reserved
        possible = self.possible_creates + self.under_way + reserved
        cost = self.cost + self._cost_under_way + (self.recording.reserved_cost if reserved else NO_MONEY)
        return Spend(
            self.requests,
            self.creates,
            possible,
            self.unexpected_creates,
            self.ceiling,
            cost if self.budget.counts_money else None,
            self.budget.max_cost,
        )

    @property
    def booked(self) -> int:
        """What was made, and what may have been."""
        before = self.recording.reserved if self.recording.is_over else 0
        return self.creates + self.possible_creates + before

    @property
    def end_of_creating(self) -> str:
        """Why nothing more is sent that could create, where the ceiling no longer allows it."""
        if self.budget.max_cost is not None and self.booked < self.ceiling:
            return f"one more create could cost more than is left of --max-cost {self.budget.max_cost}"
        if self.ceiling == 0:
            return "with --max-creates 0 nothing that could create is sent after one was accepted, or may have been"
        return f"the ceiling of {self.ceiling} create{'' if self.ceiling == 1 else 's'} is reached"

    def _booked(self, exchange: Exchange, *, is_behind_refusal: bool) -> bool:
        """Tell whether a request counts as a create or as a possible one, and count it."""
        probe = exchange.probe
        self._move(probe, -1)
        if not probe.can_create or exchange.proves_nothing_made or is_behind_refusal:
            return False
        job = job_made_by(exchange)
        self.jobs += [job] if job is not None else []
        if not exchange.shows_something_made:
            self.doubted(probe)
            return True
        self.creates += 1
        self.unexpected_creates += probe.cost is Cost.FREE
        self.cost += self.budget.price_of(probe)
        return True

    def _move(self, probe: Probe, count: int) -> None:
        """Count a request in among those that are under way, or out of them."""
        if probe.can_create:
            self.under_way += count
            self.billable_under_way += count if probe.cost is Cost.BILLABLE else 0
            self._cost_under_way += count * self.budget.price_of(probe)

    def _fits(self, probe: Probe, under_way: int, cost_under_way: Decimal) -> bool:
        """Tell whether a probe keeps the ceilings; what is on record has kept them, and is not sent again."""
        is_new = not self.recording.holds(probe)
        before = self.recording.reserved if is_new and not self.recording.is_over else 0
        if self.booked + under_way + before >= (self.ceiling if probe.cost is Cost.BILLABLE else max(self.ceiling, 1)):
            return False
        most = self.budget.limit_for(probe)
        spent = self.cost + cost_under_way + (self.recording.reserved_cost if is_new else NO_MONEY)
        return most is None or spent + self.budget.price_of(probe) <= most
