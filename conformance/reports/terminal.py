"""The report for people, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from conformance.reports.report import Line, Report

__all__ = ["render"]

_STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "yellow", "not-run": "dim"}
_ORDER = ("MUST", "SHOULD", "MAY")


def render(report: Report, console: Console, *, verbose: bool = False) -> None:
    """Print the table of verdicts, each failure with a way to reproduce it, and the totals."""
    for headline in report.headlines:
        console.print(Text(_printable(headline), style="bold yellow"), soft_wrap=True)
    console.print(_table(report.verdicts, verbose=verbose))
    failures = sorted(
        (line for line in report.verdicts if line.verdict == "fail"), key=lambda line: _ORDER.index(line.level)
    )
    for line in failures:
        console.print(_failure(line), soft_wrap=True)
    console.print(_totals(report), soft_wrap=True)


def _table(lines: Sequence[Line], *, verbose: bool) -> RenderableType:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("requirement", overflow="fold")
    table.add_column("level")
    table.add_column("verdict")
    table.add_column("reason", overflow="fold")
    for line in lines if verbose else _folded(lines):
        verdict = Text(line.verdict, style=_STYLES[line.verdict])
        reason = (
            "" if line.verdict in ("pass", "fail") else _printable(line.reason)
        )  # a failure has a paragraph of its own
        table.add_row(Text(line.id), line.level, verdict, Text(reason, style="dim"))
    return table


def _folded(lines: Sequence[Line]) -> list[Line]:
    """Fold the listed values of one enum that share a verdict and a reason into one row."""
    folded: list[Line] = []
    counts: dict[tuple[str, str, str], int] = {}
    for line in lines:
        head, found, _ = line.id.partition("/value/")
        key = (head, line.verdict, line.reason)
        if found and line.verdict != "fail":
            counts[key] = counts.get(key, 0) + 1
            if counts[key] > 1:
                continue
        folded.append(line)
    return [_counted(line, counts) for line in folded]


def _counted(line: Line, counts: dict[tuple[str, str, str], int]) -> Line:
    head, found, _ = line.id.partition("/value/")
    count = counts.get((head, line.verdict, line.reason), 0)
    return (
        evolve(line, id=f"{head}/value/… ({count} values)") if found and count > 1 and line.verdict != "fail" else line
    )


def _failure(line: Line) -> RenderableType:
    parts = [
        Text(),
        Text.from_markup(f"[bold red]{line.level} broken[/]  {escape(line.id)}"),
        Text(f"  {line.statement}"),
        Text(f"  source: {line.source}", style="dim"),
        Text(f"  {_printable(line.reason)}"),
    ]
    if line.evidence is not None:
        status = "no answer" if line.evidence.status is None else f"HTTP {line.evidence.status}"
        parts.append(Text(f"  $ {_printable(line.evidence.curl)}", style="cyan"))
        parts.append(Text(f"  {status}: {_one_line(line.evidence.answer)}", style="dim"))
    return Group(*parts)


def _printable(text: str) -> str:
    """Write out what could command a terminal: a server may have chosen it."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _one_line(text: str) -> str:
    shown = _printable(text)
    return shown if len(shown) <= 300 else shown[:297] + "..."


def _totals(report: Report) -> RenderableType:
    summary, ledger = report.summary, report.ledger
    counts = ", ".join(f"{summary[name]} {name}" for name in _STYLES)
    broken = f"{summary['failed_must']} MUST and {summary['failed_should']} SHOULD broken"
    spent = f"{ledger['requests']} requests, {ledger['creates']} creates (ceiling {ledger['ceiling']})"
    if ledger["unexpected_creates"]:
        spent += f", {ledger['unexpected_creates']} of them unexpected"
    if ledger["possible_creates"]:
        spent += f", and {ledger['possible_creates']} possible: the answer does not exclude that something was made"
    parts = [
        Text(),
        Text(f"{_printable(report.target['url'])}  contract {_printable(report.contract['version'])}"),
        Text(f"{counts}: {broken}"),
        Text(spent),
    ]
    if report.trouble is not None:
        parts.append(Text(f"the run is not complete: {_printable(report.trouble)}", style="bold red"))
    return Group(*parts)
