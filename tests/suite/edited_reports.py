"""Reports without a run: of real ones with some verdicts changed, whose sums are right all the same, or of a client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import evolve

from conformance.clients.judged_by import judged_by
from conformance.clients.judging import Judged
from conformance.clients.protocol import ClientName
from conformance.clients.received import Received
from conformance.clients.requests_judged import MadeUpToken
from conformance.clients.trial import Trial
from conformance.contract import load
from conformance.reports.client_report import client_report
from conformance.reports.report import Report


def write_edited(
    path: Path, report: Mapping[str, Any], verdicts: Mapping[str, str | None] | None = None, **more: Any
) -> Path:
    """Write a report with other verdicts, by id, None leaving a requirement out; `more` replaces whole members."""
    made, changes = Report.from_dict(report), verdicts or {}
    lines = [line for line in made.verdicts if changes.get(line.id, "") is not None]
    edited = made.having([evolve(line, verdict=changes.get(line.id) or line.verdict) for line in lines])
    path.write_text(json.dumps({**edited.to_dict(), **more}), encoding="utf-8")
    return path


def write_of_client(folder: Path, name: str) -> Path:
    """Write the report of a client that passes every vector, under its name."""
    contract = load()
    trials = tuple(Trial(vector, received=(Received("here"),)) for vector in judged_by(contract))
    judged = Judged(ClientName(name, "1.0", "go"), trials)
    report = client_report(contract, judged, ("x",), MadeUpToken.of("sk-x"), datetime.now(UTC), 1.0)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(report.to_dict()), encoding="utf-8")
    return path
