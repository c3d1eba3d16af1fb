"""The HTML report in a real Chromium, as it looks: at every width, in both themes, on paper, and under attack."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.suite.browsing import (
    DESKTOP,
    EVIL,
    OPEN_ALL,
    PHONE,
    TOO_FAINT,
    TOO_WIDE,
    VIEWS,
    Made,
    Open,
    Tab,
    View,
    choose,
    shown_ids,
)

pytestmark = pytest.mark.thorough

_PAGES = ("broken", "excused", "whole", "hostile", "other", "nothing")


@pytest.fixture(params=_PAGES)
def any_page(request: pytest.FixtureRequest) -> Made:
    """Each kind of report."""
    made: Made = request.getfixturevalue(request.param)
    return made


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_nothing_is_wider_than_the_screen(any_page: Made, view: View, open_page: Open) -> None:
    """A reader never scrolls sideways, with everything closed or everything open; wide tables scroll by themselves."""
    tab = open_page(any_page, view)
    assert tab.run(TOO_WIDE) == []
    tab.run(OPEN_ALL)
    assert tab.run(TOO_WIDE) == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_text_can_be_read(excused: Made, view: View, open_page: Open) -> None:
    """Each text has the contrast of WCAG 2 AA with what is behind it, signs and texts that are closed at first too."""
    tab = open_page(excused, view)
    tab.run(OPEN_ALL)
    seen = tab.run(TOO_FAINT)
    assert seen["faint"] == []
    assert seen["looked"] > 1_000


@pytest.mark.parametrize("view", [DESKTOP, PHONE], ids=lambda view: view.name)
def test_nothing_stands_in_the_way_of_anybody(short: Made, view: View, open_page: Open) -> None:
    """The tool axe finds no violation of WCAG or of good practice: names, roles, headings, targets, landmarks."""
    tab = open_page(short, view, bypass_csp=True)
    tab.run("for (const part of document.querySelectorAll('.cause, .row.fail')) part.open = true")
    found = Axe().run(tab.page, options={"rules": {"color-contrast": {"enabled": False}}})  # the test above has it
    assert [(one["id"], one["nodes"][0]["html"]) for one in found.response["violations"]] == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_pictures_show_the_verdict_and_the_matrix(broken: Made, view: View, open_page: Open) -> None:
    """What a person sees: paper of the chosen theme, the sign of the verdict, and each cell in its own colour."""
    tab = open_page(broken, view)
    picture = tab.picture()
    colours = Counter({colour: count for count, colour in picture.getcolors(picture.width * picture.height) or ()})
    assert len(colours) > 100
    assert (tab.brightness(3, 300) > 600) is (view.scheme == "light")
    (sign,) = _spots(tab, "h1 .sign")
    assert picture.getpixel(sign[:2]) == sign[2]
    assert colours[sign[2]] > 200
    red, green, blue = sign[2]
    assert red > 2 * max(green, blue)
    tab.run("document.querySelector('.matrix').scrollIntoView({block: 'center'})")
    picture, spots = tab.picture(), _spots(tab, ".matrix a.cell")
    assert len(spots) >= 10
    assert [spot for spot in spots if picture.getpixel(spot[:2]) != spot[2]] == []


def _spots(tab: Tab, selector: str) -> list[tuple[int, int, tuple[int, int, int]]]:
    """Return a point near the edge of each element that is in sight, and the colour that it has to have there."""
    found = tab.page.locator(selector).evaluate_all(
        """(elements) => elements.map((element) => {
          const { left, top } = element.getBoundingClientRect();
          const [x, y] = [Math.round(left) + 4, Math.round(top) + 4];
          const hit = document.elementFromPoint(x, y);
          const colour = getComputedStyle(element).backgroundColor.match(/\\d+/g).map(Number);
          return [x, y, colour, Boolean(hit) && element.contains(hit)];
        })"""
    )
    return [(x, y, tuple(colour)) for x, y, colour, seen in found if seen]


def test_every_figure_is_that_of_the_report(broken: Made, open_page: Open) -> None:
    """The page counts nothing twice, and nothing for itself: rows, cells, tallies and spend are the report's."""
    tab, report = open_page(broken), broken.report
    summary, ledger = report["summary"], report["ledger"]
    counts = {name: summary[name] for name in ("pass", "fail", "inconclusive", "not-run") if summary[name]}
    told = dict(text.rsplit(" ", 1) for text in tab.texts(".tally a"))
    assert {name.split()[-1]: int(count) for name, count in told.items()} == counts
    assert len(tab.texts(".row summary")) == summary["total"]
    assert Counter(tab.run("[...document.querySelectorAll('.row')].map((row) => row.dataset.verdict)")) == counts
    figures = " ".join(tab.texts(".figures"))
    assert f"{summary['decided']} of {summary['total']}" in figures
    assert f"requests {ledger['requests']} creates {ledger['creates']} of at most {ledger['ceiling']}" in figures
    assert f"{summary['failed_must']} MUST and {summary['failed_should']} SHOULD broken" in tab.texts(".lede")[0]
    assert tab.texts("h1")[0].endswith("Does not conform")
    assert len(tab.texts(".cause")) == int(re.search(r"of (\d+) cause", tab.texts(".lede")[0])[1])  # type: ignore[index]  # or it fails
    grouped = sum(map(int, tab.texts(".reasons .count")))
    blocked = [line for line in report["verdicts"] if line["blocked_by"]]
    assert grouped + len(blocked) == summary["inconclusive"] + summary["not-run"]


def test_what_is_excused_stands_apart(excused: Made, open_page: Open) -> None:
    """A known failure is neither hidden nor told among those that count; a flaky one shows every attempt."""
    tab, failed = open_page(excused), excused.ids(verdict="fail")
    assert len(tab.texts(".cause")) == 1
    assert "flaky" in tab.texts(".cause summary")[0]
    listed = tab.texts("#excused li")
    assert len(listed) == len(failed) - 1
    assert "known: an old proxy, until 2027-01-31 (https://tracker.example/7)" in listed[0]
    assert {text.rpartition(": ")[2] for text in listed if "not scored" in text} == {"it rests on a convention"}
    assert "excused: 1 known" in tab.texts(".lede")[0]
    assert tab.page.locator("#glance a.cell.fail.excused").count() == len(failed) - 1
    row = tab.page.locator(".row.fail", has=tab.page.locator(".attempts"))
    row.locator("summary").click()
    assert "flaky, failed 1 of 2 times: fail, pass" in " ".join(row.inner_text().split())


def test_a_failure_says_all_that_mending_it_takes(broken: Made, open_page: Open) -> None:
    """Each broken requirement shows what was asked and seen, why, the fix, the request, the answer and the command."""
    tab = open_page(broken)
    for line in (line for line in broken.report["verdicts"] if line["verdict"] == "fail"):
        row = tab.page.locator(".row.fail", has_text=line["id"]).first
        row.locator("summary").click()
        shown = " ".join(row.inner_text().split())
        for text in (line["id"], line["reason"].replace("`", ""), line["statement"].replace("`", "")):
            assert " ".join(text.split()) in shown
        assert {"Seen", "Asked", "Why", "Breaks", "Fix", "Where", "Source"} <= {*row.locator("dt").all_inner_texts()}
        evidence = line["evidence"]
        assert row.locator("pre.command").text_content() == evidence["curl"]
        assert evidence["request"].split()[0] in shown
        assert f"HTTP {evidence['status']}" in shown


def test_paper_shows_what_is_not_a_pass(broken: Made, open_page: Open) -> None:
    """On paper each failure stands open in the light theme, and controls are gone; the PDF has its pages."""
    tab = open_page(broken, View("dark", 1440, 900, "dark"))
    page = tab.page
    page.emulate_media(media="print")
    closed = page.locator(".row.fail .inside, .cause .inside")
    heights = [closed.nth(index).evaluate("(e) => e.getBoundingClientRect().height") for index in range(closed.count())]
    assert len(heights) > len(broken.ids(verdict="fail"))
    assert min(heights) > 100
    assert page.locator(".row.pass .inside").first.is_hidden()
    assert [page.locator(name).is_hidden() for name in ("#filters", "#theme", ".bar nav", ".skip")] == [True] * 4
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.run("getComputedStyle(document.querySelector('.row')).color") == "rgb(28, 32, 36)"
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF-")
    assert 5 < len(re.findall(rb"/Type\s*/Page\b", pdf)) < 200


def test_what_a_server_says_is_never_markup(hostile: Made, open_page: Open) -> None:
    """Markup, scripts, turned lines, control characters and huge texts are shown as what they are, and do nothing."""
    tab = open_page(hostile)
    tab.run(OPEN_ALL)
    assert tab.run("window.hit") is None
    assert tab.page.locator("img, iframe, object, embed, link").count() == 0
    assert tab.page.locator("script").count() == 1
    assert tab.page.locator("b:not(.count, .tally b, .chip b)").count() == 0
    text: str = tab.run("document.body.textContent + document.title + document.body.innerHTML")
    assert EVIL in tab.run("document.querySelector('.row.fail .inside').textContent")
    assert not set("\u202e\u202c\x00\x1b\u2028\ufffd") & set(text)
    assert r"refused \u202eton saw tI\u202c\x00\x1b[31m\u2028" in text
    assert "(600000 characters)" in text
    assert hostile.page.stat().st_size < 6_000_000


def test_a_thousand_requirements_stay_handy(many: Made, open_page: Open) -> None:
    """The page grows with what it holds and no faster; rows out of sight are not laid out, and the search works."""
    assert many.report["summary"]["total"] > 1_000
    tab = open_page(many)
    assert tab.page.locator(".row").count() == many.report["summary"]["total"]
    assert tab.run("getComputedStyle(document.querySelector('.row')).contentVisibility") == "auto"
    assert tab.run("document.querySelectorAll('*').length") < 60 * many.report["summary"]["total"]
    assert many.page.stat().st_size < 5_000 * many.report["summary"]["total"]
    choose(tab, "verdict", "fail")
    assert len(shown_ids(tab)) == many.report["summary"]["fail"]


def test_a_run_that_judged_nothing_says_so(nothing: Made, open_page: Open) -> None:
    """Where nothing could be judged the page has the reason and the spend, and no empty tables."""
    tab = open_page(nothing)
    assert tab.texts("h1")[0].endswith("Incomplete")
    assert "interrupted" in tab.texts(".lede")[0]
    assert str(nothing.report["ledger"]["requests"]) in " ".join(tab.texts(".figures"))
    assert tab.page.locator("table, #all, #broken, #glance").count() == 0
