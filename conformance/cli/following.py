"""Options about the lives of jobs that a run has made anyway: how long it waits for them, and who must not see them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import click

from conformance.cli.options import grouped
from conformance.cli.tokens import second_token_options
from conformance.errors import UsageError

__all__ = ["following_options", "seconds_to_follow"]

following_options: Callable[[Any], Any] = grouped(
    click.option(
        "--follow",
        type=click.FloatRange(min=0),
        default=0.0,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for jobs that the run has made anyway, to see how they end; looking costs nothing.",
    ),
    second_token_options,
)


def seconds_to_follow(settings: dict[str, Any]) -> float:
    """Return how long a run waits for its jobs; commands without the option wait for none.

    Raises:
        UsageError: it is no number of seconds.
    """
    seconds: float = settings.get("follow") or 0.0
    if not math.isfinite(seconds):
        raise UsageError(f"--follow: {seconds} is no number of seconds")
    return seconds
