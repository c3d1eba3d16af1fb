"""JUnit XML as Jenkins and GitLab read it: one test case for each requirement, red exactly where the run fails.

A requirement that fails the run (`--fail-on`) is a failure, or an error where it was to be decided and could not be.
What is broken or undecided and fails nothing is skipped, with a type that says which, and its evidence beside it: a
build that goes red while the command ends with 0 would be looked into for nothing. A run that is not complete has one
more test case, with an error, for no other could tell it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TextIO

from junitparser import Error, Failure, JUnitXml, Skipped
from junitparser.junitparser import FinalResult
from junitparser.xunit2 import TestCase, TestSuite

from conformance.reports.formats import Material
from conformance.reports.grouping import area
from conformance.reports.layout import printable
from conformance.reports.report import Line, Report

__all__ = ["INCOMPLETE", "write"]

INCOMPLETE = "run/complete"
"""The name of the test case that a run has which is not complete."""
_SUITE = "videos-conformance"


def write(material: Material, stream: TextIO) -> None:
    """Write a report as one test suite."""
    report = material.report
    suite = TestSuite(_SUITE)
    for name, value in _facts(report):
        suite.add_property(name, _valid(value))
    cases = [_case(report, line) for line in report.verdicts]
    if not report.complete:
        cases.append(_incomplete(report))
    for case in cases:
        suite.append(case)
    results = [type(result) for case in cases for result in case.result]
    seconds = report.run.seconds or 0.0
    whole = JUnitXml(_SUITE)
    whole.append(suite)
    for element in (whole, suite):  # no case has a time of its own: many rest on one answer, which would count twice
        element.tests, element.time = len(cases), seconds
        element.failures, element.errors = results.count(Failure), results.count(Error)
    suite.skipped = results.count(Skipped)
    suite.timestamp = report.run.started
    data = io.BytesIO()
    whole.write(data, pretty=True)
    stream.write(data.getvalue().decode("utf-8"))


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    yield "tool", f"{report.tool['name']} {report.tool['version']}"
    yield "url", report.target["url"]
    yield "contract", f"{report.contract['title']} {report.contract['version']}"
    yield "contract.sha256", report.contract["sha256"]
    yield "seed", str(report.run.seed)
    yield "tier", report.run.tier
    yield "fail-on", ", ".join(("must", *(word for word in report.run.fail_on if word != "must")))
    yield from ((f"ledger.{name}", str(count)) for name, count in report.ledger.items())
    yield from (("headline", headline) for headline in report.headlines)


def _case(report: Report, line: Line) -> TestCase:
    case = TestCase(_valid(line.id), f"{_SUITE}.{line.layer}.{_valid(area(line)).replace('.', '_')}")
    for name, value in (
        ("verdict", line.verdict),
        ("level", line.level),
        ("layer", line.layer),
        ("source", line.source),
    ):
        case.add_property(name, _valid(value))
    if line.blocked_by is not None:
        case.add_property("blocked-by", _valid(line.blocked_by))
    result = _result(report, line)
    if result is not None:
        result.text = _valid("\n".join(_story(line)))
        case.result = result
    return case


def _result(report: Report, line: Line) -> FinalResult | None:
    """Return what a test case is where it is no success, with what it is about in its message and its type."""
    if line.verdict == "pass":
        return None
    if line.verdict == "fail":
        message, kind = f"{line.level} broken: {line.reason}", f"{line.level.lower()}-broken"
        fatal: type[FinalResult] = Failure
    else:
        message, kind = f"{line.verdict}: {line.reason}", line.verdict
        fatal = Error
    made = fatal if report.is_fatal(line) else Skipped
    return made(_valid(message, in_one_line=True), kind)


def _story(line: Line) -> Iterator[str]:
    yield line.reason
    yield f"asked: {line.statement}"
    yield f"source: {line.source}"
    evidence = line.evidence
    if evidence is not None:
        yield f"answer: {'none' if evidence.status is None else f'HTTP {evidence.status}'}: {evidence.answer}"
        yield f"$ {evidence.curl}"


def _incomplete(report: Report) -> TestCase:
    case = TestCase(INCOMPLETE, f"{_SUITE}.run")
    case.result = Error(_valid(f"the run is not complete: {report.trouble}", in_one_line=True), "incomplete")
    return case


def _valid(text: str, *, in_one_line: bool = False) -> str:
    """Write out what XML cannot hold, or what could command who reads it; a server may have chosen any of it."""
    lines = [text] if in_one_line else text.split("\n")
    return "\n".join(printable(line) for line in lines)
