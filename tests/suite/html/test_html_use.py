"""The HTML report in a real Chromium, as it is used: by mouse and keyboard, with filters, and without a script."""

from __future__ import annotations

from typing import Any

import pytest

from tests.suite.browsing import DESKTOP, PHONE, Made, Open, View, choose, shown_ids

pytestmark = pytest.mark.thorough


def test_a_command_is_copied(broken: Made, open_page: Open) -> None:
    """The button gives the clipboard the command as it stands in the report, and says that it did."""
    tab = open_page(broken, permissions=["clipboard-read", "clipboard-write"])
    button = tab.page.locator(".cause .copy").first
    button.click()
    tab.page.wait_for_function("document.querySelector('.cause .copy').textContent !== 'Copy'")
    assert button.inner_text() == "Copied"
    commands = {line["evidence"]["curl"] for line in broken.report["verdicts"] if line["evidence"]}
    assert tab.run("navigator.clipboard.readText()") in commands


def test_filters_and_search_narrow_what_is_shown(broken: Made, open_page: Open) -> None:
    """Choices within a kind add up, kinds and words narrow; the count says how many, and reset brings all back."""
    tab = open_page(broken)
    everything = broken.ids()
    assert sorted(shown_ids(tab)) == sorted(everything)
    choose(tab, "verdict", "fail")
    assert sorted(shown_ids(tab)) == sorted(broken.ids(verdict="fail"))
    choose(tab, "level", "MUST")
    chosen = broken.ids(verdict="fail", level="MUST")
    assert 0 < len(chosen) < len(broken.ids(verdict="fail"))
    assert sorted(shown_ids(tab)) == sorted(chosen)
    assert tab.texts("#shown") == [f"{len(chosen)} of {len(everything)} shown"]
    choose(tab, "verdict", "pass")
    either = [*chosen, *broken.ids(verdict="pass", level="MUST")]
    assert sorted(shown_ids(tab)) == sorted(either)
    tab.page.get_by_role("button", name="Reset").click()
    assert sorted(shown_ids(tab)) == sorted(everything)
    choose(tab, "layer", "hardening")
    assert sorted(shown_ids(tab)) == sorted(broken.ids(layer="hardening"))
    tab.page.get_by_role("button", name="Reset").click()
    tab.page.get_by_role("searchbox").fill("  AUTH   invalid ")
    found = shown_ids(tab)
    assert broken.ids()[1] in found
    assert len(found) < len(everything) / 4
    tab.page.get_by_role("searchbox").fill("no-requirement-says-this")
    assert shown_ids(tab) == []
    assert tab.page.get_by_text("No requirement matches.").is_visible()
    assert tab.page.locator(".group").first.is_hidden()


def test_a_tally_leads_to_what_it_counts(broken: Made, open_page: Open) -> None:
    """A count at the top shows, when it is followed, just what it counted."""
    tab = open_page(broken)
    tab.page.locator(".tally a[data-choose=fail]").click()
    assert sorted(shown_ids(tab)) == sorted(broken.ids(verdict="fail"))


def test_a_cell_leads_to_its_requirement(broken: Made, open_page: Open) -> None:
    """What is pointed at is told, and what is followed is opened, even where a filter hides it."""
    tab = open_page(broken)
    choose(tab, "verdict", "not-run")
    cell = tab.page.locator(".matrix a.cell.pass").first
    cell.hover()
    told = tab.page.locator("#readout")
    assert told.is_visible()
    assert told.inner_text() == cell.get_attribute("title")
    cell.click()
    row = tab.page.locator(cell.get_attribute("href") or "")
    assert row.get_attribute("open") is not None
    assert row.locator(".title > code").inner_text() in (cell.get_attribute("title") or "")
    assert tab.run("document.activeElement.parentElement.id") == row.get_attribute("id")
    assert row.locator("summary").is_visible()


def test_a_link_from_outside_leads_to_its_requirement(broken: Made, open_page: Open) -> None:
    """The address of a requirement on the page can be sent to somebody, who finds it open."""
    tab = open_page(broken)
    tab.page.goto(f"{broken.page.as_uri()}#r2")
    tab.page.reload()
    assert tab.page.locator("#r2").get_attribute("open") is not None


_FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const drawn = at.matches(".chip input") ? at.nextElementSibling : at;
  const { left, top, width, height } = drawn.getBoundingClientRect();
  const style = getComputedStyle(drawn);
  const hit = document.elementFromPoint(left + Math.min(width / 2, 300), top + Math.min(height / 2, 12));
  const grids = [...document.querySelectorAll("[data-grid]:has(a.cell)")];
  return {
    what: at.outerHTML.slice(0, 90),
    ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: Boolean(hit) && [drawn, at.parentElement].some((part) => part.contains(hit)),
    grid: at.matches("a.cell") ? grids.indexOf(at.closest("[data-grid]")) : null,
  };
}"""


@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=lambda view: view.name)
def test_the_tab_key_leads_through_the_whole_page(short: Made, view: View, open_page: Open) -> None:
    """Wherever the focus goes it is drawn and in sight; a matrix is one stop; the walk comes to an end."""
    tab = open_page(short, view)
    stops: list[dict[str, Any]] = []
    while True:
        tab.page.keyboard.press("Tab")
        stop = tab.run(_FOCUS)
        if stop is None:
            break
        stops.append(stop)
        assert len(stops) < 600
    assert stops[0]["what"].startswith('<a class="skip"')
    assert [stop["what"] for stop in stops if not stop["ringed"]] == []
    assert [stop["what"] for stop in stops if not stop["seen"]] == []
    grids = [stop["grid"] for stop in stops if stop["grid"] is not None]
    assert grids == list(range(tab.page.locator("[data-grid]:has(a.cell)").count()))
    assert sum("<summary>" in stop["what"] for stop in stops) >= short.report["summary"]["total"]


def test_the_page_is_used_by_keyboard_alone(broken: Made, open_page: Open) -> None:
    """Skip link, arrows within a matrix, Enter to what a cell stands for, slash to the search, Space on a filter."""
    tab = open_page(broken)
    keys = tab.page.keyboard
    keys.press("Tab")
    keys.press("Enter")
    keys.press("Tab")
    assert tab.run("document.activeElement.closest('section').id") == "broken"
    tab.page.locator(".matrix a.cell").first.focus()
    first = tab.run("document.activeElement.getBoundingClientRect().toJSON()")
    keys.press("ArrowRight")
    right = tab.run("document.activeElement.getBoundingClientRect().toJSON()")
    assert right["x"] > first["x"]
    assert right["y"] == first["y"]
    keys.press("ArrowDown")
    below = tab.run("document.activeElement.getBoundingClientRect().toJSON()")
    assert below["y"] > right["y"]
    assert below["x"] == right["x"]
    assert tab.page.locator("#readout").is_visible()
    title = tab.run("document.activeElement.title")
    keys.press("Enter")
    tab.page.wait_for_function("document.activeElement.tagName === 'SUMMARY'")
    assert title.endswith(tab.run("document.activeElement.querySelector('code').textContent"))
    assert tab.run("document.activeElement.parentElement.open") is True
    keys.press("Enter")
    assert tab.run("document.activeElement.parentElement.open") is False
    keys.press("/")
    assert tab.run("document.activeElement.id") == "search"
    keys.press("Tab")
    keys.press("Space")
    value = tab.run("document.activeElement.value")
    assert sorted(shown_ids(tab)) == sorted(broken.ids(verdict=value))


def test_the_theme_can_be_chosen_and_stays(broken: Made, open_page: Open) -> None:
    """The switch turns the system's theme round, says so to a screen reader, and is remembered."""
    tab = open_page(broken)
    switch = tab.page.get_by_role("button", name="Dark")
    assert switch.get_attribute("aria-pressed") == "false"
    assert tab.brightness(5, 400) > 600
    switch.click()
    assert tab.brightness(5, 400) < 200
    assert switch.get_attribute("aria-pressed") == "true"
    tab.page.reload()
    assert tab.brightness(5, 400) < 200


def test_nothing_needs_a_script(broken: Made, open_page: Open) -> None:
    """Without JavaScript everything is there and opens; what only a script could do is not shown."""
    tab = open_page(broken, java_script_enabled=False)
    page = tab.page
    assert page.locator("#filters").is_hidden()
    assert page.locator("#theme").is_hidden()
    assert page.locator(".copy").first.is_hidden()
    assert page.locator(".row").count() == broken.report["summary"]["total"]
    row = page.locator(".row.fail").first
    row.locator("summary").click()
    assert row.locator("pre.command").is_visible()
    assert page.locator(".matrix a.cell").first.is_visible()
