"""SARIF 2.1.0: requirements as rules, what is broken as results, each at the line of the contract that asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any, TextIO
from urllib.parse import quote

from conformance.reports.formats import Material
from conformance.reports.heading import moment
from conformance.reports.line import Line
from conformance.reports.report import Report
from conformance.requirements import Layer
from conformance.requirements.explanations import explain

__all__ = ["write"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
_LINK = re.compile(r"[\[\]\\]")


def write(material: Material, stream: TextIO) -> None:
    """Write one run: all requirements that were judged, and a result for each that is broken."""
    report = material.report
    run = {
        "tool": {
            "driver": {
                "name": report.tool["name"],
                "version": report.tool["version"],
                "rules": [_rule(line) for line in report.verdicts],
            }
        },
        "invocations": [_invocation(report)],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report)),
        "properties": {
            "target": dict(report.target),
            "contract": dict(report.contract),
            "summary": dict(report.summary),
        },
    }
    json.dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, stream, indent=1, ensure_ascii=False)
    stream.write("\n")


def _rule(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "shortDescription": {"text": line.statement},
        "help": {"text": "\n\n".join(_help(line))},
        "defaultConfiguration": {"level": _LEVELS[line.level]},
        "properties": {"level": line.level, "layer": line.layer, "source": line.source, "tags": [line.layer]},
    }


def _help(line: Line) -> Iterator[str]:
    """Yield the paragraphs that `explain` shows of a requirement."""
    explanation = explain(line.id)
    yield line.statement
    if explanation is not None:
        yield f"Why: {explanation.why}"
        yield f"What breaks: {explanation.breaks}"
        yield f"How to mend it: {explanation.mend}"
    if line.mend:
        yield f"How to mend it: {line.mend}"
    yield f"It is mended in {Layer(line.layer).mended_in}. Source: {line.source}"


def _results(report: Report) -> Iterator[dict[str, Any]]:
    for index, line in enumerate(report.verdicts):
        if line.verdict == "fail":
            yield {
                "ruleId": line.id,
                "ruleIndex": index,
                "level": _LEVELS[line.level],
                "message": {"text": _plain(line.reason)},
                "locations": [{"physicalLocation": _location(report, line)}],
                "partialFingerprints": {"requirement/v1": line.id},
                "properties": _evidence(line),
                **_suppressed(report, line),
            }


def _suppressed(report: Report, line: Line) -> dict[str, Any]:
    """Return why a result counts for nothing; the list is empty where it counts (3.27.23)."""
    if line.known is not None:
        said = line.known.reason
    elif line.news:
        said = f"newer than the set {report.requirement_set}"
    elif line.not_scored is not None:
        said = line.not_scored
    else:
        return {"suppressions": []}
    return {"suppressions": [{"kind": "external", "justification": said}]}


def _location(report: Report, line: Line) -> dict[str, Any]:
    """Return where the contract asks for it; of what a standard asks for, the contract as a whole."""
    path = PurePath(report.contract["file"])
    artifact = {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix())}
    region = {} if line.line is None else {"region": {"startLine": line.line}}
    return {"artifactLocation": artifact, **region}


def _evidence(line: Line) -> dict[str, Any]:
    evidence = line.evidence
    return {} if evidence is None else {"curl": evidence.curl, "status": evidence.status, "answer": evidence.answer}


def _invocation(report: Report) -> dict[str, Any]:
    code = report.exit_code()
    said = [("error", report.trouble)] if report.trouble is not None else []
    said += [("error", sentence) for sentence in (report.baseline.stale if report.baseline is not None else ())]
    said += [("note", headline) for headline in report.headlines]
    end = datetime.fromisoformat(report.run.started) + timedelta(seconds=report.run.seconds or 0)
    return {
        "executionSuccessful": report.complete,
        "exitCode": int(code),
        "startTimeUtc": report.run.started,
        "endTimeUtc": moment(end),
        "toolExecutionNotifications": [{"level": level, "message": {"text": _plain(text)}} for level, text in said],
    }


def _plain(text: str) -> str:
    """Return a text in which no reader of SARIF finds a link (3.11.6)."""
    return _LINK.sub(r"\\\g<0>", text)
