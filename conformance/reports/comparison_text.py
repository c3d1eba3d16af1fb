"""A comparison of two reports for people: on a terminal, and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from conformance.reports.comparison import KINDS, Change, RunComparison
from conformance.reports.grouping import verdicts_counted
from conformance.reports.layout import block, one_line, printable
from conformance.reports.markup import cell, code
from conformance.reports.report import Report

__all__ = ["comparison_markdown", "render_comparison"]

_STYLES = {"worse": "bold red", "better": "green"}
_LONGEST = 200  # characters of a reason in a cell
_SPENT = (
    ("requests", "requests"),
    ("creates", "creates"),
    ("possible_creates", "possible creates"),
    ("unexpected_creates", "unexpected creates"),
)


def render_comparison(comparison: RunComparison, console: Console) -> None:
    """Print what changed, the worst first, then what each run has cost."""
    for trouble in comparison.incomplete:
        block(console, "! ", printable(trouble), style="bold red", fold=True)
    for kind, said in KINDS.items():
        found = comparison.of(kind)
        if not found:
            continue
        console.print(Text(f"{kind.replace('-', ' ')}: {len(found)} ({said})", style=_STYLES.get(kind, "bold")))
        for change in found:
            console.print(Text(f"  {change.level:6} {change.id}  {_from_to(change)}"), soft_wrap=True)
            if change.reason and change.after != "pass":
                block(console, " " * 9, one_line(change.reason), fold=True)
        console.print()
    block(console, "", _sums(comparison), hang=2)
    for label, report in _sides(comparison):
        ledger = report.ledger
        spent = ", ".join(f"{ledger[name]} {words}" for name, words in _SPENT if ledger[name] or name == "creates")
        block(console, f"{label}  ", f"{printable(report.target['url'])}: {_counted(report)}; {spent}", hang=2)


def comparison_markdown(comparison: RunComparison) -> str:
    """Return a comparison as Markdown, short enough for a comment on a change."""
    return "\n".join(_lines(comparison)) + "\n"


def _lines(comparison: RunComparison) -> Iterator[str]:
    yield f"**{_sums(comparison)}**"
    yield ""
    for trouble in comparison.incomplete:
        yield f"> {cell(trouble)}"
        yield ""
    counts = ("pass", "fail", "inconclusive", "not-run")
    yield f"| run | server | {' | '.join(counts)} | {' | '.join(words for _, words in _SPENT)} |"
    yield f"|---|---|{'--:|' * (len(counts) + len(_SPENT))}"
    for label, report in _sides(comparison):
        verdicts = " | ".join(str(report.summary[name]) for name in counts)
        spent = " | ".join(str(report.ledger[name]) for name, _ in _SPENT)
        yield f"| {label} | {cell(report.target['url'])} | {verdicts} | {spent} |"
    for kind, said in KINDS.items():
        found = comparison.of(kind)
        if not found:
            continue
        yield ""
        yield f"### {kind.replace('-', ' ').capitalize()}: {len(found)} ({said})"
        yield ""
        yield "| level | requirement | before | after | why |"
        yield "|---|---|---|---|---|"
        for change in found:
            reason = cell(one_line(change.reason, _LONGEST)) if change.after != "pass" else ""
            verdicts = f"{change.before or 'not asked'} | {change.after or 'not asked'}"
            yield f"| {change.level} | {code(change.id)} | {verdicts} | {reason} |"


def _sides(comparison: RunComparison) -> tuple[tuple[str, Report], ...]:
    return ("before", comparison.before), ("after ", comparison.after)


def _from_to(change: Change) -> str:
    return f"{change.before or 'not asked'} -> {change.after or 'not asked'}"


def _sums(comparison: RunComparison) -> str:
    counts = ", ".join(f"{len(found)} {kind.replace('-', ' ')}" for kind in KINDS if (found := comparison.of(kind)))
    return f"{counts or 'no change'}; {comparison.unchanged} unchanged"


def _counted(report: Report) -> str:
    return verdicts_counted(report)
