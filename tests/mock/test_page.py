"""The page at `/`: jobs and requests as they happen, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from conformance.contract import Contract
from tests.mock.calling import MockCaller, form, loaded, words_of
from tests.mock.conftest import StartMock
from tests.suite.browsing import DESKTOP, EVIL, PHONE, TOO_FAINT, TOO_WIDE, TURNED, Tab, View, chromium

Show = Callable[..., Tab]
HTML, EVENTS = {"Accept": "text/html"}, {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this module."""
    path = chromium()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])  # root needs that
        yield started
        started.close()


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Opens the page of a mock, and holds it to ask nobody else, and to say nothing in the console."""
    tabs: list[tuple[str, Tab]] = []

    def start(caller: MockCaller, view: View = DESKTOP) -> Tab:
        context = browser.new_context(
            viewport={"width": view.width, "height": view.height},
            color_scheme="dark" if view.scheme == "dark" else "light",
        )
        context.set_default_timeout(30_000)
        tab = Tab(context.new_page())
        tab.page.on("request", lambda request: tab.asked.append(request.url))
        tab.page.on("console", lambda message: tab.said.append(message.text))
        tab.page.on("pageerror", lambda error: tab.said.append(str(error)))
        tab.page.on("dialog", partial(Tab.dismiss, tab))
        assert caller.server.page_url is not None
        tab.page.goto(caller.server.page_url)
        expect(tab.page.locator("#state")).to_have_text("live")
        tabs.append((caller.server.page_url, tab))
        return tab

    yield start
    for url, tab in tabs:
        asked = [other for other in tab.asked if other not in (url, "data:,")]
        tab.page.context.close()
        assert (asked, tab.said) == ([], [])


def _marked(tab: Tab) -> None:
    """Mark the page, so that a reload would show."""
    tab.run("window.marked = true")


def _create(caller: MockCaller, words: str, **headers: str) -> httpx.Response:
    fields = form(caller.contract, **{words_of(caller.contract).name: words})
    from tests.mock.calling import credentials

    return caller.http.post(caller.maker.path, files=fields, headers={**credentials(caller.maker), **headers})


def test_a_job_appears_and_moves_on_without_a_reload(mock: StartMock, show: Show) -> None:
    """From waiting to its end, by the clock, while nobody looks it up."""
    caller = mock(job_seconds=1.5)
    tab = show(caller)
    _marked(tab)
    expect(tab.page.locator("#no-jobs")).to_be_visible()
    job = str(caller.value(_create(caller, "a cat"), "id"))
    card = tab.page.locator("#jobs li")
    expect(card).to_have_count(1)
    expect(card).to_contain_text(job)
    expect(card).to_contain_text("a cat")
    expect(tab.page.locator("#no-jobs")).to_be_hidden()
    expect(card.locator(".pill")).to_have_class(re.compile("succeeded"))
    assert tab.run("document.querySelector('#jobs progress').value") == 100
    status = caller.maker.success.by_role("status")
    assert status is not None
    assert status.lifecycle is not None
    expect(card.locator(".pill")).to_have_text(status.lifecycle.statuses("succeeded")[0])
    assert tab.run("window.marked") is True


def test_requests_appear_as_they_happen(mock: StartMock, show: Show) -> None:
    """The newest first, refusals with their reason; a job that was looked up has moved on."""
    caller = mock()
    job = caller.job(Prefer="job=failed, looks=1")
    tab = show(caller)
    rows = tab.page.locator("#requests tbody tr")
    expect(rows).to_have_count(1)
    caller.read(job)
    caller.create(Prefer="code=429, odd")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("429")
    expect(rows.nth(0)).to_contain_text("Prefer ignored: odd")
    expect(rows.nth(1)).to_contain_text(job)
    expect(tab.page.locator("#jobs .pill")).to_have_class(re.compile("failed"))
    expect(tab.page.locator("#requests-count")).to_have_text("3")


def test_what_a_caller_sends_is_text(mock: StartMock, show: Show) -> None:
    """A prompt, a path and a preference full of markup are shown as they were sent, and do nothing."""
    caller = mock()
    tab = show(caller)
    _create(caller, f"{EVIL}{TURNED}".replace("\x00", "").replace("\x1b", ""), Prefer='x="</script><script>hit=1"')
    caller.http.get("/<img src=x onerror=window.hit=3>")
    expect(tab.page.locator("#requests tbody tr")).to_have_count(2)
    expect(tab.page.locator("#jobs li")).to_contain_text("<img src=x onerror='window.hit = 2'>")
    assert tab.run("window.hit") is None
    assert tab.page.locator("main img, main script").count() == 0


def test_a_server_that_comes_back_is_found(mock: StartMock, show: Show) -> None:
    """The page says that the server is gone, and once it is there again shows what that one knows."""
    caller = mock()
    caller.create()
    tab = show(caller)
    expect(tab.page.locator("#jobs li")).to_have_count(1)
    caller.server.__exit__(None, None, None)
    expect(tab.page.locator("#state")).to_contain_text("gone")
    mock(port=urlsplit(caller.server.url).port)
    expect(tab.page.locator("#state")).to_have_text("live", timeout=15_000)
    expect(tab.page.locator("#jobs li")).to_have_count(0)
    tab.said.clear()  # the browser tells of the broken connection


@pytest.mark.parametrize("view", [DESKTOP, PHONE, View("dark", 1440, 900, "dark")], ids=lambda view: view.name)
def test_the_page_can_be_read(mock: StartMock, show: Show, view: View) -> None:
    """By day and by night, on a desk and on a phone: nothing is cut off, nothing is too faint."""
    caller = mock(nasty="7", slowest=0.0)
    for _ in range(12):
        try:
            _create(caller, "a cat walks along a beach " * 8)
        except httpx.TransportError:
            continue
    tab = show(caller, view)
    expect(tab.page.locator("#jobs li").first).to_be_visible()
    assert tab.run(TOO_WIDE) == []
    told = tab.run(TOO_FAINT)
    assert told["looked"] > 20
    assert told["faint"] == []
    assert (tab.brightness(2, 2) < 200) is (view.scheme == "dark")


def test_the_page_keeps_to_itself(mock: StartMock) -> None:
    """It may load nothing, be framed by nobody, and is stored by nobody."""
    answer = mock().http.get("/", headers=HTML)
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", answer.text)


def test_only_who_wants_a_page_gets_it(mock: StartMock) -> None:
    """For any other client there is nothing at `/`, and neither the page nor its events are in the log."""
    caller = mock()
    assert caller.http.get("/").status_code == 404
    assert caller.http.post("/", headers=HTML).status_code == 404
    caller.http.get("/", headers=HTML)
    assert [record.method for record in caller.records] == ["GET", "POST"]


def test_a_name_that_was_made_to_point_here_gets_nothing(mock: StartMock) -> None:
    """Another site whose name leads to this machine may not read what an app sends."""
    caller = mock(origins=("*",))
    for accepted in (HTML, EVENTS):
        answer = caller.http.get("/", headers={**accepted, "Host": "rebound.example"})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in caller.http.get("/", headers={**HTML, "Origin": "x://y"}).headers


def test_a_contract_keeps_its_own_root(mock: StartMock, contract: Contract, tmp_path: Path) -> None:
    """Where the contract has something at `/`, that is answered, and the page stands elsewhere."""
    shown = "text/html: {schema: {type: string, const: The result.}}"
    operation = f"security: [], operationId: root, responses: {{'200': {{description: x, content: {{{shown}}}}}}}"
    text = contract.path.read_text(encoding="utf-8").replace("\npaths:\n", f"\npaths:\n  /: {{get: {{{operation}}}}}\n")
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    caller = mock(loaded(path))
    answer = caller.http.get("/", headers=HTML)
    assert (answer.status_code, answer.text) == (200, "The result.")
    assert caller.server.page_url is not None
    place = urlsplit(caller.server.page_url).path
    assert place != "/"
    assert caller.http.get(place, headers=HTML).headers["content-security-policy"]


def test_a_title_is_text(mock: StartMock, contract: Contract, tmp_path: Path) -> None:
    """What a contract says is escaped."""
    text = contract.path.read_text(encoding="utf-8").replace(contract.title, "<script>hit=1</script>", 1)
    path = tmp_path / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    shown = mock(loaded(path)).http.get("/", headers=HTML).text
    assert "<script>hit" not in shown
    assert "&lt;script&gt;hit" in shown
