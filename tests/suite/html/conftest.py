"""What the tests of the HTML report share: a browser, and pages of every kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from conformance.contract import Contract
from conformance.reference import ReferenceServer
from conformance.reports.line import Line
from conformance.reports.report import Report
from tests.suite.browsing import DESKTOP, EVIL, TURNED, Made, Open, Tab, View, chromium, made_of, opened
from tests.suite.runs import ROOT, TOKEN, process
from tests.suite.serving import Shared

_FAULTS = (
    "accepts-any-token",
    "shows-a-statement",
    "ends-headers-in-a-line-feed",
    "repeats-every-second-id",
    "refuses-with-a-web-page",
)


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


@pytest.fixture(scope="session")
def broken(small: Contract, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run of a server with several faults, written as a page by the run itself."""
    folder = tmp_path_factory.mktemp("broken")
    page, path = folder / "report.html", folder / "report.json"
    with ReferenceServer(small, token=TOKEN, behaviours=_FAULTS) as server:
        run = ("run", "--contract", small.path, "--url", server.url, "--max-creates", 20)
        said = process(*run, "--report-html", page, "--report-json", path)
    assert said.code == 1, said.stderr
    return Made(page, json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def whole(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The whole catalogue, on a correct server."""
    return made_of(shared.report, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="session")
def hostile(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A report in which everything that a server or a file can say is an attack."""
    report = json.loads(json.dumps(broken.report))
    report["target"]["url"] = f"http://127.0.0.1/{EVIL}"
    report["headlines"] = [f"{EVIL} {TURNED}", "x" * 600_000]
    report["contract"]["title"] = EVIL
    for line in report["verdicts"]:
        line["reason"] = f"{EVIL} {TURNED} `{EVIL}`"
        line["statement"] = EVIL
        line["id"] = f"{line['id']}/{EVIL}"
        line["blocked_by"] = line["blocked_by"] and f"{line['blocked_by']}/{EVIL}"
        line["subject"] |= {"name": f'{line["subject"]["name"]}"><b>', "value": EVIL}
        if line["verdict"] == "fail" and line["level"] == "SHOULD":
            line["known"] = {"reason": EVIL, "expires": TURNED, "link": "javascript:window.hit=3"}
        if line["evidence"]:
            line["evidence"] |= {"answer": f"{EVIL}\n{TURNED}", "request": EVIL, "headers": {EVIL: EVIL}}
    broken_line = next(line for line in report["verdicts"] if line["verdict"] == "fail" and line["evidence"])
    broken_line["evidence"] |= {"answer": "y" * 600_000, "headers": {"x": "z" * 600_000}}
    for row in report["combinations"]:
        row |= {"value": f"{row['value']}{EVIL}", "others": [*row["others"], EVIL]}
    return made_of(with_lines(report, report["verdicts"]), tmp_path_factory.mktemp("hostile"))


def with_lines(report: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a report that has other lines, and sums that fit them."""
    own = Report.from_dict({**report, "verdicts": [], "summary": dict.fromkeys(report["summary"], 0)})
    return own.having(tuple(map(Line.from_dict, lines))).to_dict()


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def short(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What is broken or undecided, and a few that hold: for what takes its time with every element."""
    lines = [
        line for index, line in enumerate(broken.report["verdicts"]) if line["verdict"] != "pass" or index % 9 == 0
    ]
    return made_of(with_lines(broken.report, lines), tmp_path_factory.mktemp("short"))


@pytest.fixture(scope="session")
def many(whole: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A thousand requirements and more, one in twenty of them broken."""
    lines = [
        {**line, "id": f"{line['id']}/{copy}", "verdict": "fail" if index % 20 == 0 else line["verdict"]}
        for copy in range(4)
        for index, line in enumerate(whole.report["verdicts"])
    ]
    return made_of(with_lines(whole.report, lines), tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The report on another contract: five operations, and nothing of what this project's own is about."""
    path = tmp_path_factory.mktemp("other") / "report.json"
    contract = ROOT / "tests" / "growth" / "contracts" / "library-loans.yaml"
    assert process("run", "--contract", contract, "--report-json", path).code == 0
    return made_of(json.loads(path.read_text(encoding="utf-8")), path.parent)


@pytest.fixture(scope="session")
def nothing(broken: Made, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A run that ended before anything could be judged."""
    bare = {"combinations": [], "complete": False, "trouble": "interrupted"}
    return made_of({**with_lines(broken.report, []), **bare}, tmp_path_factory.mktemp("nothing"))
