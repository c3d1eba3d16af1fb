"""The plugin under pytest-xdist: one run and one ledger, whatever becomes of the workers."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.contract import Contract
from conformance.requirements import catalogue
from tests.suite.counting import Counting
from tests.suite.pytests import Project
from tests.suite.runs import environment
from tests.suite.servers import serving
from tests.suite.serving import Serve

pytestmark = [pytest.mark.usefixtures("uncounted"), pytest.mark.thorough]


@pytest.fixture
def project(tmp_path: Path, small: Contract) -> Project:
    """An empty folder of somebody's own."""
    return Project(tmp_path, small.path)


def test_all_workers_read_one_run(project: Project, serve: Serve, small: Contract) -> None:
    """Every requirement is told by some worker, from the one report; the server made what the ledger says."""
    server = serve("accepts-any-token", contract=small)
    ended = project.pytest("-n3", f"--videos-url={server.url}", "--videos-max-creates=6")
    report = ended.report
    assert {name for name, (found, _) in ended.cases.items() if found == "passed"} == {
        line["id"] for line in report["verdicts"] if line["verdict"] == "pass"
    }
    assert ended.cases.keys() == catalogue(small).by_id.keys()
    assert report["ledger"]["creates"] == server.creates <= 6
    assert ended.said.count("(ceiling 6)") == 1
    assert (ended.code, ended.counts["failed"]) == (1, 1)


def test_a_server_that_makes_jobs_of_everything_makes_no_more_than_the_ceiling(
    project: Project, small: Contract
) -> None:
    """Each worker alone would have spent as much again."""
    counting = Counting(small)
    with serving(counting) as url:
        ended = project.pytest("-n3", f"--videos-url={url}", "--videos-max-creates=4", "--dist=worksteal")
    assert 0 < counting.made <= 4
    assert ended.report["ledger"]["creates"] + ended.report["ledger"]["possible_creates"] == counting.made
    assert ended.code == 1


def test_what_is_deselected_is_tested_by_no_worker(project: Project, serve: Serve, small: Contract) -> None:
    """All workers together are asked for what -k leaves."""
    ended = project.pytest("-n2", f"--videos-url={serve(contract=small).url}", "--videos-max-creates=0", "-k", "auth/")
    assert {line["id"] for line in ended.report["verdicts"]} == ended.cases.keys()
    assert ended.code == 0


class _Killing:
    """Makes jobs as `Counting` does, and at one of its requests kills the worker that started the run."""

    def __init__(self, application: ASGIApp, folder: Path, at: int) -> None:
        self.application, self.folder, self.left = application, folder, at
        self.killed: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.left -= 1
        if self.left == 0:
            (started,) = self.folder.rglob("videos-conformance/started")
            self.killed.append(int(started.read_text(encoding="ascii")))
            os.kill(self.killed[0], signal.SIGKILL)
        await self.application(scope, receive, send)


def test_a_worker_that_dies_starts_no_second_run(project: Project, small: Contract) -> None:
    """The run goes on without it; the others tell what it found, and the jobs made are those of its ledger."""
    counting = Counting(small)
    killing = _Killing(counting, project.folder, 12)
    with serving(killing) as url:
        ended = project.pytest("-n2", f"--videos-url={url}", "--videos-max-creates=4")
    assert killing.killed
    assert "crashed while running" in ended.said
    assert 0 < counting.made <= 4
    assert ended.report["ledger"]["creates"] + ended.report["ledger"]["possible_creates"] == counting.made
    assert ended.code == 1


def test_an_interrupted_session_says_what_it_has_cost(
    project: Project, serve: Serve, small: Contract, tmp_path: Path
) -> None:
    """Ctrl-C ends the run early; its spend is told all the same."""
    server = serve("answers-slowly", contract=small)
    command = project.command(f"--videos-url={server.url}", "--videos-max-creates=0")
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=said, stderr=said, start_new_session=True
        )
        while server.requests < 10:
            assert process.poll() is None, (tmp_path / "said").read_text(encoding="utf-8")
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(60) == 2
    text = (tmp_path / "said").read_text(encoding="utf-8")
    assert "! the run is not complete: interrupted" in text
    assert "(ceiling 0)" in text
