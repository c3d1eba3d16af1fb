"""A verdict as the outcome of a test, in the words of the report."""

from __future__ import annotations

from collections.abc import Callable, Collection
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from conformance.plugin.single_run import Verdicts, carried_out, report_of
from conformance.reports.explanation import reasons
from conformance.reports.heading import FailOn
from conformance.reports.layout import block, printable
from conformance.reports.line import Line
from conformance.reports.terminal import render_facts, render_spend

__all__ = ["summary", "tell"]

_WIDTH = 120
_BREAKS_A_TEST = {"MUST": "must", "SHOULD": "should"}


def tell(verdicts: Verdicts, requirement_id: str, failing: Collection[FailOn], config: pytest.Config) -> None:
    """End a test as the verdict on its requirement says; it passes where this returns.

    A broken MUST fails; a broken SHOULD is an expected failure, and what was not decided is skipped, unless
    `failing` says otherwise.

    Args:
        verdicts: of the session's run.
        requirement_id: of the requirement under test.
        failing: what fails beside a broken MUST.
        config: of the session; with --runxfail nothing is an expected failure.
    """
    line = verdicts.lines.get(requirement_id)
    if line is None:
        pytest.skip(f"not tested: {_first(verdicts.trouble or 'the run says nothing of it')}")
    if line.verdict == "pass":
        return
    if line.verdict == "fail":
        if not _fails(line, failing) and not config.getoption("runxfail"):
            pytest.xfail(f"{line.level} broken: {_first(line.reason)}")
        pytest.fail(_text(line), pytrace=False)
    if line.verdict == "inconclusive" and line.level == "MUST" and "inconclusive" in failing:
        pytest.fail(f"could not be decided: {_text(line)}", pytrace=False)
    pytest.skip(f"{line.verdict}: {_first(line.reason)}")


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
        block(console, "", f"report: {report_of(folder)}")

    return _written(write).splitlines()


def _fails(line: Line, failing: Collection[FailOn]) -> bool:
    return line.level == "MUST" or _BREAKS_A_TEST.get(line.level) in failing


def _text(line: Line) -> str:
    """Return all that the report knows about a broken requirement."""

    def write(console: Console) -> None:
        block(console, "", f"{line.level} broken: {printable(line.reason)}", fold=True)
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
