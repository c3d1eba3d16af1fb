"""Options that say which verdicts fail a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.reports.heading import FailOn

__all__ = ["fail_on", "failing_options"]

failing_options: Callable[[Any], Any] = grouped(
    click.option(
        "--fail-on",
        multiple=True,
        metavar="WHAT,…",
        help="What fails the run beside a broken MUST: should, inconclusive (a MUST that could not be decided), or"
        " both.",
    ),
)


def fail_on(settings: dict[str, Any]) -> frozenset[FailOn]:
    """Read what fails a run: words, or lists of words.

    Raises:
        UsageError: a word says nothing that could fail one.
    """
    from conformance.reports.heading import FailOn

    words = [word.strip() for text in settings["fail_on"] for word in text.split(",")]
    known: tuple[FailOn, ...] = get_args(FailOn)
    for word in words:
        if word not in known:
            raise UsageError(f"--fail-on {word}: write {', '.join(known)}, or some of them with commas between")
    return frozenset(word for word in known if word in words)
