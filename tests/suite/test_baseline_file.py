"""The file of a baseline: mistakes are told with their line, and an edit changes nothing but entries."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from attrs import evolve

from conformance.contract import Contract
from conformance.errors import ExitCode, UsageError
from conformance.reference import ReferenceServer
from conformance.reports.baseline import BaselineEntry
from conformance.reports.baseline_file import edited, read_baseline
from conformance.reports.events import read_report
from tests.suite.runs import TOKEN, command

_BROKEN = "http/challenge"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths of tests are long, and no line breaks them."""
    monkeypatch.setenv("COLUMNS", "500")


@pytest.fixture(scope="module")
def failing(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a complete run in which one MUST is broken."""
    path = tmp_path_factory.mktemp("failing") / "report.json"
    arguments = ("--contract", small.path, "--max-creates", 0, "--only", "http/*", "--report-json", path)
    with ReferenceServer(small, token=TOKEN, behaviours=("challenges-nobody",)) as server:
        assert command("run", "--url", server.url, *arguments).code == ExitCode.BROKEN_MUST
    return path


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("- requirement: a\n", 1, "the entry has no `reason`; say why the failure is accepted"),
        ("\n# c\n- reason: a\n", 3, "the entry has no `requirement`; give the id of one"),
        ("- requirement: a\n  reason: b\n  expire: 2027-01-01\n", 3, "no key `expire`; did you mean `expires`?"),
        ("- requirement: a\n  reason: b\n  expires: soon\n", 3, "`expires` is a date, such as 2027-03-31"),
        ("- requirement: a\n  reason: b\n  expires: 2027-02-30\n", 3, "`expires` is a date"),
        ("- requirement: a\n  reason: b\n  expires: 2027-02-03 10:00:00\n", 3, "`expires` is a date"),
        ("- requirement: a\n  reason: b\n  flaky: often\n", 3, "`flaky` is true or false"),
        ("- requirement: a\n  reason:\n", 2, "`reason` says nothing; say why"),
        ("- requirement: a\n  reason: [b]\n", 2, "`reason` says nothing"),
        ("- requirement: a\n  reason: b\n- requirement: a\n  reason: c\n", 3, "a stands here twice, first in line 1"),
        ("- requirement: a\n  reason: b\n  reason: c\n", 3, "`reason` stands twice in one entry"),
        ("- http/challenge\n", 1, "is no entry; write a list of entries"),
        ("http/challenge: why\n", 1, "is no list; write a list of entries"),
        ("- requirement: a\n reason: b\n", 2, "is not YAML"),
        ("- requirement: a\n  reason: b\n---\n- c\n", 3, "is not YAML"),
        ("- requirement: !!python/object:os.x a\n  reason: b: c\n", 2, "is not YAML"),
        ("- [[[" + "[" * 3000, None, ""),
    ],
)
def test_a_mistake_is_told_with_its_line(failing: Path, tmp_path: Path, text: str, line: int | None, what: str) -> None:
    """Status 2 and one sentence: file, line, and what to do."""
    path = tmp_path / "baseline.yaml"
    path.write_text(text, encoding="utf-8")
    said = command("report", failing, "--baseline", path)
    assert said.code == ExitCode.USAGE
    assert said.stderr.count("\n") == 1
    assert said.sentence.startswith(f"error: {path}:" if line is None else f"error: {path}:{line}: ")
    assert what in said.sentence


def test_bytes_that_are_no_text_are_told(failing: Path, tmp_path: Path) -> None:
    """A file of another kind is named as such."""
    path = tmp_path / "baseline.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    said = command("report", failing, "--baseline", path)
    assert said.code == ExitCode.USAGE
    assert f"{path}: is not UTF-8 text" in said.sentence


def test_an_empty_file_knows_nothing(failing: Path, tmp_path: Path) -> None:
    """A list that is empty, or all comments, is a baseline without entries."""
    path = tmp_path / "baseline.yaml"
    for text in ("", "# nothing yet\n", "[]\n", "---\n"):
        path.write_text(text, encoding="utf-8")
        assert command("report", failing, "--baseline", path).code == ExitCode.BROKEN_MUST


_FILE = """\
# Whoever adds an entry says until when.

# --- the proxy ---
- requirement: a   # the first
  reason: "it strips: headers"
  expires: 2027-01-31

-   {requirement: b, reason: flow}  # gone soon
# about c
-
  reason: >
    folded

    text

  requirement: c
# --- the rest ---
- requirement: d
  reason: |
    kept

# the end
"""


@pytest.mark.parametrize(
    ("removed", "gone"),
    [
        ({"a"}, (4, 5, 6)),
        ({"b"}, (8,)),
        ({"c"}, (10, 11, 12, 13, 14, 15, 16)),
        ({"d"}, (18, 19, 20)),
        ({"a", "b", "c", "d"}, (4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20)),
    ],
    ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else "",
)
def test_what_is_removed_is_the_entry_alone(tmp_path: Path, removed: set[str], gone: tuple[int, ...]) -> None:
    """Comments, order, quotes and empty lines of all that stays are kept to the byte."""
    path = tmp_path / "baseline.yaml"
    path.write_text(_FILE, encoding="utf-8")
    made = edited(read_baseline(path), (), removed)
    kept = [line for number, line in enumerate(_FILE.splitlines(keepends=True), 1) if number not in gone]
    assert made == "".join(kept)


@pytest.mark.parametrize(
    "text",
    [
        _FILE,
        _FILE.replace("\n", "\r\n"),
        _FILE.rstrip("\n"),
        "",
        "# nothing\n",
        "[]\n",
        "# c\n[]",
        "---\n[]\n",
        "---\n",
        "  - requirement: a\n    reason: indented\n",
    ],
)
def test_what_is_added_stands_at_the_end(tmp_path: Path, text: str) -> None:
    """All that was there stays as it was, and the new entries follow, whatever is in their texts."""
    path = tmp_path / "baseline.yaml"
    path.write_bytes(text.encode())
    before = read_baseline(path)
    added = (
        BaselineEntry("op/request/x: y/value/#1", "a reason: with 'quotes', # and\na second line", flaky=True),
        BaselineEntry("0x10", "true"),
    )
    made = edited(before, added, ())
    assert made.startswith(text.partition("[]")[0].rstrip("\r\n"))
    path.write_bytes(made.encode())
    after = read_baseline(path).entries
    assert after[: len(before.entries)] == before.entries
    assert [(entry.requirement, entry.reason, entry.flaky) for entry in after[len(before.entries) :]] == [
        (entry.requirement, entry.reason, entry.flaky) for entry in added
    ]


def test_a_file_that_cannot_be_edited_by_line_is_left(tmp_path: Path) -> None:
    """A list in one line is read, and not taken apart."""
    path = tmp_path / "baseline.yaml"
    path.write_text("[{requirement: a, reason: b}, {requirement: c, reason: d}]\n", encoding="utf-8")
    baseline = read_baseline(path)
    for added, removed in (((), {"a"}), ((BaselineEntry("e", "f"),), ())):
        with pytest.raises(UsageError, match="cannot be edited as it is written; write a list"):
            edited(baseline, added, removed)


def test_the_file_is_made_from_a_run(failing: Path, tmp_path: Path) -> None:
    """`--baseline-update` makes the file, the next run is green, and a third one adds nothing."""
    path = tmp_path / "baseline.yaml"
    update = ("--baseline-update", "--baseline-reason", "known since 2024: the proxy")
    said = command("report", failing, "--baseline", path, *update)
    assert said.code == ExitCode.CONFORMS
    assert f"{path}: added {_BROKEN}" in said.stdout
    (entry,) = read_baseline(path).entries
    assert (entry.requirement, entry.reason) == (_BROKEN, "known since 2024: the proxy")
    assert path.read_text(encoding="utf-8").startswith("# ")
    before = path.read_bytes()
    assert command("report", failing, "--baseline", path).code == ExitCode.CONFORMS
    said = command("report", failing, "--baseline", path, *update)
    assert "there is nothing to add or to remove" in said.stdout
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_no_run_is_not_added(failing: Path, tmp_path: Path) -> None:
    """A broken SHOULD is added where `--fail-on should` makes it fail the run, and nowhere else; flaky ones as such."""
    made = read_report(failing)
    lines = [
        evolve(line, verdict="fail", flaky=True) if line.id == "http/method-not-allowed" else line
        for line in made.verdicts
    ]
    report, path = tmp_path / "report.json", tmp_path / "baseline.yaml"
    report.write_text(json.dumps(made.having(lines).to_dict()), encoding="utf-8")
    update = ("--baseline", path, "--baseline-update", "--baseline-reason", "why")
    assert command("report", report, *update).code == ExitCode.CONFORMS
    assert [entry.requirement for entry in read_baseline(path).entries] == [_BROKEN]
    assert command("report", report, *update, "--fail-on", "should").code == ExitCode.CONFORMS
    assert {(entry.requirement, entry.flaky) for entry in read_baseline(path).entries} == {
        (_BROKEN, False),
        ("http/method-not-allowed", True),
    }


def test_what_holds_no_longer_is_pruned(failing: Path, tmp_path: Path) -> None:
    """What passes, has expired or names nothing goes, and what fails or was not decided stays."""
    path = tmp_path / "baseline.yaml"
    names = ("http/allow", "http/nothing", _BROKEN, "job/id-unique")
    path.write_text("".join(f"- requirement: {name}\n  reason: why\n" for name in names), encoding="utf-8")
    said = command("report", failing, "--baseline", path, "--baseline-prune")
    assert said.code == ExitCode.CONFORMS
    assert [entry.requirement for entry in read_baseline(path).entries] == [_BROKEN, "job/id-unique"]
    path.write_text(f"- requirement: {_BROKEN}\n  reason: why\n  expires: 2020-01-01\n", encoding="utf-8")
    update = ("--baseline-update", "--baseline-reason", "another")
    said = command("report", failing, "--baseline", path, "--baseline-prune", *update)
    assert said.code == ExitCode.BROKEN_MUST  # an expiry is somebody's decision: it is not overruled in passing
    assert read_baseline(path).entries == ()


def test_a_file_keeps_its_mode_and_its_link(failing: Path, tmp_path: Path) -> None:
    """What is written through a link stays a link, and nobody gains or loses a right."""
    path, link = tmp_path / "baseline.yaml", tmp_path / "link.yaml"
    path.write_text("", encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    command("report", failing, "--baseline", link, "--baseline-update", "--baseline-reason", "why")
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.requirement for entry in read_baseline(path).entries] == [_BROKEN]


def test_a_file_that_changes_during_a_run_is_left(
    failing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody wrote meanwhile is not written over."""
    path = tmp_path / "baseline.yaml"
    path.write_text("", encoding="utf-8")

    def meanwhile(*_: object) -> str:
        path.write_text("# mine\n", encoding="utf-8")
        return "another text"

    monkeypatch.setattr("conformance.reports.excusing.edited", meanwhile)
    said = command("report", failing, "--baseline", path, "--baseline-update", "--baseline-reason", "why")
    assert said.code == ExitCode.BROKEN_MUST
    assert "was left as it was: it was changed during the run" in said.stdout
    assert path.read_text(encoding="utf-8") == "# mine\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_a_file_that_cannot_be_written_is_told_first(failing: Path, tmp_path: Path) -> None:
    """A folder without the right to write is told before the run, not after."""
    path = tmp_path / "locked" / "baseline.yaml"
    path.parent.mkdir()
    path.parent.chmod(0o500)
    said = command("report", failing, "--baseline", path, "--baseline-update", "--baseline-reason", "why")
    assert said.code == ExitCode.USAGE
    assert "cannot be written" in said.sentence
