"""The HTML report in a real Chromium: looked at, walked through by keyboard, filtered, printed, and attacked."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright

from conformance.contract import Contract
from conformance.reference import ReferenceServer
from conformance.reports.line import Line
from conformance.reports.report import Report
from tests.suite.browsing import DESKTOP, OPEN_ALL, PHONE, TOO_FAINT, TOO_WIDE, VIEWS, Open, Tab, View, chromium, opened
from tests.suite.runs import ROOT, TOKEN, command, process
from tests.suite.serving import Shared

_FAULTS = (
    "accepts-any-token",
    "shows-a-statement",
    "ends-headers-in-a-line-feed",
    "repeats-every-second-id",
    "refuses-with-a-web-page",
)
_EVIL = "</script></code></pre><script>window.hit = 1</script><img src=x onerror='window.hit = 2'>"
_TURNED = "refused \u202eton saw tI\u202c\x00\x1b[31m\u2028"


@frozen
class Made:
    """A report as a page, and as the values that the page was made of."""

    page: Path
    report: dict[str, Any]

    def ids(self, **wanted: str) -> list[str]:
        lines = self.report["verdicts"]
        return [line["id"] for line in lines if all(line[name] == value for name, value in wanted.items())]


def made_of(report: dict[str, Any], folder: Path) -> Made:
    """Render a report, or something like one, with the command."""
    path, page = folder / "report.json", folder / "report.html"
    path.write_text(json.dumps(report), encoding="utf-8")
    said = command("report", path, "--report-html", page)
    assert said.stderr == ""
    return Made(page, report)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this module: its event loop would stand in the way of those of others."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])  # root needs that
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens pages, and holds each of them to ask for nothing but itself, and to say nothing in the console."""
    tabs: list[tuple[Path, Tab]] = []

    def start(made: Made, view: View = DESKTOP, **more: Any) -> Tab:
        tabs.append((made.page, opened(browser, made.page, view, **more)))
        return tabs[-1][1]

    yield start
    for path, tab in tabs:
        asked = [url for url in tab.asked if url.partition("#")[0] != path.as_uri()]
        tab.page.context.close()
        assert (asked, tab.said) == ([], [])


@pytest.fixture(scope="module")
def broken(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run of a server with several faults, written as a page by the run itself."""
    folder = tmp_path_factory.mktemp("broken")
    page, path = folder / "report.html", folder / "report.json"
    with ReferenceServer(small, token=TOKEN, behaviours=_FAULTS) as server:
        run = ("run", "--contract", small.path, "--url", server.url, "--max-creates", 20)
        said = process(*run, "--report-html", page, "--report-json", path)
    assert said.code == 1, said.stderr
    return Made(page, json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def whole(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The whole catalogue, on a correct server."""
    return made_of(shared.report, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def hostile(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A report in which everything that a server or a file can say is an attack."""
    report = json.loads(json.dumps(broken.report))
    report["target"]["url"] = f"http://127.0.0.1/{_EVIL}"
    report["headlines"] = [f"{_EVIL} {_TURNED}", "x" * 600_000]
    report["contract"]["title"] = _EVIL
    for line in report["verdicts"]:
        line["reason"] = f"{_EVIL} {_TURNED} `{_EVIL}`"
        line["statement"] = _EVIL
        line["id"] = f"{line['id']}/{_EVIL}"
        line["blocked_by"] = line["blocked_by"] and f"{line['blocked_by']}/{_EVIL}"
        line["subject"] |= {"name": f'{line["subject"]["name"]}"><b>', "value": _EVIL}
        if line["verdict"] == "fail" and line["level"] == "SHOULD":
            line["known"] = {"reason": _EVIL, "expires": _TURNED, "link": "javascript:window.hit=3"}
        if line["evidence"]:
            line["evidence"] |= {"answer": f"{_EVIL}\n{_TURNED}", "request": _EVIL, "headers": {_EVIL: _EVIL}}
    broken_line = next(line for line in report["verdicts"] if line["verdict"] == "fail" and line["evidence"])
    broken_line["evidence"] |= {"answer": "y" * 600_000, "headers": {"x": "z" * 600_000}}
    for row in report["combinations"]:
        row |= {"value": f"{row['value']}{_EVIL}", "others": [*row["others"], _EVIL]}
    return made_of(with_lines(report, report["verdicts"]), tmp_path_factory.mktemp("hostile"))


def with_lines(report: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a report that has other lines, and sums that fit them."""
    own = Report.from_dict({**report, "verdicts": [], "summary": dict.fromkeys(report["summary"], 0)})
    return own.having(tuple(map(Line.from_dict, lines))).to_dict()


@pytest.fixture(scope="module")
def excused(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The broken report with each failure excused but one, which is flaky."""
    attempts = [{"verdict": word, "status": 200, "answer": f"{word}ed", "seconds": 0.1} for word in ("fail", "pass")]
    reasons: Iterator[dict[str, Any]] = iter(
        [
            {"flaky": True, "attempts": attempts},
            {"known": {"reason": "an old proxy", "expires": "2027-01-31", "link": "https://tracker.example/7"}},
            {"news": True},
            {"not_scored": "it rests on a convention"},
        ]
    )
    lines = [
        {**line, **next(reasons, {"news": True})} if line["verdict"] == "fail" else line
        for line in broken.report["verdicts"]
    ]
    return made_of(with_lines(broken.report, lines), tmp_path_factory.mktemp("excused"))


@pytest.fixture(scope="module")
def short(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What is broken or undecided, and a few that hold: for what takes its time with every element."""
    lines = [
        line for index, line in enumerate(broken.report["verdicts"]) if line["verdict"] != "pass" or index % 9 == 0
    ]
    return made_of(with_lines(broken.report, lines), tmp_path_factory.mktemp("short"))


@pytest.fixture(scope="module")
def many(whole: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A thousand requirements and more, one in twenty of them broken."""
    lines = [
        {**line, "id": f"{line['id']}/{copy}", "verdict": "fail" if index % 20 == 0 else line["verdict"]}
        for copy in range(4)
        for index, line in enumerate(whole.report["verdicts"])
    ]
    return made_of(with_lines(whole.report, lines), tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The report on another contract: five operations, and nothing of what this project's own is about."""
    path = tmp_path_factory.mktemp("other") / "report.json"
    contract = ROOT / "tests" / "growth" / "contracts" / "library-loans.yaml"
    assert process("run", "--contract", contract, "--report-json", path).code == 0
    return made_of(json.loads(path.read_text(encoding="utf-8")), path.parent)


@pytest.fixture(scope="module")
def nothing(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run that ended before anything could be judged."""
    bare = {"combinations": [], "complete": False, "trouble": "interrupted"}
    return made_of({**with_lines(broken.report, []), **bare}, tmp_path_factory.mktemp("nothing"))


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


def test_a_command_is_copied(broken: Made, open_page: Open) -> None:
    """The button gives the clipboard the command as it stands in the report, and says that it did."""
    tab = open_page(broken, permissions=["clipboard-read", "clipboard-write"])
    button = tab.page.locator(".cause .copy").first
    button.click()
    tab.page.wait_for_function("document.querySelector('.cause .copy').textContent !== 'Copy'")
    assert button.inner_text() == "Copied"
    commands = {line["evidence"]["curl"] for line in broken.report["verdicts"] if line["evidence"]}
    assert tab.run("navigator.clipboard.readText()") in commands


def _shown_ids(tab: Tab) -> list[str]:
    ids: list[str] = tab.run(
        "[...document.querySelectorAll('.row')].filter((row) => row.checkVisibility())"
        ".map((row) => row.querySelector('.title > code').textContent)"
    )
    return ids


def _choose(tab: Tab, name: str, value: str) -> None:
    tab.page.locator(f"label.chip:has([name={name}][value='{value}'])").click()


def test_filters_and_search_narrow_what_is_shown(broken: Made, open_page: Open) -> None:
    """Choices within a kind add up, kinds and words narrow; the count says how many, and reset brings all back."""
    tab = open_page(broken)
    everything = broken.ids()
    assert sorted(_shown_ids(tab)) == sorted(everything)
    _choose(tab, "verdict", "fail")
    assert sorted(_shown_ids(tab)) == sorted(broken.ids(verdict="fail"))
    _choose(tab, "level", "MUST")
    chosen = broken.ids(verdict="fail", level="MUST")
    assert 0 < len(chosen) < len(broken.ids(verdict="fail"))
    assert sorted(_shown_ids(tab)) == sorted(chosen)
    assert tab.texts("#shown") == [f"{len(chosen)} of {len(everything)} shown"]
    _choose(tab, "verdict", "pass")
    either = [*chosen, *broken.ids(verdict="pass", level="MUST")]
    assert sorted(_shown_ids(tab)) == sorted(either)
    tab.page.get_by_role("button", name="Reset").click()
    assert sorted(_shown_ids(tab)) == sorted(everything)
    _choose(tab, "layer", "hardening")
    assert sorted(_shown_ids(tab)) == sorted(broken.ids(layer="hardening"))
    tab.page.get_by_role("button", name="Reset").click()
    tab.page.get_by_role("searchbox").fill("  AUTH   invalid ")
    found = _shown_ids(tab)
    assert broken.ids()[1] in found
    assert len(found) < len(everything) / 4
    tab.page.get_by_role("searchbox").fill("no-requirement-says-this")
    assert _shown_ids(tab) == []
    assert tab.page.get_by_text("No requirement matches.").is_visible()
    assert tab.page.locator(".group").first.is_hidden()


def test_a_tally_leads_to_what_it_counts(broken: Made, open_page: Open) -> None:
    """A count at the top shows, when it is followed, just what it counted."""
    tab = open_page(broken)
    tab.page.locator(".tally a[data-choose=fail]").click()
    assert sorted(_shown_ids(tab)) == sorted(broken.ids(verdict="fail"))


def test_a_cell_leads_to_its_requirement(broken: Made, open_page: Open) -> None:
    """What is pointed at is told, and what is followed is opened, even where a filter hides it."""
    tab = open_page(broken)
    _choose(tab, "verdict", "not-run")
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
    assert tab.run("document.activeElement.tagName") == "SUMMARY"
    assert title.endswith(tab.run("document.activeElement.querySelector('code').textContent"))
    assert tab.run("document.activeElement.parentElement.open") is True
    keys.press("Enter")
    assert tab.run("document.activeElement.parentElement.open") is False
    keys.press("/")
    assert tab.run("document.activeElement.id") == "search"
    keys.press("Tab")
    keys.press("Space")
    value = tab.run("document.activeElement.value")
    assert sorted(_shown_ids(tab)) == sorted(broken.ids(verdict=value))


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
    assert _EVIL in tab.run("document.querySelector('.row.fail .inside').textContent")
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
    _choose(tab, "verdict", "fail")
    assert len(_shown_ids(tab)) == many.report["summary"]["fail"]


def test_a_run_that_judged_nothing_says_so(nothing: Made, open_page: Open) -> None:
    """Where nothing could be judged the page has the reason and the spend, and no empty tables."""
    tab = open_page(nothing)
    assert tab.texts("h1")[0].endswith("Incomplete")
    assert "interrupted" in tab.texts(".lede")[0]
    assert str(nothing.report["ledger"]["requests"]) in " ".join(tab.texts(".figures"))
    assert tab.page.locator("table, #all, #broken, #glance").count() == 0
