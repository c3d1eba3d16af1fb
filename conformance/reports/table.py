"""The table of all verdicts (`--verbose`)."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from conformance.reports.layout import block, printable
from conformance.reports.line import Line

__all__ = ["print_table"]

_STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "yellow", "not-run": ""}
_NARROW = 100  # columns; below, a reason has a line of its own


def print_table(lines: Sequence[Line], console: Console) -> None:
    """Print a row for each requirement: verdict, level, id and, where it was not decided or broken, why."""
    width = max((len(line.id) for line in lines), default=0)
    for line in lines:
        start = f"{line.verdict:12} {line.level:6} "
        reason = "" if line.verdict == "pass" else printable(line.reason)
        if console.width < _NARROW or len(start) + width + 20 > console.width:
            console.print(_row(line, start, line.id), soft_wrap=True)
            if reason:
                block(console, " " * 20, reason, fold=True)
        else:
            label = f"{start}{line.id:{width}}  "
            block(console, label if reason else label.rstrip(), reason, fold=True)


def _row(line: Line, start: str, shown: str) -> Text:
    row = Text(f"{start}{shown}")
    row.stylize(_STYLES[line.verdict], 0, len(line.verdict))
    return row
