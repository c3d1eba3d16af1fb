"""Correct servers on mainstream frameworks fail what is true of them, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.peers.running import CREATES, SERVERS, judged, missing

ROOT = Path(__file__).resolve().parents[2]
PEERS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("departures.yaml").read_text(encoding="utf-8"))


def table() -> str:
    """The rows of the README: a server a line, with what it departs from."""
    rows = [
        f"| {peer['stack']} | {peer['parser']} | {', '.join(f'`{name}`' for name in peer['departs']) or 'nothing'} |"
        for peer in PEERS.values()
    ]
    return "\n".join(["| server | reads forms with | MUSTs that it truly fails |", "|---|---|---|", *rows])


@pytest.mark.parametrize("server", PEERS)
def test_a_correct_server_fails_only_what_is_true_of_it(server: str, tmp_path: Path) -> None:
    """Its failed MUSTs are its departures, the ledger is its own count of jobs, and it came to no harm."""
    reason = missing(server)
    if reason is not None:
        # What ./scripts/test installs has to be there on CI; a compiler is the machine's own business.
        assert "CI" not in os.environ or server == "go", reason
        pytest.skip(f"{server}: {reason}")
    made = judged(server, tmp_path)
    assert made.failed("MUST") == {*PEERS[server]["departs"]}, made.said.stdout
    assert made.said.code == (1 if PEERS[server]["departs"] else 0), made.said.stderr
    assert len(set(made.jobs)) == made.report["ledger"]["creates"] <= CREATES
    assert len(made.jobs) > 0
    assert str(SERVERS) not in made.log


def test_the_readme_says_what_they_depart_from() -> None:
    """The table of the README is made of departures.yaml."""
    assert f"<!-- peers -->\n{table()}\n<!-- /peers -->" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_departure_says_why() -> None:
    """A requirement that a server fails for no known reason is not known to be true."""
    for peer in PEERS.values():
        assert all(reason.endswith(".") and len(reason) > 30 for reason in peer["departs"].values())
