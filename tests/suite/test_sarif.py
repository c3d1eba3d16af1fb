"""SARIF 2.1.0: requirements as rules, what is broken as results, each at its line of the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema_rs
import pytest

from conformance.contract import Contract
from conformance.requirements.explanations import explain
from tests.suite.rendered import HOST, Rendered
from tests.suite.runs import command

_LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_MOMENT = {"type": "string", "format": "date-time"}


def _object(needed: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(needed),
        "properties": {**needed, **more, "properties": {"type": "object"}},
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


# What SARIF 2.1.0 says of the objects that are used here; GitHub demands a location of each result.
_RULE = _object(
    {"id": {"type": "string"}, "shortDescription": _MESSAGE, "help": _MESSAGE},
    defaultConfiguration=_object({"level": _LEVEL}),
)
_PLACE = _object(
    {"artifactLocation": _object({"uri": {"type": "string", "format": "uri-reference"}})},
    region=_object({"startLine": {"type": "integer", "minimum": 1}}),
)
_RESULT = _object(
    {"message": _MESSAGE, "locations": _list(_object({"physicalLocation": _PLACE}), minItems=1)},
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    suppressions=_list(_object({"kind": {"enum": ["inSource", "external"]}}, justification={"type": "string"})),
)
_INVOCATION = _object(
    {"executionSuccessful": {"type": "boolean"}},
    exitCode={"type": "integer"},
    startTimeUtc=_MOMENT,
    endTimeUtc=_MOMENT,
    toolExecutionNotifications=_list(_object({"message": _MESSAGE}, level=_LEVEL)),
)
_DRIVER = _object({"name": {"type": "string"}}, version={"type": "string"}, rules=_list(_RULE, uniqueItems=True))
_RUN = _object(
    {"tool": _object({"driver": _DRIVER})},
    invocations=_list(_INVOCATION),
    results=_list(_RESULT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
)
_SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"$schema": {"type": "string"}, "version": {"const": "2.1.0"}, "runs": _list(_RUN)},
    "additionalProperties": False,
}


def _run(text: str) -> dict[str, Any]:
    made = json.loads(text)
    jsonschema_rs.validator_for(_SARIF, validate_formats=True).validate(made)
    run: dict[str, Any] = made["runs"][0]
    return run


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_figures_are_those_of_the_report(name: str, request: pytest.FixtureRequest) -> None:
    """Each requirement is a rule, each broken one a result of its level, and no other is."""
    made: Rendered = request.getfixturevalue(name)
    run = _run(made.text("report.sarif"))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [line["id"] for line in made.report["verdicts"]]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [
        (line["id"], _LEVELS[line["level"]]) for line in made.lines("fail")
    ]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert run["properties"]["summary"] == made.report["summary"]
    (invocation,) = run["invocations"]
    assert invocation["exitCode"] == made.said.code
    assert invocation["startTimeUtc"] == made.report["run"]["started"]


def test_a_rule_explains_itself(faulty: Rendered) -> None:
    """A rule's help has what `explain` has: why, what breaks, how it is mended."""
    for rule in _run(faulty.text("report.sarif"))["tool"]["driver"]["rules"]:
        explanation = explain(rule["id"])
        assert explanation is not None
        assert all(text in rule["help"]["text"] for text in (explanation.why, explanation.breaks, explanation.mend))


def test_a_result_stands_at_its_line(faulty: Rendered, small: Contract) -> None:
    """A result of the contract leads to the line that asks for it, in a file that is there; others to the file."""
    lines = {line["id"]: line for line in faulty.report["verdicts"]}
    results = _run(faulty.text("report.sarif"))["results"]
    for one in results:
        place = one["locations"][0]["physicalLocation"]
        assert Path(unquote(urlsplit(place["artifactLocation"]["uri"]).path)).samefile(small.path)
        source, _, _ = lines[one["ruleId"]]["source"].rpartition(" ")
        expected = {"startLine": small.document.line(source)} if source.startswith("#") else None
        assert place.get("region") == expected
    assert {"region" in one["locations"][0]["physicalLocation"] for one in results} == {True, False}


def test_a_contract_in_the_folder_of_work_has_a_relative_address(
    faulty: Rendered, small: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CI that shows results beside the code needs the path within the repository."""
    folder = tmp_path / "my contracts"
    folder.mkdir()
    (folder / "openapi.yaml").write_bytes(small.path.read_bytes())
    monkeypatch.chdir(tmp_path)
    report = {**faulty.report, "contract": {**faulty.report["contract"], "file": "my contracts/openapi.yaml"}}
    Path("r.json").write_text(json.dumps(report), encoding="utf-8")
    command("report", "r.json", "--report-sarif", "r.sarif")
    for one in _run(Path("r.sarif").read_text(encoding="utf-8"))["results"]:
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == "my%20contracts/openapi.yaml"
        assert Path(unquote(uri)).is_file()


def test_what_a_server_says_is_no_link(spiteful: Rendered, tmp_path: Path) -> None:
    """The messages of SARIF may hold links: none that a server wrote becomes one."""
    report = json.loads(spiteful.text("report.json"))
    evil = f"[x](http://{HOST}) \\[y](2)"
    for line in report["verdicts"]:
        line["reason"] = evil
    report["headlines"] = [evil]
    (tmp_path / "r.json").write_text(json.dumps(report), encoding="utf-8")
    command("report", tmp_path / "r.json", "--report-sarif", tmp_path / "r.sarif")
    run = _run((tmp_path / "r.sarif").read_text(encoding="utf-8"))
    texts = [one["message"]["text"] for one in (*run["results"], *run["invocations"][0]["toolExecutionNotifications"])]
    assert set(texts) == {f"\\[x\\](http://{HOST}) \\\\\\[y\\](2)"}
