"""Options that say where a run is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import grouped

if TYPE_CHECKING:
    from conformance.reports import Report

__all__ = ["check_outputs", "report_options", "write_reports"]

report_options: Callable[[Any], Any] = grouped(
    click.option("--verbose", is_flag=True, help="A row for every single requirement."),
    click.option("--report-json", type=click.Path(path_type=Path), help="Write the report as JSON."),
)


def check_outputs(settings: dict[str, Any]) -> None:
    """Make sure before a run that all that it is to write can be written.

    Raises:
        UsageError: something cannot.
    """
    from conformance.reports.json_file import check_writable

    for path in (settings["report_json"], settings.get("events")):
        if path is not None:
            check_writable(path)


def write_reports(report: Report, settings: dict[str, Any]) -> None:
    """Write a report in every form that is asked for."""
    from conformance.reports.json_file import write_json

    if settings["report_json"] is not None:
        write_json(report, settings["report_json"])
