"""Options that say what a run may cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.campaign.planning import Tier
    from conformance.contract import Contract
    from conformance.engine.budget import Budget

__all__ = ["budget_of", "ceiling_of", "demand_ceiling", "spending_options", "tier_of"]

_CREATES_ON_THE_EMBEDDED_SERVER = 40
_OTHERS = "*"

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
    click.option("--max-requests", type=click.IntRange(min=1), help="Ceiling of requests; then the run is incomplete."),
    click.option("--max-duration", metavar="TIME", help="End after 90s, 10m or 1h30m; then the run is incomplete."),
    click.option("--max-cost", metavar="AMOUNT", help="Ceiling of what creates may cost; every model needs a price."),
    click.option(
        "--price",
        "prices",
        multiple=True,
        metavar="MODEL=AMOUNT",
        help="What one create costs at most, in whatever currency; * stands for all other models. May be repeated.",
    ),
    click.option(
        "--price-file",
        type=click.Path(path_type=Path),
        help="YAML, TOML or JSON that maps models to prices; --price comes before it.",
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


def budget_of(contract: Contract, values: Mapping[str, frozenset[str]], settings: dict[str, Any]) -> Budget:
    """Return the ceilings beside that of creates, and what creates cost.

    Args:
        contract: whose models have prices.
        values: to which the run keeps, by field.
        settings: the options.

    Raises:
        UsageError: an amount is none, a model has no price or is not listed, or the money is not enough for one create.
    """
    from conformance.cli.amounts import amount_of, duration_of, prices_in
    from conformance.engine.budget import NO_MONEY, Budget

    listed, sent = _models(contract, values)
    prices = {} if settings["price_file"] is None else prices_in(settings["price_file"])
    for text in settings["prices"]:
        model, separator, amount = text.rpartition("=")
        if not separator or not model:
            raise UsageError(f"--price {text}: write MODEL=AMOUNT, such as --price '*=0.50'")
        if model != _OTHERS and model not in listed:
            raise UsageError(f"--price {text}: {model} is none of {', '.join(listed) or 'no models'}")
        prices[model] = amount_of(f"--price {text}", amount)
    most = None if settings["max_cost"] is None else amount_of("--max-cost", settings["max_cost"])
    limit = None if settings["max_duration"] is None else duration_of("--max-duration", settings["max_duration"])
    budget = Budget(settings["max_requests"], limit, most, prices, prices.pop(_OTHERS, None))
    if most is None:
        return budget
    unpriced = [model for model in sent if model not in prices] if sent else ["any model"]
    if unpriced and budget.price is None:
        raise UsageError(
            f"--max-cost needs a price of {', '.join(unpriced)}: --price MODEL=AMOUNT, or '*=AMOUNT' for all"
        )
    cheapest = min((prices.get(model, budget.price) or NO_MONEY for model in sent), default=budget.dearest)
    if most < cheapest and ceiling_of(settings) > 0:
        raise UsageError(
            f"--max-cost {most} is less than the cheapest create ({cheapest}): allow more, or --max-creates 0 for"
            " refusals alone"
        )
    return budget


def _models(contract: Contract, values: Mapping[str, frozenset[str]]) -> tuple[list[str], list[str]]:
    """Return the models that the contract lists, and those of them that a run may ask for."""
    from conformance.engine.budget import model_field

    listed: dict[str, bool] = {}
    for operation in contract.billable:
        name = model_field(operation)
        for declared in operation.inputs:
            if declared.name == name:
                kept = values.get(declared.name)
                listed.update((str(value), kept is None or value in kept) for value in declared.schema.enum)
    return list(listed), [model for model, is_sent in listed.items() if is_sent]
