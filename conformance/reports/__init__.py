"""Reports: the result of a run as plain values, the event stream, and their renderers."""

from conformance.reports.report import FORMAT, Evidence, FailOn, Line, Report, report

__all__ = ["FORMAT", "Evidence", "FailOn", "Line", "Report", "report"]
