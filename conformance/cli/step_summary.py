"""The summary of a step on GitHub: the report in short is appended to the file that the runner names."""

from __future__ import annotations

import os
from pathlib import Path

import click

from conformance.reports.markdown import in_short
from conformance.reports.report import Report

__all__ = ["VARIABLE", "append_summary"]

VARIABLE = "GITHUB_STEP_SUMMARY"
_LARGEST = 1024 * 1024  # GitHub shows nothing at all of a summary that is larger


def append_summary(report: Report) -> None:
    """Append a report to the summary of the step, as far as there is room; without a summary nothing happens.

    A summary that cannot be written is told, and fails nothing: the verdict does not depend on it.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return
    path = Path(name)
    try:
        taken = path.stat().st_size if path.exists() else 0
        text = in_short(report, _LARGEST - taken - 1)
        if not text:
            click.echo(f"note: {path} is full, so that nothing was appended to it (${VARIABLE})", err=True)
            return
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            stream.write(f"\n{text}" if taken else text)
    except OSError as error:
        click.echo(f"note: {path}: cannot be appended to (${VARIABLE}): {error.strerror}", err=True)
