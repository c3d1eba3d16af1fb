"""The table of a plan that is not carried out (`run --dry-run`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.campaign import Options
from conformance.engine.probe import Cost, Probe

__all__ = ["render_plan"]


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
    creates = sum(probe.cost is Cost.BILLABLE for probe in probes)
    predicted = f"{len(probes)} requests, {creates} creates on a correct server (ceiling {options.max_creates})"
    console.print(f"\n{predicted}; nothing was sent")


def _family(probe: Probe) -> str:
    words = probe.id.split("/")
    return "/".join(words[:2]) if words[1] != "request" else f"{words[0]}/request/*/{words[3]}"
