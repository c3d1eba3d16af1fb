"""Options that say what a run may cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.campaign.planning import Tier

__all__ = ["ceiling_of", "demand_ceiling", "spending_options", "tier_of"]

_CREATES_ON_THE_EMBEDDED_SERVER = 40

spending_options: Callable[[Any], Any] = grouped(
    click.option("--max-creates", type=click.IntRange(min=0), help="Ceiling of creates; demanded with --url."),
    click.option(
        "--tier",
        type=click.Choice(["free", "full"]),
        default="full",
        show_default=True,
        help="free: send nothing that is meant to be accepted.",
    ),
    click.option(
        "--surprises",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Accepted free probes before their group stops.",
    ),
)


def ceiling_of(settings: dict[str, Any]) -> int:
    """Return how many creates a run may make."""
    given: int | None = settings["max_creates"]
    return _CREATES_ON_THE_EMBEDDED_SERVER if given is None else given


def tier_of(settings: dict[str, Any]) -> Tier:
    """Return whether anything is sent that is meant to be accepted; without money nothing is."""
    tier: Tier = settings["tier"]
    return "free" if ceiling_of(settings) == 0 else tier


def demand_ceiling(url: str, settings: dict[str, Any]) -> None:
    """Make sure that a run of a server that the user named has a ceiling.

    Raises:
        UsageError: it has none.
    """
    if settings["url"] is not None and settings["max_creates"] is None:
        raise UsageError(
            f"{url} may cost money, itself or behind it: say with --max-creates N how many jobs the run may make, or"
            " --max-creates 0 for refusals alone"
        )
