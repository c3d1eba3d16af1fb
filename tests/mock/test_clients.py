"""What clients lose on a nasty server: ours no job, and it makes no second one; the table of the docs is what is so."""

from __future__ import annotations

import pytest

from scripts.benchmarks.nasty import Losses, losses, markdown_table
from scripts.benchmarks.nasty_clients import CLIENTS, NastyClient
from tests.mock.calling import ROOT

SEEDS, CALLS = range(1, 9), 6
OURS = [client for client in CLIENTS if client.name.startswith("ours")]
PAGE = ROOT / "docs" / "application-developers.md"


@pytest.fixture(scope="module", params=OURS, ids=lambda client: client.name)
def ours(request: pytest.FixtureRequest) -> Losses:
    client: NastyClient = request.param
    return losses(client, SEEDS, CALLS)


def test_ours_makes_no_second_job(ours: Losses) -> None:
    """Whatever the server does, one call is one job at most, over a range of seeds."""
    assert ours.creates == len(SEEDS) * CALLS
    assert ours.made > ours.creates / 2
    assert ours.second == 0


def test_ours_loses_no_job_that_an_answer_told_of(ours: Losses) -> None:
    """However the answer was written: its id is known to the caller."""
    assert ours.lost == 0


def test_ours_says_where_there_may_be_a_job(ours: Losses) -> None:
    """A job whose answer never came is lost to everybody: the error says that it may be there, each time."""
    assert ours.hidden > 0
    assert ours.unannounced == 0


def test_others_make_second_jobs() -> None:
    """The measure finds what it is for: who tries again after an answer that is missing is billed twice."""
    again = next(client for client in CLIENTS if "tries" in client.name)
    assert losses(again, SEEDS, CALLS).second > 0


@pytest.mark.slow
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_the_table_of_the_docs_is_what_is_so(client: NastyClient) -> None:
    """`./scripts/bench nasty` writes it, and whoever does so finds the same figures."""
    if not client.is_there:
        pytest.skip(f"{client.needs} is not installed: ./scripts/bench has it")
    row = markdown_table([losses(client, range(1, 21), 10)]).splitlines()[-1]
    assert row in PAGE.read_text(encoding="utf-8")
