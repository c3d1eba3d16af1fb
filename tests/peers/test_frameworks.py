"""Correct servers on mainstream frameworks fail what is true of them, and nothing else."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from conformance.contract import load
from conformance.contract.instance import instance
from tests.peers.running import harmed, judged, missing, serving
from tests.suite.runs import TOKEN

pytestmark = pytest.mark.usefixtures("uncounted")
ROOT = Path(__file__).resolve().parents[2]
CREATES = 40
PEERS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("departures.yaml").read_text(encoding="utf-8"))


def table() -> str:
    """The rows of the README: a server a line, with what it departs from."""
    rows = [
        f"| {peer['stack']} | {peer['parser']} | {', '.join(f'`{name}`' for name in peer['departs']) or 'nothing'} |"
        for peer in PEERS.values()
    ]
    return "\n".join(["| server | reads forms with | MUSTs that it truly fails |", "|---|---|---|", *rows])


def demand(server: str) -> None:
    """Skip the test where the server cannot run; what ./scripts/test installs has to be there on CI."""
    reason = missing(server)
    if reason is not None and "CI" in os.environ and server != "go":  # a compiler is the machine's own business
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)


@pytest.mark.thorough
@pytest.mark.parametrize("server", PEERS)
def test_a_correct_server_fails_only_what_is_true_of_it(server: str, tmp_path: Path) -> None:
    """It fails the MUSTs that it departs from and no SHOULD beside its own, and the ledger is its own count of jobs."""
    demand(server)
    made = judged(server, tmp_path, "--max-creates", CREATES)
    assert made.failed("MUST") == {*PEERS[server]["departs"]}, made.said.stdout
    assert made.failed("SHOULD") <= {*PEERS[server]["also"]}, made.said.stdout
    assert made.said.code == (1 if PEERS[server]["departs"] else 0), made.said.stderr
    assert len(set(made.jobs)) == made.report["ledger"]["creates"] <= CREATES
    assert made.report["ledger"]["possible_creates"] == 0
    assert len(made.jobs) > 0
    assert not harmed(made.log, PEERS[server].get("raises", ()))


@pytest.mark.thorough
@pytest.mark.parametrize("server", PEERS)
def test_a_free_run_finds_nothing_that_is_not_true(server: str, tmp_path: Path) -> None:
    """Where only refusals are compared, too, a correct server fails none but its departures."""
    demand(server)
    made = judged(server, tmp_path, "--tier", "free", "--max-creates", 0)
    assert made.failed("MUST") <= {*PEERS[server]["departs"]}, made.said.stdout
    assert made.failed("SHOULD") <= {*PEERS[server]["also"]}, made.said.stdout
    assert len(made.jobs) == made.report["ledger"]["creates"] <= 1
    assert not harmed(made.log, PEERS[server].get("raises", ()))


@pytest.mark.parametrize("server", PEERS)
def test_a_server_that_comes_to_harm_is_noticed(server: str, tmp_path: Path) -> None:
    """An exception that leaves a server's code shows in its log, whichever framework catches it."""
    demand(server)
    create = load().billable[0]
    form = {declared.name: (None, str(instance(declared.schema))) for declared in create.fields if declared.required}
    credentials = {"Authorization": f"Bearer {TOKEN}"}
    with (
        serving(server, tmp_path, jobs=tmp_path) as url,  # a folder, to which no server can add a line
        contextlib.suppress(httpx.RemoteProtocolError),  # net/http cuts the connection
    ):
        answer = httpx.request(create.method, url + create.path, files=form, headers=credentials)
        assert answer.status_code == 500
    assert harmed((tmp_path / "log").read_text(encoding="utf-8"))


def test_the_readme_says_what_they_depart_from() -> None:
    """The table of the README is made of departures.yaml."""
    assert f"<!-- peers -->\n{table()}\n<!-- /peers -->" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_departure_says_why() -> None:
    """A requirement that a server fails for no known reason is not known to be true."""
    for peer in PEERS.values():
        reasons = [*peer["departs"].values(), *peer["also"].values()]
        assert all(reason.endswith(".") and len(reason) > 30 for reason in reasons)
