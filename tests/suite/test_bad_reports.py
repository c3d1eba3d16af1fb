"""Files that are no reports, and reports that cannot be written: one clear sentence, never a traceback."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reports.report import FORMAT
from tests.suite.runs import command
from tests.suite.serving import Serve, Shared


@pytest.mark.parametrize("option", ["--report-json", "--events"])
@pytest.mark.parametrize("kind", ["folder", "no-folder", "in-a-file"])
def test_a_report_that_cannot_be_written(serve: Serve, tmp_path: Path, option: str, kind: str) -> None:
    """A path that nothing can be written to is refused before a single request is sent."""
    server = serve()
    (tmp_path / "file").touch()
    path = {"folder": tmp_path, "no-folder": tmp_path / "none" / "r.json", "in-a-file": tmp_path / "file" / "r.json"}[
        kind
    ]
    said = command("run", "--url", server.url, "--max-creates", 0, option, path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.sentence
    assert server.requests == 0


def test_a_report_goes_where_its_name_leads(small: Contract, tmp_path: Path) -> None:
    """A link or a pipe in the place of the report is written through, not replaced by a file."""
    path, link = tmp_path / "report.json", tmp_path / "link.json"
    link.symlink_to(path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    command("run", "--contract", small.path, "--tier", "free", "--report-json", link)
    assert link.is_symlink()
    made = json.loads(path.read_text(encoding="utf-8"))
    said = command("report", path, "--report-json", pipe)
    assert said.code == ExitCode.CONFORMS
    assert pipe.is_fifo()
    reader.join(10)
    assert json.loads(read[0]) == made


_NOT_REPORTS: dict[str, bytes] = {
    "empty": b"",
    "blank": b"\n\n",
    "binary": bytes(range(256)),
    "text": b"no report\n",
    "list": b"[]",
    "number": b"5",
    "null": b"null",
    "object": b"{}",
    "of-another-format": b'{"format": 99, "verdicts": []}',
    "without-the-rest": b'{"format": 4, "verdicts": []}',
    "with-more": b'{"format": 4, "verdicts": [], "more": 1}',
    "with-text-for-verdicts": b'{"format": 4, "verdicts": "none"}',
    "with-null-for-verdicts": b'{"format": 4, "verdicts": null}',
    "with-numbers-for-verdicts": b'{"format": 4, "verdicts": [1]}',
    "hollow": (
        b'{"format": 4, "complete": true, "trouble": null, "target": {}, "contract": {}, "verdicts": [],'
        b' "ledger": {}, "summary": {}}'
    ),
    "mistyped": (
        b'{"format": 4, "complete": true, "trouble": null, "target": 1, "contract": 2, "verdicts": [],'
        b' "ledger": 3, "summary": 4}'
    ),
    "events-without-an-end": b'{"event": "started", "format": 4}\n{"event": "exchange"}\n',
    "events-cut": b'{"event": "started", "format": 4}\n{"event": "finis',
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("name", _NOT_REPORTS)
def test_a_file_that_is_no_report(name: str, tmp_path: Path) -> None:
    """`report` of something else is refused with its path and one sentence."""
    path = tmp_path / "report.json"
    path.write_bytes(_NOT_REPORTS[name])
    said = command("report", path)
    assert said.code == ExitCode.USAGE
    assert str(path) in said.stderr
    assert said.stderr.strip().count("\n") == 0


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    """`report` of a missing file, or of a folder, says so."""
    for path in (tmp_path / "none.json", tmp_path):
        said = command("report", path)
        assert said.code == ExitCode.USAGE
        assert str(path) in said.sentence


def test_another_format_is_told(shared: Shared, tmp_path: Path) -> None:
    """A report that another version wrote is named with both formats, and with what to do."""
    path = tmp_path / "older.json"
    path.write_text(json.dumps({**shared.report, "format": FORMAT - 1}), encoding="utf-8")
    said = command("report", path)
    assert said.code == ExitCode.USAGE
    assert f"is a report of format {FORMAT - 1}, and this version reads format {FORMAT}" in said.sentence
