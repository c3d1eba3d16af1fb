"""Options that say how fast a run goes, and how long it waits."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

from conformance.cli.options import grouped
from conformance.engine.pace import Pace
from conformance.errors import UsageError

__all__ = ["pace_of", "pacing_options"]

_SECONDS = click.FloatRange(min=0, min_open=True)

pacing_options: Callable[[Any], Any] = grouped(
    click.option("--concurrency", type=click.IntRange(min=1, max=64), default=4, show_default=True),
    click.option("--timeout", type=_SECONDS, default=30.0, show_default=True, help="Seconds to wait for a refusal."),
    click.option(
        "--create-timeout",
        type=_SECONDS,
        default=Pace().create_timeout,
        show_default=True,
        help="Seconds to wait for what costs money; never less than --timeout.",
    ),
    click.option("--max-response-time", type=_SECONDS, help="Seconds that an answer may take."),
)


def pace_of(settings: dict[str, Any]) -> Pace:
    """Return how fast a run goes.

    Raises:
        UsageError: a time is no number of seconds.
    """
    for name in ("timeout", "create_timeout", "max_response_time"):
        if settings[name] is not None and not math.isfinite(settings[name]):
            raise UsageError(f"--{name.replace('_', '-')}: {settings[name]} is no number of seconds")
    return Pace(
        settings["concurrency"],
        settings["timeout"],
        settings["create_timeout"],
        unexpected_acceptances=settings["surprises"],
    )
