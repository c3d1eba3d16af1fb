"""The plugin and somebody's own application: ASGI or WSGI, by name or by fixture, served beside the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract import Contract
from tests.suite.pytests import Project

pytestmark = [pytest.mark.usefixtures("uncounted"), pytest.mark.thorough]

FREE = ("--videos-max-creates=0",)

ASGI = """
from contextlib import asynccontextmanager
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

@asynccontextmanager
async def lifespan(app):
    with Path("life").open("a") as life:
        life.write("starts ")
        yield
        life.write("ends")

async def refuse(request):
    return JSONResponse({"error": {"message": "who are you?"}}, 401, {"WWW-Authenticate": "Bearer"})

app = Starlette(routes=[Route("/{path:path}", refuse, methods=["GET", "POST"])], lifespan=lifespan)
"""

WSGI = """
import json

def app(environ, start_response):
    length = len(environ["wsgi.input"].read())
    if environ.get("HTTP_TRANSFER_ENCODING") == "chunked" and not environ.get("wsgi.input_terminated"):
        length = 0
    body = json.dumps({"error": {"message": "who are you?"}}).encode()
    status = "401 Unauthorized" if environ["PATH_INFO"] and length >= 0 else "500 Broken"
    start_response(status, [("Content-Type", "application/json"), ("WWW-Authenticate", "Bearer")])
    return [body]
"""

FIXTURE = """
import pytest

@pytest.fixture(scope="session")
def videos_token():
    return "sk-of-a-fixture"

@pytest.fixture(scope="session")
def videos_app({asks}):
    {body}
"""


@pytest.fixture
def project(tmp_path: Path, small: Contract) -> Project:
    """An empty folder of somebody's own."""
    return Project(tmp_path, small.path)


@pytest.mark.parametrize("text", [ASGI, WSGI], ids=["asgi", "wsgi"])
def test_an_application_is_found_by_its_name(project: Project, text: str) -> None:
    """Whoever refuses everybody refuses strangers too; that it refuses its own is what ends the run."""
    project.write("mine.py", text)
    ended = project.pytest(*FREE, "--videos-app=mine:app", "-k", "auth/missing or http/chunked")
    assert "createVideo/auth/missing" in {line["id"] for line in ended.report["verdicts"]}
    assert "http://127.0.0.1:" in ended.report["target"]["url"]
    assert ended.report["ledger"]["requests"] > 0
    assert "is it the right one for http://127.0.0.1:" in ended.said


def test_an_application_of_a_fixture_lives_as_long_as_the_session(project: Project) -> None:
    """Its lifespan begins before the first request and ends after the last; the token of the fixture is used."""
    project.write("mine.py", ASGI)
    project.write("conftest.py", FIXTURE.format(asks="", body="import mine\n    return mine.app"))
    ended = project.pytest(*FREE, "-k", "auth/missing", token=None, PYTHONPATH=str(project.folder))
    assert ended.report["ledger"]["requests"] > 0
    assert (project.folder / "life").read_text(encoding="utf-8") == "starts ends"
    assert "sk-of-a-fixture" not in ended.said


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "workers"])
def test_only_the_worker_that_tests_it_starts_the_application(project: Project, workers: tuple[str, ...]) -> None:
    """A fixture that fills a database need not expect others of its kind."""
    project.write("mine.py", ASGI)
    body = "import mine\n    with open('made', 'a') as made:\n        made.write('x')\n"
    project.write("conftest.py", FIXTURE.format(asks="", body=f"{body}    return mine.app"))
    project.pytest(*FREE, *workers, "-k", "auth/", PYTHONPATH=str(project.folder))
    assert (project.folder / "made").read_text(encoding="utf-8") == "x"


def test_what_goes_wrong_in_a_fixture_is_told_once(project: Project) -> None:
    """With its traceback, since it is its author's; nothing is sent, and nothing passes."""
    project.write("conftest.py", FIXTURE.format(asks="", body="raise LookupError('no database')"))
    ended = project.pytest(*FREE, "-k", "auth/")
    assert ended.said.count("raise LookupError") == 1
    assert (ended.code, ended.counts["error"], ended.of("passed")) == (1, 1, set())
    assert "videos-conformance ===" not in ended.said


def test_a_fixture_may_skip(project: Project) -> None:
    """As in any other test."""
    project.write("conftest.py", FIXTURE.format(asks="", body="pytest.skip('no database here')"))
    ended = project.pytest(*FREE, "-k", "auth/", "-rs")
    assert "no database here" in ended.said
    assert (ended.code, ended.of("passed")) == (0, set())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app = 5", "5 is no application: it cannot be called"),
        (ASGI.replace('life.write("starts ")', "raise OSError"), "the application under test did not start"),
    ],
    ids=["no-application", "no-start"],
)
def test_an_application_that_cannot_be_served_is_one_error(project: Project, text: str, sentence: str) -> None:
    """Said in a sentence, or with the traceback of the application's own."""
    project.write("mine.py", text)
    ended = project.pytest(*FREE, "--videos-app=mine:app", "-k", "auth/")
    assert ended.said.count(f"\n{sentence}") == 1
    assert (ended.code, ended.counts["error"], ended.of("passed")) == (1, 1, set())


def test_an_application_needs_a_ceiling_as_any_server_does(project: Project) -> None:
    """A gateway in this process forwards to providers all the same."""
    project.write("mine.py", ASGI)
    named = project.pytest("--videos-app=mine:app", "-k", "auth/")
    assert (named.code, "mine:app may cost money, itself or behind it" in named.said) == (2, True)
    project.write("conftest.py", FIXTURE.format(asks="", body="import mine\n    return mine.app"))
    given = project.pytest("-k", "auth/", PYTHONPATH=str(project.folder))
    assert (given.code, "say with --videos-max-creates N how many jobs" in given.said) == (1, True)
    assert given.of("passed") == set()
