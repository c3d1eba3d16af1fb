"""Reports: the result of a run as plain values, the event stream, and their renderers."""

from conformance.reports.excuses import Excuse
from conformance.reports.report import FORMAT, Evidence, FailOn, Line, Report, report

__all__ = ["FORMAT", "Evidence", "Excuse", "FailOn", "Line", "Report", "report"]
