"""The HTML report as a file, without a browser: one file that is whole, the same each time, and lets nothing out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.contract import load
from conformance.reports.html.entries import PageLines
from conformance.reports.html.matrices import overviews
from conformance.reports.html.page import foreign, page, prose
from conformance.reports.report import Report
from tests.suite.runs import ROOT, carry_out, command
from tests.suite.serving import Serve, Shared

pytestmark = pytest.mark.thorough

_FETCHING = ("src", "srcset", "data", "action", "formaction", "poster", "background", "style", "manifest", "ping")


class _Elements(HTMLParser):
    """Every element of a document with its attributes, and what stands in style and script."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] in ("style", "script"):
            self.inside.setdefault(self.found[-1][0], data)


@pytest.fixture(scope="module")
def written(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the full run, as `report` writes it."""
    path = tmp_path_factory.mktemp("html") / "report.html"
    assert command("report", shared.path, "--report-html", path).code == 0
    return path.read_text(encoding="utf-8")


def test_a_run_and_its_report_give_the_same_page(serve: Serve, tmp_path: Path) -> None:
    """What a run writes, and what `report` makes of its JSON or its events later, is the same to the byte."""
    server = serve()
    pages = [tmp_path / f"{name}.html" for name in ("run", "json", "events")]
    made, events = tmp_path / "report.json", tmp_path / "events.jsonl"
    run = ("run", "--url", server.url, "--max-creates", 0, "--only", "*/auth/*", "--events", events)
    command(*run, "--report-json", made, "--report-html", pages[0])
    command("report", made, "--report-html", pages[1])
    command("report", events, "--report-html", pages[2])
    texts = {path.read_bytes() for path in pages}
    assert len(texts) == 1
    assert texts.pop().startswith(b"<!doctype html>")


def test_the_file_needs_nothing_but_itself(written: str) -> None:
    """No element names anything to fetch, no style imports, and links lead within the page."""
    elements = _Elements(written)
    assert [(tag, name) for tag, given in elements.found for name in given if name in _FETCHING] == []
    assert [given["href"] for _, given in elements.found if not str(given.get("href", "#")).startswith("#")] == []
    assert {tag for tag, _ in elements.found}.isdisjoint({"link", "img", "iframe", "object", "embed", "base"})
    assert not re.search(r"@import|url\(", elements.inside["style"])
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import|eval|innerHTML)\b", elements.inside["script"])


def test_the_policy_allows_this_style_and_this_script_alone(written: str) -> None:
    """Even what slipped through as markup could load nothing, run nothing, and send nothing."""
    elements = _Elements(written)
    policies = [given["content"] for _, given in elements.found if given.get("http-equiv") == "Content-Security-Policy"]
    digests = {
        name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for name, text in elements.inside.items()
    }
    allowed = f"style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'"
    assert policies == [f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"]
    assert [name for _, given in elements.found for name in given if name.startswith("on")] == []


def test_links_lead_to_what_is_there_once(written: str) -> None:
    """Each id is given once, and each link within the page finds one."""
    elements = _Elements(written)
    ids = Counter(given["id"] for _, given in elements.found if "id" in given)
    assert max(ids.values()) == 1
    assert {str(given["href"])[1:] for _, given in elements.found if "href" in given} <= ids.keys()


@pytest.mark.parametrize("name", ["own", "library-loans", "openai-videos", "sms-basic"])
def test_every_requirement_has_one_cell(name: str, shared: Shared, serve: Serve) -> None:
    """The matrices hold each requirement once, so that what is looked at adds up to what was judged."""
    if name == "own":
        made = Report.from_dict(shared.report)
    else:
        contract = load(ROOT / "tests" / "growth" / "contracts" / f"{name}.yaml")
        made = carry_out(contract, serve(contract=contract).url, max_creates=0, tier="free").report
    entries = PageLines(made)
    found = Counter[int]()
    for overview in overviews(entries):
        cells = [cell for grid in overview.grids for rows in grid.bodies.values() for row in rows for cell in row.cells]
        cells += [cell for strip in overview.strips for cell in strip.cells]
        found.update(entry.number for cell in cells if cell is not None for entry in cell.entries)
        values = [row.cell for grid in overview.values for row in grid.rows]
        assert all(cell is not None and found[cell.shown.number] == 1 for cell in values)
    assert found == Counter(entry.number for entry in entries.all)
    assert sum(len(group.entries) for group in entries.groups) == len(made.verdicts)


def test_an_ordinary_run_does_without_the_template_engine() -> None:
    """Who asks for no page does not wait for what makes one."""
    lines = "import sys, conformance.cli.run, conformance.cli.report; print('jinja2' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_a_text_of_somebody_else_is_made_harmless() -> None:
    """What could command a browser is written out, lines stay lines, and what is long is cut and says so."""
    assert foreign("a\r\nb\n\x00\u202e") == "a\nb\n\\x00\\u202e"
    assert foreign("x" * 5_000).endswith(" … (5000 characters)")
    assert len(foreign("x" * 5_000, None)) == 5_000
    assert prose("`<b>` & <i>") == "<code>&lt;b&gt;</code> &amp; &lt;i&gt;"
    assert prose("a ` b") == "a ` b"


def test_an_incomplete_run_is_no_success(shared: Shared) -> None:
    """A run that ended early says so first, whatever it found until then."""
    made = Report.from_dict({**shared.report, "complete": False, "trouble": "interrupted"})
    assert re.search(r"<h1[^>]*>.*Incomplete</h1>", page(made))
    assert "The run ended early: <bdi>interrupted</bdi>" in page(made)
    fine = page(Report.from_dict(json.loads(json.dumps(shared.report))))
    assert re.search(r"<h1[^>]*>.*Conforms</h1>", fine)
