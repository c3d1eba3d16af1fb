"""Shows what was measured, for a terminal and for the README."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from rich.table import Table

from scripts.benchmarks.creates import GOAL, PRISM, REFERENCE, Rate
from scripts.benchmarks.speed import GOALS, Speed
from scripts.benchmarks.versus import CONTINUED, SummaryRow

__all__ = ["HEADINGS", "cells", "markdown", "speed_table", "summary_table"]

HEADINGS = (
    "tool and mode",
    "faults found",
    "median requests until found",
    "median creates until found",
    "creates on the correct server",
    "false verdicts",
    "time",
)


def speed_table(outside: Speed, inside: Speed, rate: Rate) -> Table:
    """Show how long each took, and the ratios that count."""
    table = Table("what", "median s", "requests", "creates", "ratio", "goal", box=None, pad_edge=False)
    goals = dict(GOALS)
    for speed in (outside, inside):
        first, base = speed.laps
        label = f"{first} / {base}"
        for name, laps in speed.laps.items():
            requests = statistics.median(lap.requests for lap in laps)
            creates = statistics.median(lap.creates for lap in laps)
            table.add_row(name, f"{speed.seconds(name):.2f}", f"{requests:g}", f"{creates:g}", "", "")
        table.add_row(f"  {label}", "", "", "", f"{speed.ratio(first, base):.2f}", f"at most {goals[label]:g}")
    for name in (REFERENCE, PRISM):
        table.add_row(f"{name}: valid creates in a second", "", "", f"{rate.median(name):.0f}", "", "")
    table.add_row(f"  {REFERENCE} / {PRISM}", "", "", "", f"{rate.ratio():.2f}", f"at least {GOAL:g}")
    return table


def cells(row: SummaryRow, ratio: float) -> tuple[str, ...]:
    """Write one row of the summary."""
    share = f" ({100 * row.found / row.faults:.0f} %)" if row.faults else ""
    return (
        row.tool,
        f"{row.found} of {row.faults}{share}",
        "-" if row.requests is None else f"{row.requests:g}",
        "-" if row.creates is None else f"{row.creates:g}",
        str(row.healthy_creates),
        f"{row.false_verdicts}, on {row.wrongly_accused} of {row.correct_servers} servers",
        f"{ratio:.2f}",
    )


def summary_table(summed: Sequence[SummaryRow], ratios: Mapping[str, float]) -> Table:
    """Show the summary on a terminal."""
    table = Table(*HEADINGS, box=None, pad_edge=False, caption=_legend(summed), caption_justify="left")
    for row in summed:
        table.add_row(*cells(row, ratios[row.tool]))
    return table


def markdown(command: str, summed: Sequence[SummaryRow], ratios: Mapping[str, float]) -> str:
    """Write the summary for the README, headed by the command that makes it."""
    lines = [f"`{command}`:", "", f"| {' | '.join(HEADINGS)} |", f"|{'|'.join(['---', *['--:'] * 6])}|"]
    for row in summed:
        tool, *rest = cells(row, ratios[row.tool])
        lines.append(f"| {' | '.join((f'`{tool}`' if tool.startswith('st') else tool, *rest))} |")
    return "\n".join([*lines, "", _legend(summed)])


def _legend(summed: Sequence[SummaryRow]) -> str:
    shown = "; ".join(f"{row.shown} with {row.tool}" for row in summed if row.shown < row.found)
    return (
        "Ours finds a fault where a requirement that the fault names fails; st run where it reports a failure that the "
        "same run on the correct server does not, or fails a request that the correct server passed."
        + (f" Faults that show in its own output, without that comparison: {shown}." if shown else "")
        + " Medians are over the faults that each one found. False verdicts: failed MUSTs, or kinds of failures, on "
        f"the correct server and its variants. Time: a whole run on the correct server, {CONTINUED} being 1."
    )
