"""What the options of `run` and `diff` make of a plan: one reading for both, so that neither leaves a limit out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.cli.choosing import selection_of, values_of
from conformance.cli.following import seconds_to_follow
from conformance.cli.pacing import pace_of
from conformance.cli.spending import budget_of, ceiling_of, tier_of

if TYPE_CHECKING:
    from conformance.campaign import Options
    from conformance.contract import Contract

__all__ = ["planned"]


def planned(contract: Contract, settings: dict[str, Any]) -> Options:
    """Return what a run is to do.

    Raises:
        UsageError: an option cannot be used.
    """
    from conformance.campaign import Options
    from conformance.requirements import catalogue

    values = values_of(contract, settings)
    return Options(
        max_creates=ceiling_of(settings),
        tier=tier_of(settings),
        selection=selection_of(catalogue(contract), settings),
        values=values,
        seed=settings["seed"],
        explore=settings["explore"] or 0,
        max_response_time=settings["max_response_time"],
        pace=pace_of(settings),
        retries=settings["retries"],
        follow=seconds_to_follow(settings),
        budget=budget_of(contract, values, settings),
    )
