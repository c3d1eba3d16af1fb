"""The pages of the contract and of its requirements in a real Chromium: complete, offline, and open to everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from conformance.contract import Contract, load
from conformance.requirements import catalogue
from conformance.requirements.explanations import explain
from scripts.generator.docs import write_docs
from tests.suite.browsing import DESKTOP, OPEN_ALL, PHONE, TOO_FAINT, TOO_WIDE, VIEWS, Tab, View, opened, shown_ids
from tests.suite.runs import ROOT

pytestmark = pytest.mark.thorough

DOCS = ROOT / "generated" / "docs"
NAMES = ("index.html", "requirements.html")

_IDS = "[...document.querySelectorAll('[id]')].map((element) => element.id)"
_FEW = "[...document.querySelectorAll('.row')].slice(25).forEach((row) => row.remove())"
_LINKS = "[...document.querySelectorAll('a[href]')].map((link) => link.href)"

Show = Callable[..., Tab]


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens a page without any network, and holds it to ask for nothing but itself and to say nothing."""
    tabs: list[tuple[Path, Tab]] = []

    def start(path: Path, view: View = DESKTOP) -> Tab:
        tabs.append((path, opened(browser, path, view, offline=True)))
        return tabs[-1][1]

    yield start
    for path, tab in tabs:
        asked = {url.partition("#")[0] for url in tab.asked} - {other.as_uri() for other in path.parent.iterdir()}
        tab.page.context.close()
        assert (asked, tab.said) == (set(), [])


@pytest.fixture(scope="module")
def short(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a short contract: for what takes its time with every element."""
    folder = tmp_path_factory.mktemp("docs")
    write_docs(small, folder)
    return folder


def test_the_page_has_all_of_the_contract(show: Show, contract: Contract) -> None:
    """Each operation, input, answer and listed value, what is documented and what is not, and what may be missing."""
    tab = show(DOCS / "index.html")
    tab.run(OPEN_ALL)
    for operation in contract.operations:
        card = tab.page.locator(f"[id='{operation.id}']")
        text = card.inner_text()
        marks = card.locator(".marks .from").all_inner_texts()
        expected = {operation.provenance: True, "optional": operation.optional, "billable": operation.billable}
        assert marks == [mark for mark, is_there in expected.items() if is_there]
        assert [part for part in (operation.method, operation.path) if part not in text] == []
        assert [found.name for found in operation.inputs if found.name not in text] == []
        assert [found.pattern for found in operation.responses if found.pattern not in text] == []
        for declared in operation.inputs:
            row = card.locator(f"[id$='/{declared.name}']")
            assert row.locator(".from").first.inner_text() == declared.provenance
            if declared.required:
                assert "required" in row.locator("th").inner_text()
    schemas = contract.document.data["components"]["schemas"]
    text = tab.page.locator("main").inner_text()
    assert [name for name in schemas if name not in text] == []
    values = {str(value) for schema in schemas.values() for value in schema.get("enum", ())}
    assert values
    assert [value for value in values if value not in text] == []


def test_every_requirement_is_told_at_its_anchor(show: Show, contract: Contract) -> None:
    """What it asks, where it comes from, why, what breaks, how it is mended, and a fault that breaks it."""
    tab = show(DOCS / "requirements.html")
    known = catalogue(contract)
    texts = dict(
        tab.run("[...document.querySelectorAll('.row')].map((row) => [row.id, row.textContent.replace(/\\s+/g, ' ')])")
    )
    assert sorted(texts) == sorted(known.by_id)
    for requirement in known:
        explanation = explain(requirement.id)
        assert explanation is not None
        wanted = [requirement.statement, requirement.source.reference, requirement.source.provenance]
        wanted += [explanation.why, explanation.breaks, explanation.mend, requirement.layer.mended_in, "Fault"]
        text = texts[requirement.id]
        assert [part for part in wanted if " ".join(part.replace("`", "").split()) not in text] == [], requirement.id


def test_one_finds_a_requirement_and_can_pass_it_on(show: Show, contract: Contract) -> None:
    """By words, by level and source; the address of one leads to it, open, from the other page too."""
    tab = show(DOCS / "requirements.html")
    everything = catalogue(contract)
    tab.page.get_by_role("searchbox").fill("auth  REFUSED")
    found = shown_ids(tab)
    assert 0 < len(found) < len(everything)
    tab.page.get_by_role("button", name="Reset").click()
    tab.page.locator("label.chip:has([name=origin][value=observed])").click()
    assert set(shown_ids(tab)) == {each.id for each in everything if each.source.provenance == "observed"}
    index = show(DOCS / "index.html")
    index.page.locator("a.asked").first.click()
    row = index.page.locator("details[open].row")
    row.wait_for()
    assert row.count() == 1
    assert index.page.url.endswith(f"#{row.get_attribute('id')}")
    row.locator("dd a").first.click()
    index.page.wait_for_url(re.compile(r"/index\.html#"))
    assert index.page.locator(":target").count() == 1


def test_no_link_leads_nowhere(show: Show) -> None:
    """Each link is to a place of one of the two pages."""
    tabs = {(DOCS / name).as_uri(): show(DOCS / name) for name in NAMES}
    places = {address: set(tab.run(_IDS)) for address, tab in tabs.items()}
    assert all(len(tab.run(_IDS)) == len(places[address]) for address, tab in tabs.items()), "an id stands twice"
    for tab in tabs.values():
        for link in set(tab.run(_LINKS)):
            address, _, place = link.partition("#")
            if address in places:
                assert not place or place in places[address], link
            else:
                assert address.startswith("https://"), link


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize("name", NAMES)
def test_it_fits_every_screen_and_can_be_read(name: str, view: View, short: Path, show: Show) -> None:
    """Nobody scrolls sideways, closed or open, and each text has the contrast of WCAG 2 AA in both themes."""
    assert show(DOCS / name, view).run(TOO_WIDE) == []
    tab = show(short / name, view)
    tab.run(OPEN_ALL)
    assert tab.run(TOO_WIDE) == []
    seen = tab.run(TOO_FAINT)
    assert seen["faint"] == []
    assert seen["looked"] > 100


@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=lambda view: view.name)
@pytest.mark.parametrize("name", NAMES)
def test_nothing_on_it_stands_in_the_way_of_anybody(name: str, view: View, short: Path, show: Show) -> None:
    """The tool axe finds no violation of WCAG or of good practice."""
    tab = show(short / name, view)
    tab.run(_FEW)
    tab.run(OPEN_ALL)
    violations = Axe().run(tab.page).response["violations"]
    assert [(found["id"], found["nodes"][0]["html"][:120]) for found in violations] == []


@pytest.mark.parametrize("name", ["library-loans", "openai-videos", "sms-basic"])
def test_another_contract_has_its_pages(name: str, tmp_path: Path, show: Show) -> None:
    """Nothing on them is of the project's own contract."""
    contract = load(ROOT / "tests" / "growth" / "contracts" / f"{name}.yaml")
    write_docs(contract, tmp_path)
    tab = show(tmp_path / "index.html", PHONE)
    tab.run(OPEN_ALL)
    assert tab.run(TOO_WIDE) == []
    text = tab.page.locator("main").inner_text()
    assert [operation.id for operation in contract.operations if operation.id not in text] == []
    own = {operation.path for operation in load().operations} - {operation.path for operation in contract.operations}
    assert [path for path in own if path in text] == []
    requirements = show(tmp_path / "requirements.html")
    assert set(requirements.run(_IDS)) >= set(catalogue(contract).by_id)
