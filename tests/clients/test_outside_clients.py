"""Clients that nobody here wrote, judged as they are: docs/sdk-teams.md says of them what the judge says."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path

import click
import pytest

from conformance.clients.judging import TimeLimits
from conformance.contract import load
from conformance.requirements import Level
from conformance.vectors import vectors
from scripts.benchmarks.client_rows import HEADINGS, UNEXPLAINED, ClientRow, markdown, reasons, replaced, summary, table
from scripts.benchmarks.clients import FRONT_PAGE, PAGE, judged_rows
from scripts.benchmarks.known_clients import KNOWN, KnownClient
from tests.clients.judged import judged

ROOT = Path(__file__).resolve().parents[2]
LOCKED = {
    "openai-python": ("requirements-peers.lock", "openai=="),
    "openai (npm)": ("tests/clients/outside/package-lock.json", '"openai": "'),
    "openai-go": ("tests/clients/outside/go/go.mod", "github.com/openai/openai-go/v3 v"),
    "openai-java": ("tests/clients/outside/java/jars.lock", "com.openai:openai-java:"),
}
STILL_REPEATED = {"openai-java": ["*/money/503-asked-seconds"]}
"""What the library beneath one repeats whatever is set; docs/sdk-teams.md tells."""
OUTSIDE = {name: client for name, client in KNOWN.items() if not client.is_ours}


def startable(client: KnownClient) -> tuple[str, ...]:
    """What starts its adapter; skips where it cannot be had, but on CI."""
    try:
        return client.command()
    except click.ClickException as error:
        if "CI" in os.environ:
            raise
        pytest.skip(error.message)


@pytest.mark.thorough
@pytest.mark.parametrize("name", OUTSIDE)
def test_one_setting_lets_one_create_be_one_request(name: str) -> None:
    """What the page advises mends it: with it no client repeats a create of which a job may have come."""
    contract = load()
    creates = {operation.id for operation in contract.billable}
    money = [vector for vector in vectors(contract) if vector.kind == "money" and vector.call.operation in creates]
    made = judged(contract, money, [*startable(OUTSIDE[name]), "--once"], TimeLimits())
    must = [trial for trial in made.trials if trial.vector.level is Level.MUST]
    assert len(must) > 5
    repeated = [trial.vector.id for trial in must if any(flaw.kind == "too-many-requests" for flaw in trial.flaws)]
    known = STILL_REPEATED.get(name, [])
    assert len(repeated) == len(known)
    assert all(map(fnmatchcase, repeated, known))


@pytest.mark.thorough
@pytest.mark.usefixtures("uncounted")
def test_clients_from_outside_are_as_the_page_says() -> None:
    """They fail for the reasons that are listed, and for each of them; the figures hold for the vectors of the page."""
    found = judged_rows(OUTSIDE.values())
    rows = {name: row for name, row in found.items() if isinstance(row, ClientRow)}
    missing = {name: reason for name, reason in found.items() if name not in rows}
    if "CI" in os.environ:
        assert missing == {}
    shown = table(PAGE.read_text(encoding="utf-8"))
    for name, row in rows.items():
        assert UNEXPLAINED not in row.failed
        assert {*row.failed} == {reason["says"] for reason in reasons(name)}, name
        if f" of {row.total}" in shown[name][1]:  # an edit of the contract makes others, and leaves the page alone
            assert row.cells() == shown[name], "./scripts/bench clients --write"
    if missing:
        pytest.skip(str(missing))


def test_the_page_has_every_client_from_outside() -> None:
    """Each has its row, under the version that its lock file has."""
    shown = table(PAGE.read_text(encoding="utf-8"))
    assert OUTSIDE.keys() == LOCKED.keys() <= shown.keys()
    assert {len(row) for row in shown.values()} == {len(HEADINGS)}
    for name, (lock, package) in LOCKED.items():
        version = shown[name][0].removeprefix(f"{name} ")
        assert f"{package}{version}" in (ROOT / lock).read_text(encoding="utf-8"), name


def test_rows_are_written_into_the_page_and_read_back() -> None:
    """Rows of clients that were not judged again stay, and so does all around the table."""
    page = "before\n<!-- clients -->\n<!-- /clients -->\nafter\n"
    row = ClientRow("some (npm) 1.2.3", 3, 5, 1, {"sends it twice": 1}, 0, dict.fromkeys(HEADINGS[4:], 3)).cells()
    written = replaced(page, markdown([row]))
    assert table(written) == {"some (npm)": row}
    assert row[:4] == ("some (npm) 1.2.3", "3 of 5; 1 that it cannot do", "1: in 1 it sends it twice", "0")
    assert written.partition("<!--")[0] + written.rpartition("-->")[2] == "before\n\nafter\n"
    assert replaced(written, markdown([row])) == written
    assert replaced(written, markdown([row, row])).count("1.2.3") == 2


def test_the_front_page_says_the_same_in_short() -> None:
    """Both tables are written by one command, of the same rows."""
    rows = [*table(PAGE.read_text(encoding="utf-8")).values()]
    front = FRONT_PAGE.read_text(encoding="utf-8")
    assert front == replaced(front, summary(rows))
    some = ("some 1.2.3", "3 of 5", "2: in 1 it sends it twice; in 1 it dies", "0", "1", "6", "1", "3")
    assert summary([some]).splitlines()[-1] == "| some 1.2.3 | 3 of 5 | 2 | 0 | 6 |"
