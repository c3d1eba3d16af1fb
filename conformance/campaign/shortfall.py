"""What a run did not get to, in a sentence: where that is so, its end is no success."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.verdicts import Decision, Verdict
from conformance.engine.exchange import Exchange
from conformance.engine.probe import Cost
from conformance.engine.spend import Spend
from conformance.requirements import Level

__all__ = ["is_broken", "spent_on_surprises", "uncreated", "undecided"]


def is_broken(judged: Sequence[Verdict]) -> bool:
    """Tell whether something that the contract demands is broken."""
    return any(v.decision is Decision.FAIL and v.requirement.level is Level.MUST for v in judged)


def undecided(judged: Sequence[Verdict]) -> str | None:
    """Say so where nothing that the contract demands could be decided."""
    demanded = [v for v in judged if v.requirement.level is Level.MUST and not v.not_offered]
    if not demanded or any(verdict.decision in (Decision.PASS, Decision.FAIL) for verdict in demanded):
        return None
    return "no MUST could be decided; the reasons in the report say what was in the way"


def uncreated(exchanges: Sequence[Exchange]) -> str | None:
    """Say so where creates were sent, and none was accepted; to be asked where creates were wanted.

    Args:
        exchanges: of the run.
    """
    creates = [exchange for exchange in exchanges if exchange.probe.cost is Cost.BILLABLE]
    if any(exchange.shows_something_made for exchange in creates):
        return None
    return "no create was accepted, so that what only creates show is not known; see why each was refused"


def spent_on_surprises(exchanges: Sequence[Exchange], spend: Spend) -> str | None:
    """Say so where no create was sent, since requests that were built to be refused had used up the ceiling.

    Args:
        exchanges: of the run.
        spend: what it has cost.
    """
    used = spend.creates + spend.possible_creates
    if used < spend.ceiling or any(exchange.probe.cost is Cost.BILLABLE for exchange in exchanges):
        return None
    accepted = "was accepted" if used == 1 else "were accepted"
    doubt = f"{accepted}, or may have been" if spend.possible_creates else accepted
    what = "one request" if used == 1 else f"{used} requests"
    return (
        f"no create was sent, so that what only creates show is not known: {what} that the server had to refuse"
        f" {doubt}, and used up the ceiling of {spend.ceiling}; mend that first, or give a higher --max-creates"
        " (with --surprises, more of the same kind is tried)"
    )
