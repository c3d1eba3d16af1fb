"""The report in short: its figures, its place in the summary of a CI, and nothing of a server that becomes markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from attrs import evolve
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conformance.cli.step_summary import VARIABLE
from conformance.reports.events import read_report
from conformance.reports.formats import EVENTS_NAME
from conformance.reports.grouping import areas, causes
from tests.suite.rendered import HOST, Rendered
from tests.suite.runs import command

_LARGEST = 1024 * 1024
_CODE = ("code_inline", "fence")
_OURS = {"heading", "blockquote", "paragraph", "bullet_list", "ordered_list", "list_item", "strong", "table", "thead"}
_OURS |= {"tbody", "tr", "th", "td"}


def _tokens(text: str) -> list[Token]:
    """All tokens, those within paragraphs too."""
    parsed = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    return [token for block in parsed for token in (block, *(block.children or ()))]


def _rows(text: str) -> list[list[str]]:
    return [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")][2:]


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_figures_are_those_of_the_report(name: str, request: pytest.FixtureRequest) -> None:
    """The sums, the spend, the areas and the causes are those of the JSON report."""
    made: Rendered = request.getfixturevalue(name)
    text, summary, ledger = made.text("report.md"), made.report["summary"], made.report["ledger"]
    assert f"{summary['decided']} of {summary['total']} requirements decided: {summary['pass']} pass" in text
    assert f"{summary['failed_must']} MUST and {summary['failed_should']} SHOULD broken" in text
    assert f"{ledger['requests']} requests, {ledger['creates']} creates (ceiling {ledger['ceiling']})" in text
    rows = [[cell.strip() for cell in row] for row in _rows(text)]
    report = read_report(made.folder / "report.json")
    assert [(row[0], int(row[1]), int(row[2]), int(row[4])) for row in rows] == [
        (area.name, area.held, area.total, area.undecided) for area in areas(report.verdicts)
    ]
    assert sum(int(row[2]) for row in rows) == summary["total"]
    numbers = re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, len(causes(report)) + 1))
    shown = [token.content for token in _tokens(text) if token.type == "code_inline"]
    assert all(line["id"] in shown for line in made.lines("fail"))


def test_what_a_server_says_stays_in_code(spiteful: Rendered) -> None:
    """No answer becomes a heading, a list, a link, a picture, a mention or HTML: it stands in code, and there alone."""
    tokens = _tokens(spiteful.text("report.md"))
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= {*_OURS, *_CODE, "inline", "text", "softbreak", "hardbreak"}
    told = [token for token in tokens if HOST in token.content and token.type != "inline"]
    assert told
    assert {token.type for token in told} <= set(_CODE)
    prose = " ".join(token.content for token in tokens if token.type == "text")
    assert [mark for mark in ("@", "://", "www.", "<", "#") if mark in prose] == []
    fences = [token for token in tokens if token.type == "fence"]
    assert all(len(token.content.splitlines()) == 2 for token in fences)


def test_it_is_short(spiteful: Rendered, faulty: Rendered) -> None:
    """It is read on a page among others: a few screens at most, whatever a server answers."""
    for made in (spiteful, faulty):
        assert len(made.text("report.md").splitlines()) < 100
        assert len(made.text("report.md")) < 20_000


def test_it_stays_short_where_all_is_broken(faulty: Rendered, tmp_path: Path) -> None:
    """Where all is broken, each in its own way and by a long command, it names the gravest and counts the rest."""
    report = read_report(faulty.folder / "report.json")
    some = next(line.evidence for line in report.verdicts if line.evidence is not None)
    broken = [
        evolve(line, verdict="fail", evidence=evolve(some, probe=line.id, curl="curl " + "x" * 20_000, answer=line.id))
        for line in report.verdicts
    ]
    made = evolve(report, verdicts=tuple(broken))
    (tmp_path / "r.json").write_text(json.dumps(made.to_dict()), encoding="utf-8")
    command("report", tmp_path / "r.json", "--report-markdown", tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert len(text) < 30_000
    shown = len(re.findall(r"^\d+\. \*\*MUST", text, re.MULTILINE))
    assert f"… and {len(causes(made)) - shown} more causes" in text


def test_it_is_appended_to_the_summary_of_the_step(
    faulty: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On GitHub the report stands in the summary without any option, behind what other tools wrote there."""
    summary = tmp_path / "summary"
    monkeypatch.setenv(VARIABLE, str(summary))
    for before in ("", "# From another tool\n"):
        summary.write_text(before, encoding="utf-8")
        assert command("report", faulty.events).code == faulty.said.code
        shown = faulty.text("report.md")
        assert summary.read_text(encoding="utf-8") == (f"{before}\n{shown}" if before else shown)
    summary.unlink()
    command("report", faulty.events, "--report-markdown", tmp_path / "r.md")
    assert summary.read_bytes() == (tmp_path / "r.md").read_bytes()


def test_a_run_appends_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was broken off stands in the summary too, once."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "summary"))
    command("run", "--url", "http://127.0.0.1:9", "--max-creates", 0, "--report-dir", tmp_path / "reports")
    assert (tmp_path / "reports" / EVENTS_NAME).exists()
    assert (tmp_path / "summary").read_text(encoding="utf-8").count("## ") == 1


def test_a_summary_that_is_nearly_full(faulty: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub shows nothing of a summary above 1 MiB: near that, the verdict and the sums are appended, or nothing."""
    summary = tmp_path / "summary"
    monkeypatch.setenv(VARIABLE, str(summary))
    whole = faulty.text("report.md")
    for room, expected in ((len(whole.encode()) + 1, whole), (900, whole.partition("### ")[0]), (50, "")):
        summary.write_bytes(b"x" * (_LARGEST - room))
        said = command("report", faulty.events)
        assert said.code == faulty.said.code
        data = summary.read_bytes()
        assert len(data) <= _LARGEST
        assert data.lstrip(b"x").decode().strip("\n") == expected.strip("\n")
        assert ("is full" in said.stderr) is (not expected)


def test_a_summary_that_cannot_be_written_fails_nothing(
    faulty: Rendered, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict does not depend on a page of the CI: what is wrong with it is told, and that is all."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "none" / "summary"))
    said = command("report", faulty.events)
    assert said.code == faulty.said.code
    assert said.stdout == faulty.said.stdout
    assert "No such file or directory" in said.stderr
