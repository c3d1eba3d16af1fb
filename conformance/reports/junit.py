"""JUnit XML as Jenkins and GitLab read it: one test case for each requirement, red exactly where the run fails.

A requirement that fails the run (`--fail-on`) is a failure, or an error where it was to be decided and could not be.
What is broken or undecided and fails nothing is skipped, with a type that says which, and its evidence beside it: a
build that goes red while the command ends with 0 would be looked into for nothing; so is a failure that something
excuses, as known, news or not_scored. A run that is not complete has one more test case, with an error, for no other
could tell it, and a baseline with entries that hold no longer has one with a failure.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TextIO

from junitparser import Error, Failure, JUnitXml, Skipped
from junitparser.junitparser import FinalResult
from junitparser.xunit2 import TestCase, TestSuite

from conformance.reports.formats import Material
from conformance.reports.grouping import area, times
from conformance.reports.layout import printable
from conformance.reports.line import ADAPTER, Line
from conformance.reports.report import Report

__all__ = ["INCOMPLETE", "STALE", "write"]

INCOMPLETE = "run/complete"
"""The name of the test case that a run has which is not complete."""
STALE = "run/baseline"
"""The name of the test case that a run has whose baseline has entries that hold no longer."""
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
    if report.baseline is not None and report.baseline.stale:
        cases.append(_stale(report.baseline.stale))
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
    yield "set", report.requirement_set or "none"
    yield "seed", str(report.run.seed)
    yield "tier", report.run.tier
    yield "fail-on", ", ".join(("must", *(word for word in report.run.fail_on if word != "must")))
    if report.is_of_client:
        yield "client", report.target["client"]
    yield from ((f"ledger.{name}", str(count)) for name, count in report.ledger.items() if count is not None)
    yield from (("headline", headline) for headline in report.headlines)


def _case(report: Report, line: Line) -> TestCase:
    """Return a test case; its class groups it by level, layer and area, as Jenkins and GitLab show classes."""
    grouped = (_SUITE, line.level, line.layer, _valid(area(line)).replace(".", "_"))
    case = TestCase(_valid(line.id), ".".join(grouped))
    result = _result(report, line)
    if result is not None:
        result.text = _valid("\n".join(_story(line)))
        case.result = result
    case.system_out = _valid("\n".join(_about(line)))
    return case


def _about(line: Line) -> Iterator[str]:
    """Yield what would be properties; a file with properties in its cases is no JUnit to Jenkins' xUnit plugin."""
    for name in ("verdict", "level", "layer", "source", "blocked_by"):
        value = getattr(line, name)
        if value is not None:
            yield f"{name.replace('_', ' ')}: {value}"


def _result(report: Report, line: Line) -> FinalResult | None:
    """Return what a test case is where it is no success, with what it is about in its message and its type."""
    if line.verdict == "pass":
        return None
    if line.verdict == "fail":
        message, kind = f"{line.level} broken: {line.reason}", f"{line.level.lower()}-broken"
        kind = line.excuse or kind
        fatal: type[FinalResult] = Failure
    else:
        kind = "not-offered" if line.not_offered else line.verdict
        message = line.reason if line.not_offered else f"{line.verdict}: {line.reason}"
        fatal = Error
    made = fatal if report.is_fatal(line) else Skipped
    return made(_valid(message, in_one_line=True), kind)


def _story(line: Line) -> Iterator[str]:
    yield line.reason
    if line.known is not None:
        yield f"known: {line.known.reason}"
    if line.not_scored is not None:
        yield f"not scored: {line.not_scored}"
    if line.attempts:
        yield f"{'flaky: ' if line.flaky else ''}{times(line)}"
    yield f"asked: {line.statement}"
    if line.mend:
        yield f"mend: {line.mend}"
    evidence = line.evidence
    if evidence is not None and evidence.protocol == ADAPTER:
        yield f"said: {evidence.answer}"
        yield f"$ {evidence.curl}"
    elif evidence is not None:
        yield f"answer: {'none' if evidence.status is None else f'HTTP {evidence.status}'}: {evidence.answer}"
        yield f"$ {evidence.curl}"


def _incomplete(report: Report) -> TestCase:
    case = TestCase(INCOMPLETE, f"{_SUITE}.run")
    case.result = Error(_valid(f"the run is not complete: {report.trouble}", in_one_line=True), "incomplete")
    return case


def _stale(sentences: Sequence[str]) -> TestCase:
    case = TestCase(STALE, f"{_SUITE}.run")
    message = f"{len(sentences)} of the baseline hold no longer: {sentences[0]}"
    result = Failure(_valid(message, in_one_line=True), "stale-baseline")
    result.text = _valid("\n".join(sentences))
    case.result = result
    return case


def _valid(text: str, *, in_one_line: bool = False) -> str:
    """Write out what XML cannot hold, or what could command who reads it; a server may have chosen any of it."""
    lines = [text] if in_one_line else text.split("\n")
    return "\n".join(printable(line) for line in lines)
