"""The JSON report, a public format."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from conformance.errors import UsageError
from conformance.reports.report import Report

__all__ = ["check_writable", "write_json"]


def check_writable(path: Path) -> None:
    """Make sure before a run that its report can be written.

    Raises:
        UsageError: it cannot.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def write_json(report: Report, path: Path) -> None:
    """Write a report, whole or not at all; into what is no ordinary file, such as a pipe, as it stands."""
    text = json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
