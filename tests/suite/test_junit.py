"""JUnit XML: every requirement once, red exactly where the run fails, and XML whatever a server answers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conformance.reports.junit import INCOMPLETE
from tests.suite.rendered import HOST, Rendered
from tests.suite.runs import command

# What the schema of Jenkins' xUnit plugin (junit-10.xsd) allows: attributes, those that must be, and children. The
# plugin skips a file with anything else in it, such as properties of a test case.
_SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"name", "tests", "failures", "errors"},
        {"properties", "testcase"},
    ),
    "testcase": ({"name", "classname", "time"}, {"name"}, {"skipped", "failure", "error", "system-out"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "system-out": (set(), set(), set()),
    "skipped": ({"message", "type"}, set(), set()),
    "failure": ({"message", "type"}, set(), set()),
    "error": ({"message", "type"}, set(), set()),
}
_TIME = re.compile(r"\d+\.\d+")


def _hold_to_schema(element: ET.Element) -> None:
    allowed, needed, children = _SCHEMA[element.tag]
    assert needed <= set(element.attrib) <= allowed, element.attrib
    assert {child.tag for child in element} <= children, element.attrib
    assert _TIME.fullmatch(element.get("time", "0.0"))
    for child in element:
        _hold_to_schema(child)


def _suite(text: str) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314 - of our own making
    _hold_to_schema(root)
    (suite,) = root
    for name in ("tests", "failures", "errors", "time"):
        assert root.get(name) == suite.get(name)
    return suite


def _properties(element: ET.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in element.findall("properties/property")}


def _result(case: ET.Element) -> ET.Element | None:
    found = [child for child in case if child.tag != "system-out"]
    assert len(found) < 2
    return found[0] if found else None


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_figures_are_those_of_the_report(name: str, request: pytest.FixtureRequest) -> None:
    """Each requirement is one test case of its own name, and all sums are those of the JSON report."""
    made: Rendered = request.getfixturevalue(name)
    suite, summary = _suite(made.text("junit.xml")), made.report["summary"]
    cases = suite.findall("testcase")
    assert [case.get("name") for case in cases] == [line["id"] for line in made.report["verdicts"]]
    tags = Counter(found.tag if (found := _result(case)) is not None else "pass" for case in cases)
    assert tags == Counter(
        {"pass": summary["pass"], "failure": summary["failed_must"], "skipped": summary["total"] - summary["pass"]}
    ) - Counter({"skipped": summary["failed_must"]})
    assert suite.get("tests") == str(summary["total"])
    assert suite.get("failures") == str(summary["failed_must"])
    assert (suite.get("errors"), suite.get("skipped")) == ("0", str(tags["skipped"]))
    assert (suite.get("timestamp"), float(suite.get("time", ""))) == (
        made.report["run"]["started"],
        made.report["run"]["seconds"],
    )


def test_a_case_tells_what_its_verdict_tells(faulty: Rendered) -> None:
    """Level and layer stand in the class, with source and verdict in the output; reason and command in the result."""
    for case, line in zip(_suite(faulty.text("junit.xml")).findall("testcase"), faulty.report["verdicts"], strict=True):
        told = (case.findtext("system-out") or "").split("\n")
        assert {f"{name}: {line[name]}" for name in ("verdict", "level", "layer", "source")} <= set(told)
        assert case.get("classname", "").startswith(f"videos-conformance.{line['level']}.{line['layer']}.")
        result = _result(case)
        assert (result is None) is (line["verdict"] == "pass")
        if result is not None:
            assert line["reason"] in (result.text or "")
            assert line["reason"] in result.get("message", "")
        if line["verdict"] == "fail":
            assert result is not None
            assert line["evidence"]["curl"] in (result.text or "")
            assert f"HTTP {line['evidence']['status']}" in (result.text or "")
            assert result.get("type") == f"{line['level'].lower()}-broken"


def test_what_the_run_was_stands_at_the_suite(faulty: Rendered) -> None:
    """Tool, target, contract and spend are told once, for all cases."""
    shown, report = _properties(_suite(faulty.text("junit.xml"))), faulty.report
    assert shown["tool"] == f"{report['tool']['name']} {report['tool']['version']}"
    assert shown["url"] == report["target"]["url"]
    assert shown["contract"] == f"{report['contract']['title']} {report['contract']['version']}"
    told = {name: str(count) for name, count in report["ledger"].items() if count is not None}
    assert {name.removeprefix("ledger."): text for name, text in shown.items() if name.startswith("ledger.")} == told


@pytest.mark.parametrize("fail_on", [(), ("must",), ("should",), ("inconclusive",), ("should", "inconclusive")])
def test_it_is_red_where_the_run_fails(faulty: Rendered, tmp_path: Path, fail_on: tuple[str, ...]) -> None:
    """A broken SHOULD and an undecided MUST are skipped with their story, and red where --fail-on says so."""
    strict = [part for word in fail_on for part in ("--fail-on", word)]
    command("report", faulty.events, *strict, "--report-junit", tmp_path / "j.xml")
    suite = _suite((tmp_path / "j.xml").read_text(encoding="utf-8"))
    failed, undecided = faulty.report["summary"]["failed_must"], 0
    assert failed
    assert faulty.lines("fail", "SHOULD")
    assert faulty.lines("inconclusive", "MUST")
    failed += len(faulty.lines("fail", "SHOULD")) if "should" in fail_on else 0
    undecided += len(faulty.lines("inconclusive", "MUST")) if "inconclusive" in fail_on else 0
    assert (suite.get("failures"), suite.get("errors")) == (str(failed), str(undecided))
    kinds = {
        (case.get("name"), found.tag) for case in suite.findall("testcase") if (found := _result(case)) is not None
    }
    for line in faulty.lines("fail", "SHOULD"):
        assert (line["id"], "failure" if "should" in fail_on else "skipped") in kinds
    for line in faulty.lines("inconclusive", "MUST"):
        assert (line["id"], "error" if "inconclusive" in fail_on else "skipped") in kinds
    for line in faulty.lines("not-run"):
        assert (line["id"], "skipped") in kinds


def test_a_run_that_is_not_complete_is_red(tmp_path: Path) -> None:
    """A run that was broken off has one more case, with an error: no requirement could tell it."""
    said = command("run", "--url", "http://127.0.0.1:9", "--max-creates", 0, "--report-junit", tmp_path / "j.xml")
    assert said.code == 3
    suite = _suite((tmp_path / "j.xml").read_text(encoding="utf-8"))
    (case,) = suite.findall("testcase")
    result = _result(case)
    assert (case.get("name"), suite.get("errors")) == (INCOMPLETE, "1")
    assert result is not None
    assert result.tag == "error"
    assert result.get("type") == "incomplete"


def test_what_a_server_says_is_text(spiteful: Rendered) -> None:
    """No answer ends an element; what XML has no character for is written out, and the rest is as it came."""
    suite = _suite(spiteful.text("junit.xml"))
    shown = [result.text or "" for case in suite.findall("testcase") if (result := _result(case)) is not None]
    told = [text for text in shown if HOST in text]
    assert told
    for piece in ("<script>alert('evil.example')</script>", "]]>", "\U0001f600", "&lt;b&gt;"):
        assert any(piece in text for text in told), piece
    assert any("\\x1b" in text for text in told)
    assert not any(char in text for text in shown for char in ("\x1b", "\u202e", "\ufffe"))
