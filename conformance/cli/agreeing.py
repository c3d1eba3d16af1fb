"""Shows what a run is going to send and what that may cost, and asks, before anything leaves this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from conformance.campaign import Options
    from conformance.contract import Contract
    from conformance.engine.target import Target

__all__ = ["agree", "agreed", "agreeing_options"]

agreeing_options: Callable[[Any], Any] = grouped(
    click.option("--yes", is_flag=True, help="Do not ask before something is sent to a server on another machine."),
)


def agree(contract: Contract, under_test: Target, options: Options, settings: dict[str, Any]) -> None:
    """Show the plan of a run of a server on another machine, and make sure that somebody wants it.

    Raises:
        UsageError: nobody says so.
    """
    from conformance.campaign import plan
    from conformance.reports.plan_table import render_plan

    agreed(under_test, settings, lambda console: render_plan(plan(contract, options), options, console))


def agreed(under_test: Target, settings: dict[str, Any], show: Callable[[Console], None]) -> None:
    """Show what is sent to a server on another machine, and make sure that somebody wants it.

    Raises:
        UsageError: nobody says so.
    """
    from rich.console import Console

    from conformance.engine.loopback import goes_to_loopback

    url = under_test.url
    if settings["url"] is None or goes_to_loopback(under_test):
        return
    console = Console(stderr=True, highlight=False)
    console.print(f"about to be sent to {url}:\n", soft_wrap=True, markup=False)
    show(console)
    if settings["yes"]:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{url} is not on this machine, and there is no terminal to ask at: --yes sends this")
    if not click.confirm("send this?", err=True):
        raise UsageError("nothing was sent")
