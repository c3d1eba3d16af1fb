"""The table of the forms in which a report is written to files; a further form is one entry and one module."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from attrs import frozen

if TYPE_CHECKING:  # the table is read before a command is chosen, and reports take their time
    from conformance.reports.report import Report

__all__ = ["EVENTS_NAME", "FORMATS", "Format", "Material"]

EVENTS_NAME = "events.jsonl"
"""How the event stream is called in a folder of reports."""


@frozen
class Material:
    """What a report is written from.

    Attributes:
        events: the event stream of the run, which alone has every exchange; None where there is none.
    """

    report: Report
    events: Path | None = None


@frozen
class Format:
    """One form of a report.

    Attributes:
        name: of its option, `--report-NAME`.
        file_name: in a folder that has all of them.
        module: that writes it, by its function `write`; imported when it is needed.
        said: what the option does.
        needs_events: it cannot be written without the event stream.
    """

    name: str
    file_name: str
    module: str
    said: str
    needs_events: bool = False

    @property
    def option(self) -> str:
        """The option that asks for it."""
        return f"--report-{self.name}"

    def write(self, material: Material, stream: TextIO) -> None:
        """Write a report in this form."""
        write: Callable[[Material, TextIO], None] = import_module(self.module).write
        write(material, stream)


FORMATS = (
    Format("json", "report.json", "conformance.reports.json_report", "Write the report as JSON."),
    Format("html", "report.html", "conformance.reports.html.page", "Write it as one HTML file, for people."),
    Format("junit", "junit.xml", "conformance.reports.junit", "Write it as JUnit XML, one test case a requirement."),
    Format("markdown", "report.md", "conformance.reports.markdown", "Write its short form as Markdown."),
    Format("sarif", "report.sarif", "conformance.reports.sarif", "Write what is broken as SARIF 2.1.0."),
    Format("har", "traffic.har", "conformance.reports.har", "Write every exchange as HAR 1.2.", needs_events=True),
)
