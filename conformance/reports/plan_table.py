"""The table of a plan: what a run would send, and what that would cost (`run --dry-run`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.campaign import Options
from conformance.engine.budget import NO_MONEY
from conformance.engine.probe import Cost, Probe

__all__ = ["price_of", "render_plan"]


def render_plan(planned: Iterable[Probe], options: Options, console: Console, *, verbose: bool = False) -> None:
    """Print how many requests a run would send, in which groups, and how many a correct server would bill."""
    probes = list(planned)
    if verbose:
        for probe in probes:
            console.print(Text(f"{probe.cost.value:9}{probe.expect.value:16}{probe.id}"), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("group", "expects", "requests", "creates"):
        table.add_column(column)
    counts = Counter((_family(probe), probe.expect.value, probe.cost) for probe in probes)
    for (family, expect, cost), count in counts.items():
        table.add_row(family, expect, str(count), str(count if cost is Cost.BILLABLE else 0))
    console.print(table)
    console.print(f"\n{price_of(probes, options)}", soft_wrap=True)


def price_of(probes: Sequence[Probe], options: Options) -> str:
    """Say what a plan costs on a correct server, and on the worst one."""
    budget = options.budget
    prices = sorted((budget.price_of(probe) for probe in probes if probe.cost is Cost.BILLABLE), reverse=True)
    meant = prices[: options.max_creates]
    said = f"{len(probes)} requests, {len(meant)} creates on a correct server (ceiling {options.max_creates})"
    most = max(options.max_creates, 1) if any(probe.can_create for probe in probes) else 0
    worst = f"at worst {most} create{'' if most == 1 else 's'}, where a server takes what it has to refuse"
    if not budget.counts_money:
        return f"{said}; {worst}"
    usual = sum(meant, NO_MONEY)
    dearest = budget.dearest * most
    if budget.max_cost is not None:
        dearest, usual = min(dearest, max(budget.max_cost, budget.dearest)), min(usual, budget.max_cost)
    return f"{said} for {usual}; {worst}, for {dearest}"


def _family(probe: Probe) -> str:
    words = probe.id.split("/")
    return "/".join(words[:2]) if words[1] != "request" else f"{words[0]}/request/*/{words[3]}"
