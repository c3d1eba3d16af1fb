"""What fails no run, for people: known failures, news, what is not scored; and what a baseline gets wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rich.console import Console

from conformance.reports.grouping import counted, times
from conformance.reports.layout import block, printable
from conformance.reports.line import Line
from conformance.reports.report import Report

__all__ = ["print_excused", "print_stale"]

_INDENT = " " * 12


def print_stale(report: Report, console: Console) -> None:
    """Print the entries of the baseline that hold no longer: each fails the run."""
    for sentence in report.baseline.stale if report.baseline is not None else ():
        block(console, "! ", printable(sentence), style="bold", fold=True)


def print_excused(report: Report, console: Console) -> None:
    """Print the failures that fail no run, by what excuses them; then the rest of baseline and retries."""
    for heading, lines in _sections(report):
        console.print(heading, soft_wrap=True)
        for line in lines:
            _print_line(report, line, console)
        console.print()
    told = list(_told(report))
    for label, text in told:
        block(console, f"{label}  ", printable(text), fold=True)
    if told:
        console.print()


def _sections(report: Report) -> Iterator[tuple[str, tuple[Line, ...]]]:
    known, news, unscored = report.excused("known"), report.excused("news"), report.excused("not_scored")
    if known:
        yield f"known failures, which fail nothing: {len(known)}", known
    newer = [line for line in report.verdicts if line.news]
    if newer:
        held = sum(line.verdict == "pass" for line in newer)
        sums = f"{len(newer)} newer than the set, {held} held, {len(news)} broken"
        yield f"news to the set {report.requirement_set}, which fails nothing: {sums}", news
    if unscored:
        yield f"not scored by the set {report.requirement_set}, so that it fails nothing: {len(unscored)}", unscored


def _print_line(report: Report, line: Line, console: Console) -> None:
    block(console, f"    {line.level:6}  ", line.id)
    block(console, _INDENT, printable(line.reason), fold=True)
    if line.flaky:
        block(console, _INDENT, f"flaky, {times(line)}")
    blocked = [other for other in report.verdicts if other.blocked_by == line.id]
    if blocked:
        block(console, _INDENT, f"{len(blocked)} not decided because of it: {counted(blocked)}")
    if line.known is not None:
        until = f" (until {line.known.expires})" if line.known.expires is not None else ""
        link = f", {line.known.link}" if line.known.link is not None else ""
        block(console, f"{_INDENT}known: ", printable(f"{line.known.reason}{until}{link}"), fold=True)
    elif line.not_scored is not None:
        block(console, f"{_INDENT}not scored: ", printable(line.not_scored), fold=True)


def _told(report: Report) -> Iterator[tuple[str, str]]:
    once: dict[str, list[Line]] = defaultdict(list)
    for line in report.verdicts:
        if line.not_repeated is not None:
            once[line.not_repeated].append(line)
    for reason, lines in once.items():
        yield "not tried again", f"{reason} ({', '.join(line.id for line in lines)})"
    if report.baseline is not None:
        yield from (("baseline", text) for text in (*report.baseline.changes, *report.baseline.told))
