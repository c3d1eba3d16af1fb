"""Options that choose what a run sends: requirements, listed values, and generated forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.completing import models
from conformance.cli.options import grouped, only_option, skip_option
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract, Input
    from conformance.requirements import Catalogue
    from conformance.requirements.selection import Selection

__all__ = ["choosing_options", "selection_of", "values_of"]

choosing_options: Callable[[Any], Any] = grouped(
    click.option(
        "--values",
        "narrowed",
        multiple=True,
        metavar="FIELD=VALUE,…",
        help="Only these listed values of a field; may be repeated for other fields.",
    ),
    only_option,
    skip_option,
    click.option(
        "--models",
        shell_complete=models,
        help="Only these models, separated by commas: short for --values with the model's field.",
    ),
    click.option("--explore", type=click.IntRange(min=1), help="Add about this many freshly generated forms."),
    click.option(
        "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the generated forms."
    ),
    click.option(
        "--retries",
        type=click.IntRange(min=0, max=20),
        default=0,
        show_default=True,
        help="Send the request of a failure again so often, within the ceiling; what does not fail each time is"
        " called flaky, and has failed.",
    ),
)


def selection_of(requirements: Catalogue, settings: dict[str, Any]) -> Selection:
    """Return the requirements that are asked for.

    Raises:
        UsageError: a pattern chooses none.
    """
    from conformance.requirements.selection import select

    return select(requirements, settings["only"], settings["skip"])


def values_of(contract: Contract, settings: dict[str, Any]) -> dict[str, frozenset[str]]:
    """Return the listed values that a run keeps to, by field.

    Raises:
        UsageError: there is no such field or value.
    """
    narrowed = [_narrowed(contract, text) for text in settings["narrowed"]]
    if settings["models"] is not None:
        narrowed.append((_model_field(contract), settings["models"]))
    return dict(_listed(contract, name, values) for name, values in narrowed)


def _narrowed(contract: Contract, text: str) -> tuple[str, str]:
    name, separator, values = text.partition("=")
    if not separator:
        raise UsageError(f"--values {text}: write FIELD=VALUE, or FIELD=VALUE,VALUE")
    known = {declared.name for declared in _enumerated(contract)}
    if name not in known:
        raise UsageError(f"--values {text}: no field {name!r} has listed values; there is: {', '.join(sorted(known))}")
    return name, values


def _model_field(contract: Contract) -> str:
    """Return the name of the field that names what makes the result."""
    found = [declared for declared in _enumerated(contract) if declared.schema.role == "model"]
    if not found:
        raise UsageError("--models: no field with listed values has the role `model`; name the field with --values")
    return found[0].name


def _listed(contract: Contract, name: str, text: str) -> tuple[str, frozenset[str]]:
    """Return some values of a field that the contract lists."""
    values = frozenset(value.strip() for value in text.split(",") if value.strip())
    listed = {
        str(value) for declared in _enumerated(contract) if declared.name == name for value in declared.schema.enum
    }
    if not values or values - listed:
        wrong = ", ".join(sorted(values - listed)) or "none"
        raise UsageError(f"{name}: the contract does not list {wrong}; it lists {', '.join(sorted(listed))}")
    return name, values


def _enumerated(contract: Contract) -> list[Input]:
    return [declared for operation in contract.operations for declared in operation.inputs if declared.schema.enum]
