"""Redocly's `diff`, which tells every change of the text of two documents."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.contract import Document
from conformance.contract.document import pointer, tokens
from conformance.errors import SuiteError, UsageError
from scripts.contract_diff.changes import TextChange
from scripts.contract_diff.places import PlacePair

__all__ = ["text_changes"]

_PATIENCE = 120.0
# It calls its makers' server, for statistics and for news of versions, unless it is told not to.
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}
_REPORT_VERSION = "1"


def text_changes(old: Document, new: Document) -> tuple[TextChange, ...]:
    """Return what Redocly's diff says of two documents.

    Raises:
        UsageError: it cannot read one of them.
        SuiteError: its report is not of the form that is known here.
    """
    if old.raw == new.raw:
        return ()
    with tempfile.TemporaryDirectory(prefix="contract-diff-") as scratch:
        for name, document in (("old.yaml", old), ("new.yaml", new)):
            Path(scratch, name).write_bytes(document.raw)
        report = _run(Path(scratch), {"old.yaml": old, "new.yaml": new})
    if report.get("reportVersion") != _REPORT_VERSION:
        raise SuiteError(f"Redocly's diff reports in version {report.get('reportVersion')!r}, not {_REPORT_VERSION!r}")
    return tuple(_change(entry) for entry in report["changes"])


def _run(folder: Path, documents: Mapping[str, Document]) -> Mapping[str, Any]:
    # Only here: whoever does not compare needs no Node.
    from scripts.node import packages  # noqa: PLC0415 - as the comment says

    home = packages.ROOT / "scripts" / "node"
    packages.install(home)
    program = home / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    command: list[str | Path] = [packages.NODE, program, "diff", *documents, "--format", "json", "--fail-on", "none"]
    try:
        ended = subprocess.run(
            command, cwd=folder, env=packages.environment(_QUIET), check=False, capture_output=True, text=True,
            encoding="utf-8", timeout=_PATIENCE,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SuiteError(f"Redocly's diff did not end within {_PATIENCE:.0f} seconds") from None
    try:
        report: Mapping[str, Any] = json.loads(ended.stdout)
    except json.JSONDecodeError:
        said = " ".join(ended.stderr.split())[:500]
        for name, document in documents.items():
            said = said.replace(name, str(document.path))
        raise UsageError(f"Redocly's diff cannot compare the two documents: {said}") from None
    return report


def _change(entry: Mapping[str, Any]) -> TextChange:
    keyword = str(entry.get("property", ""))
    old, new = (_place(entry.get(side), keyword) for side in ("base", "revision"))
    before, after = ((entry.get(side) or {}).get("value") for side in ("base", "revision"))
    path = "#" + entry["path"].removeprefix("#").rstrip("/")
    return TextChange(
        PlacePair(old, new), path, entry["kind"], entry["typeName"], keyword, entry["impact"], before, after
    )


def _place(side: Mapping[str, Any] | None, keyword: str) -> str | None:
    """Return the pointer of a change; where a keyword is missing, Redocly gives that of the place around it."""
    if side is None:
        return None
    steps = tokens(side["pointer"].rstrip("/"))
    if keyword not in ("", "key") and (not steps or steps[-1] != keyword):
        steps = (*steps, keyword)
    return pointer(steps)
