"""The matrix and the badge: only complete runs of one contract stand in them, and every figure is one of a run."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.contract import Contract
from conformance.errors import ExitCode
from conformance.reports.badge import text_width
from tests.suite.edited_reports import write_edited, write_of_client
from tests.suite.runs import command
from tests.suite.serving import Shared

Stored = Callable[..., Path]
_SPENT = ("requests", "creates", "possible_creates", "unexpected_creates", "ceiling")
_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def stored(shared: Shared, tmp_path: Path) -> Stored:
    """Writes the full run's report under a name, with something about it changed, and verdicts by their id."""

    def write(name: str, verdicts: dict[str, str] | None = None, **more: Any) -> Path:
        return write_edited(tmp_path / f"{name}.json", shared.report, verdicts, **more)

    return write


class Cells(HTMLParser):
    """Reads the rows of all tables, as texts, and what a page asks of elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.asked: list[str] = []
        self.tags: Counter[str] = Counter()
        self._within = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.asked += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
            self._within = True

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._within:
            self.rows[-1][-1] += data.strip()


def _any(shared: Shared, level: str) -> str:
    return next(
        str(line["id"]) for line in shared.report["verdicts"] if (line["level"], line["verdict"]) == (level, "pass")
    )


def test_each_verdict_stands_in_its_cell(shared: Shared, stored: Stored, tmp_path: Path) -> None:
    """Every requirement has one row, every run one column, and the cell says what the run found."""
    broken = _any(shared, "MUST")
    one, other = stored("one"), stored("other", {broken: "fail"})
    for suffix in (".md", ".html"):
        page = tmp_path / f"matrix{suffix}"
        assert command("matrix", one, other, "-o", page).code == ExitCode.CONFORMS
        text = page.read_text(encoding="utf-8")
        rows = Cells(text).rows if suffix == ".html" else [
            [cell.strip(" `") for cell in row.strip("|").split(" | ")] for row in text.splitlines() if "|" in row
        ]  # fmt: skip
        for line in shared.report["verdicts"]:
            found = [row for row in rows if row[0].startswith(line["id"]) and row[1:2] == [line["level"]]]
            expected = {"pass": "✓", "inconclusive": "? open", "not-run": "not tried"}[line["verdict"]]
            assert [expected, "✗ broken" if line["id"] == broken else expected] in [row[2:4] for row in found]
        summary = shared.report["summary"]
        held = next(row for row in rows if row[0].strip() == "held")
        assert held[1:] == [f"{summary['pass'] - less} of {summary['total']}" for less in (0, 1)]
        assert next(row for row in rows if row[0].strip() == "broken MUST")[1:] == ["0", "1"]


def test_the_page_needs_nothing_else(stored: Stored, tmp_path: Path) -> None:
    """One file that works offline: no script, no address, and what a name or a server says is text."""
    evil = "<script>alert(1)</script>"
    one = stored("one", target={"url": f"http://a/{evil}"})
    page = tmp_path / "matrix.html"
    assert command("matrix", one, "--name", evil, "-o", page).code == ExitCode.CONFORMS
    text = page.read_text(encoding="utf-8")
    read = Cells(text)
    assert read.asked == []
    assert read.tags["script"] == read.tags["link"] == 0
    assert "url(" not in text
    assert any(evil in "".join(row) for row in read.rows)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"complete": False, "trouble": "interrupted"}, "interrupted"),
        ({"contract": {"title": "x", "version": "9.9", "sha256": "0" * 64, "file": "x"}}, "9.9"),
        (
            {"ledger": dict.fromkeys(("requests", "creates", "possible_creates", "unexpected_creates", "ceiling"), 0)},
            "rec",
        ),
        ({"format": 1}, "format 1"),
    ],
)
def test_what_may_not_stand_in_it(
    shared: Shared, stored: Stored, tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    """A run that was cut short, or is of something else, is refused with the reason, and nothing is written."""
    bad, page = stored("bad", **more), tmp_path / "matrix.md"
    refused = command("matrix", shared.path, bad, "-o", page)
    assert refused.code == ExitCode.USAGE
    assert str(bad) in refused.stderr
    assert said in refused.stderr
    assert not page.exists()
    left = command("matrix", shared.path, bad, "-o", page, "--leave-out")
    assert left.code == ExitCode.CONFORMS
    assert f"left out: {bad}" in left.stderr
    assert "| report |" in page.read_text(encoding="utf-8")
    assert command("badge", bad, "-o", tmp_path / "badge.svg").code == ExitCode.USAGE
    assert not (tmp_path / "badge.svg").exists()


def test_a_run_that_asked_for_less_stands_for_nothing(small: Contract, tmp_path: Path) -> None:
    """Whoever asks for what holds alone would have a green badge: such a run is refused."""
    path, drawn = tmp_path / "part.json", tmp_path / "badge.svg"
    command("run", "--contract", small.path, "--max-creates", 0, "--only", "*/auth/missing", "--report-json", path)
    said = command("badge", path, "-o", drawn, "--contract", small.path)
    assert said.code == ExitCode.USAGE
    assert "--only" in said.sentence
    assert not drawn.exists()


def test_names_of_columns(shared: Shared, stored: Stored, tmp_path: Path) -> None:
    """Two columns of one name could not be told apart; too few names leave one without."""
    one, page = stored("one"), tmp_path / "matrix.md"
    assert "--name" in command("matrix", one, one, "-o", page).sentence
    assert command("matrix", one, shared.path, "--name", "a", "-o", page).code == ExitCode.USAGE
    assert command("matrix", one, shared.path, "--name", "a", "--name", "a", "-o", page).code == ExitCode.USAGE
    assert command("matrix", one, "-o", tmp_path / "matrix.txt").code == ExitCode.USAGE
    assert command("matrix", one, one, "--name", "a|b", "--name", "c", "-o", page).code == ExitCode.CONFORMS
    assert "| a&#124;b | c |" in page.read_text(encoding="utf-8")


def test_clients_stand_in_one_as_well(shared: Shared, tmp_path: Path) -> None:
    """By vectors, and under their own noun; beside servers, of which other things are asked, they do not stand."""
    one, other = (write_of_client(tmp_path, name) for name in ("one", "other"))
    for suffix in (".md", ".html"):
        page = tmp_path / f"matrix{suffix}"
        assert command("matrix", one, other, "-o", page).code == ExitCode.CONFORMS
        text = page.read_text(encoding="utf-8")
        assert "Conformance of 2 clients" in text
        assert "other 1.0 (go)" in text
        assert "server" not in text.partition("</style>")[2].partition("createVideo")[0]
    mixed = command("matrix", one, shared.path, "-o", tmp_path / "mixed.md")
    assert mixed.code == ExitCode.USAGE
    assert "some of clients" in mixed.sentence
    assert not (tmp_path / "mixed.md").exists()


@pytest.mark.parametrize(
    ("level", "verdict", "word"),
    [("MUST", "pass", "passing"), ("SHOULD", "fail", "1 SHOULD broken"), ("MUST", "fail", "failing: 1 MUST broken")],
)
def test_a_badge_says_what_the_run_has_shown(
    shared: Shared, stored: Stored, tmp_path: Path, level: str, verdict: str, word: str
) -> None:
    """Title and text say the same; it names the contract's version, and a broken MUST is failing."""
    path = stored("run", {_any(shared, level): verdict})
    drawn = tmp_path / "badge.svg"
    assert command("badge", path, "-o", drawn).code == ExitCode.CONFORMS
    root = ET.fromstring(drawn.read_text(encoding="utf-8"))  # noqa: S314 - of our own making
    title = root.findtext(f"{_SVG}title") or ""
    texts = [found.text or "" for found in root.iter(f"{_SVG}text")]
    assert title == ": ".join(texts) == root.get("aria-label")
    assert word in title
    assert shared.report["contract"]["version"] in texts[0]
    assert root.get("role") == "img"


def test_the_text_of_a_badge_fits(stored: Stored, tmp_path: Path) -> None:
    """Each text has the room that it needs, whatever the font: its half is as wide as it, and both fill the badge."""
    drawn = tmp_path / "badge.svg"
    command("badge", stored("run"), "-o", drawn)
    root = ET.fromstring(drawn.read_text(encoding="utf-8"))  # noqa: S314 - of our own making
    halves = [found for found in root.iter(f"{_SVG}rect") if found.get("fill")]
    texts = list(root.iter(f"{_SVG}text"))
    for half, text in zip(halves, texts, strict=True):
        assert int(text.get("x", "")) > int(half.get("x", ""))
        assert int(text.get("textLength", "")) == text_width(text.text or "")
        assert int(text.get("textLength", "")) < int(half.get("width", ""))
    assert sum(int(half.get("width", "")) for half in halves) == int(root.get("width", ""))
    assert text_width("mmmm") > 2 * text_width("iiii") > 0


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a Chromium to measure text in")
def test_a_browser_agrees_about_the_width(tmp_path: Path) -> None:
    """A browser that sets the texts of a badge in DejaVu Sans finds them as wide as they were taken for."""
    texts = ["contract 1.0.0, set 1.0", "passing: 305 of 332 hold, 12 SHOULD broken", "failing: 17 MUST broken"]
    spans = "".join(f'<span style="font:11px DejaVu Sans;white-space:pre">{text}</span><br>' for text in texts)
    script = "document.body.title=[...document.querySelectorAll('span')].map(s=>s.getBoundingClientRect().width)"
    page = tmp_path / "page.html"
    page.write_text(f"<body>{spans}<script>{script}</script>", encoding="utf-8")
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    made = subprocess.run([*browser, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True)
    found = re.search('title="([0-9.,]+)"', made.stdout)
    assert found is not None
    for text, width in zip(texts, found[1].split(","), strict=True):
        assert abs(text_width(text) - float(width)) <= 2
