"""Reports: the result of a run as plain values, the event stream, and their renderers."""

from conformance.reports.heading import FailOn, Heading, heading
from conformance.reports.report import FORMAT, Evidence, Line, Report, report

__all__ = ["FORMAT", "Evidence", "FailOn", "Heading", "Line", "Report", "heading", "report"]
