"""Reports of real runs with some verdicts changed, whose sums are right all the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

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
