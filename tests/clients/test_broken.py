"""Each broken client fails the vectors that its one mistake shows in, and no other; the honest one fails none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from fnmatch import fnmatchcase

import pytest
from attrs import evolve

from conformance.clients.judging import Judged, TimeLimits
from conformance.clients.trial import Trial
from conformance.contract import Contract
from conformance.vectors import Vector, vectors
from tests.clients.broken.clients import BROKEN
from tests.clients.broken.reach import FAMILIES, REACH
from tests.clients.judged import broken, judged

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("uncounted")]

AT_ONCE, WAITING_AT_ONCE = 4, 4
PATIENT = TimeLimits(call=60.0, wait=60.0, grace=60.0)
SOON_AWAITED = evolve(PATIENT, wait=10.0)
BOUNDED = TimeLimits(call=60.0, silence=2.0, wait=5.0, grace=5.0)
DECEIVED = frozenset({"loses-the-status", "status-unseen"})
"""Clients that go on waiting for a job although it is refused, until time is up."""
WAITING = frozenset({"honest", "waits-for-ever", "takes-unknown-for-done", "retries-silence", "never-tires"})
"""Clients that vectors are about in which nothing happens until time is up; the others are spared these."""


@pytest.fixture(scope="module")
def all_judged(contract: Contract) -> Iterator[Mapping[str, Future[Judged]]]:
    """Every client, judged by every vector that could concern it, the slow ones first."""
    every = vectors(contract)
    quick = tuple(vector for vector in every if not _takes_all_its_time(vector))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = {}
        for name in sorted(BROKEN, key=lambda name: (name not in WAITING, name not in DECEIVED)):
            limits = BOUNDED if name in WAITING else SOON_AWAITED if name in DECEIVED else PATIENT
            known, at_once = (every, WAITING_AT_ONCE) if name in WAITING else (quick, 1)
            made[name] = pool.submit(judged, contract, known, broken(name), limits, at_once=at_once)
        yield made


def _takes_all_its_time(vector: Vector) -> bool:
    """Tell whether nothing but the client's own limit ends a call."""
    ends_badly = vector.call.helper is not None and vector.expect.outcome == ("error",)
    return any(given.silent for given in vector.given) or (ends_badly and vector.given[-1].status == 200)


def test_every_broken_client_says_what_it_fails() -> None:
    """A client of which nobody says what it has to fail would prove nothing."""
    assert BROKEN.keys() == REACH.keys() | FAMILIES.keys()
    assert len(BROKEN) > 30


@pytest.mark.parametrize("name", sorted(REACH))
def test_it_fails_what_its_mistake_shows_in(
    contract: Contract, all_judged: Mapping[str, Future[Judged]], name: str
) -> None:
    """Vector by vector: a mistake is found wherever it shows, and nothing else is blamed."""
    made = all_judged[name].result()
    assert made.trouble is None
    assert made.conduct == ()
    failed = {trial.vector.id: _why(trial) for trial in made.trials if trial.flaws}
    wanted = {trial.vector.id for trial in made.trials if REACH[name](contract, trial.vector)}
    assert {id_: failed[id_] for id_ in failed.keys() - wanted} == {}
    assert wanted - failed.keys() == set()
    assert bool(failed) is (name != "honest")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_it_fails_where_there_is_an_error(all_judged: Mapping[str, Future[Judged]], name: str) -> None:
    """What a client does to every error fails the requirements that are about errors, all of them, and no other."""
    made = all_judged[name].result()
    assert made.trouble is None
    failed = {trial.vector.requirement for trial in made.trials if trial.flaws}
    assert {each for each in failed if not any(fnmatchcase(each, family) for family in FAMILIES[name])} == set()
    assert {family for family in FAMILIES[name] if not any(fnmatchcase(each, family) for each in failed)} == set()


def test_nothing_is_left_undecided(all_judged: Mapping[str, Future[Judged]]) -> None:
    """Every vector is decided for every client: whatever one does wrong, the next vector is tried."""
    undecided = {
        name: [trial.vector.id for trial in made.result().trials if trial.not_run] for name, made in all_judged.items()
    }
    assert {name: ids for name, ids in undecided.items() if ids} == {}


def _why(trial: Trial) -> str:
    return "; ".join(f"{flaw.kind}: {flaw.message}" for flaw in trial.flaws)
