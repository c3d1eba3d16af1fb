"""A verdict as the outcome of a test, in the words of the report."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from conformance.plugin.single_run import Verdicts, carried_out, report_of
from conformance.reports.explanation import reasons
from conformance.reports.layout import block, printable
from conformance.reports.line import Line
from conformance.reports.terminal import render_facts, render_spend

__all__ = ["summary", "tell"]

_WIDTH = 120


def tell(verdicts: Verdicts, requirement_id: str, config: pytest.Config) -> None:
    """End a test as the verdict on its requirement says; it passes where this returns.

    What fails the command fails; what is broken and fails nothing is an expected failure; what was not decided is
    skipped.

    Args:
        verdicts: of the session's run.
        requirement_id: of the requirement under test.
        config: of the session; with --runxfail nothing is an expected failure.
    """
    line = verdicts.lines.get(requirement_id)
    if verdicts.report is None or line is None:
        pytest.skip(f"not tested: {_first(verdicts.trouble or 'the run says nothing of it')}")
    if line.verdict == "pass":
        return
    if verdicts.report.is_fatal(line) or (line.verdict == "fail" and config.getoption("runxfail")):
        pytest.fail(_text(line), pytrace=False)
    if line.verdict == "fail":
        pytest.xfail(f"{_heading(line)}{_excuse(line)}")
    pytest.skip(_heading(line))


def summary(folder: Path) -> list[str]:
    """Return what the session says of its run at its end: headlines, what it has cost, and where the report is."""
    found = carried_out(folder)
    if found is None:
        return []
    if found.report is None:
        return [printable(found.trouble or "")]
    report = found.report

    def write(console: Console) -> None:
        for sentence in (*([found.trouble] if found.trouble is not None else ()), *report.headlines):
            block(console, "! ", printable(sentence), fold=True)
        block(console, "", f"{printable(report.target['url'])}, contract {printable(report.contract['version'])}")
        render_spend(report, console)
        console.print(f"report: {report_of(folder)}", soft_wrap=True, markup=False)

    return _written(write).splitlines()


def _heading(line: Line) -> str:
    what = f"{line.level} broken" if line.verdict == "fail" else line.verdict
    return f"{what}: {_first(line.reason)}"


def _excuse(line: Line) -> str:
    """Return why a broken requirement fails nothing, where somebody or something excuses it."""
    told = line.known.reason if line.known is not None else line.not_scored
    return f" ({line.excuse}{f': {_first(told)}' if told else ''})" if line.excuse else ""


def _text(line: Line) -> str:
    """Return all that the report knows about a broken requirement."""

    def write(console: Console) -> None:
        what = f"{line.level} broken" if line.verdict == "fail" else f"{line.level} {line.verdict}"
        block(console, "", f"{what}: {printable(line.reason)}", fold=True)
        render_facts(line, line.evidence, console)
        for label, text in reasons(line.id):
            block(console, f"    {label:6}  ", text)

    return _written(write)


def _written(write: Callable[[Console], None]) -> str:
    text = StringIO()
    write(Console(file=text, width=_WIDTH, color_system=None, highlight=False))
    return text.getvalue().rstrip()


def _first(text: str) -> str:
    return printable(text.partition("\n")[0])
