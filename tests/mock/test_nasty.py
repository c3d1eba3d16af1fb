"""Nastiness by chance: everything that it can do is done, the same for the same seed, and told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import field, frozen

from conformance.contract import Contract
from conformance.mock import MockServer
from conformance.mock.deeds import DEEDS
from conformance.mock.record import RequestRecord
from tests.mock.calling import OTHERS, TOKEN, MockCaller, connected, loaded
from tests.mock.conftest import StartMock

MANY = 700


@frozen
class Seen:
    """One create, or a look at what was made: what the client got, and what the log tells."""

    record: RequestRecord
    answer: httpx.Response | None
    error: httpx.TransportError | None = field(default=None)


def _asked(caller: MockCaller, job: str | None) -> Seen:
    """Create something, or look at a job; what is nasty may break the connection."""
    answer, error = None, None
    try:
        answer = caller.create() if job is None else caller.read(job)
    except httpx.TransportError as broken:
        error = broken
    return Seen(caller.last, answer, error)


def _played(contract: Contract, seed: str, count: int) -> list[Seen]:
    """Make things and look at each of them twice, as long as it takes."""
    seen: list[Seen] = []
    server = MockServer(contract, token=TOKEN, nasty=seed, slowest=0.0, deterministic=True)
    with server, connected(server) as http:
        caller = MockCaller(server, http)
        while len(seen) < count:
            made = _asked(caller, None)
            seen.append(made)
            if made.record.job is not None:
                seen += [_asked(caller, made.record.job), _asked(caller, made.record.job)]
    assert server.defects == ()
    return seen


@pytest.fixture(scope="module")
def played(contract: Contract) -> list[Seen]:
    return _played(contract, "7", MANY)


def _of(played: list[Seen], name: str) -> Iterator[Seen]:
    found = [seen for seen in played if seen.record.nasty == name]
    assert found, name
    yield from found


def test_all_that_can_be_done_is_done(played: list[Seen]) -> None:
    """To creates and to looks, about four in ten of them; the others are answered as ever."""
    for makes in (True, False):
        counted = Counter(
            seen.record.nasty for seen in played if (seen.record.operation == played[0].record.operation) is makes
        )
        possible = {deed.name for deed in DEEDS} - (set() if makes else {"accepts-with-another-status"})
        assert possible - set(counted) == set()
        assert 0.5 < counted[None] / counted.total() < 0.7


def test_the_log_tells_what_was_done(played: list[Seen]) -> None:
    """By name and in a sentence."""
    says = {deed.name: deed.says for deed in DEEDS}
    for seen in played:
        if seen.record.nasty is not None:
            assert says[seen.record.nasty] in seen.record.nasty_says


def test_the_same_seed_does_the_same(contract: Contract) -> None:
    """Answer for answer, but for the time; and another seed does something else."""

    def shown(seed: str) -> list[Any]:
        return [
            (seen.record.nasty, seen.record.nasty_says, seen.record.status, seen.record.hidden, seen.record.job)
            for seen in _played(contract, seed, 60)
        ]

    assert shown("a") == shown("a")
    assert shown("a") != shown("b")


def test_other_requests_do_not_change_what_creates_meet(mock: StartMock) -> None:
    """Who polls more often, or sends something invalid, meets the same with the next create."""

    def met(looks: int) -> list[str | None]:
        caller = mock(nasty="x", slowest=0.0)
        for _ in range(12):
            made = _asked(caller, None)
            for _ in range(looks if made.record.job is not None else 0):
                _asked(caller, made.record.job)
            caller.http.post(caller.maker.path)
        return [
            record.nasty for record in caller.records if record.operation == caller.maker.id and record.status != 401
        ]

    assert met(0) == met(2)


def test_what_is_hidden_cannot_be_known(played: list[Seen], contract: Contract) -> None:
    """Where the log says so, no answer names the job that was made; and everywhere else the answer does."""
    found = contract.billable[0].success.by_role("id")
    assert found is not None
    hidden = [seen for seen in played if seen.record.hidden]
    told = [seen for seen in played if seen.record.made and not seen.record.hidden]
    assert hidden
    assert told
    for seen in hidden:
        assert seen.answer is None or str(seen.record.job) not in seen.answer.text
    for seen in told:
        assert seen.answer is not None
        assert found.read(json.loads(seen.answer.content))[1] == seen.record.job


def test_what_is_refused_makes_nothing(played: list[Seen]) -> None:
    """What says that nothing was made tells the truth, with a reason to try again or without."""
    for name in ("limits-and-says-when", "is-busy-and-says-when", "limits-without-a-word", "is-busy-without-a-word"):
        for seen in _of(played, name):
            assert seen.answer is not None
            assert seen.answer.status_code == (429 if name.startswith("limits") else 503)
            assert ("retry-after" in seen.answer.headers) is name.endswith("when")
            assert not seen.record.made
    for name in ("hangs-up-before", "shows-a-page-before", "refuses-with-200"):
        assert not any(seen.record.made for seen in _of(played, name))


def test_a_proxy_answers_with_a_page(played: list[Seen]) -> None:
    """Before and after the work, with a status of its own."""
    for name in ("shows-a-page-before", "shows-a-page-afterwards"):
        for seen in _of(played, name):
            assert seen.answer is not None
            assert seen.answer.headers["content-type"] == "text/html"
            assert seen.answer.status_code in (502, 503, 504)
            assert "<html>" in seen.answer.text


def test_connections_break(played: list[Seen]) -> None:
    """In the middle of an answer, or without one."""
    for name in ("cuts-off", "hangs-up-before", "hangs-up-afterwards-without-an-answer"):
        assert all(seen.error is not None for seen in _of(played, name)), name
    statuses = {seen.record.status for seen in _of(played, "hangs-up-before")}
    assert statuses == {None}


def _bodies(played: list[Seen], name: str) -> list[dict[str, Any]]:
    return [seen.answer.json() for seen in _of(played, name) if seen.answer is not None and seen.record.refused is None]


def test_answers_are_not_what_the_contract_says(played: list[Seen], contract: Contract) -> None:
    """Unknown statuses and members, nulls, numbers as text, what is optional left out: all told by roles."""
    success = contract.billable[0].success
    status, progress = success.by_role("status"), success.by_role("progress")
    assert status is not None
    assert progress is not None
    properties = {found.path[0] for found in success.properties}
    statuses = {status.read(body)[1] for body in _bodies(played, "says-an-unknown-status")}
    assert statuses - set(status.schema.enum)
    assert all(set(body) - properties for body in _bodies(played, "adds-members"))
    assert all(None in body.values() for body in _bodies(played, "says-null"))
    assert all(isinstance(progress.read(body)[1], str) for body in _bodies(played, "writes-numbers-as-text"))
    assert all(not progress.read(body)[0] for body in _bodies(played, "leaves-out"))
    codes = {seen.record.status for seen in _of(played, "accepts-with-another-status")}
    assert codes <= {201, 202}
    types = {seen.answer.headers.get("content-type") for seen in _of(played, "mislabels") if seen.answer is not None}
    assert None in types
    assert len(types) > 2


def test_a_job_has_its_ways_all_its_life(played: list[Seen], contract: Contract) -> None:
    """Times in another unit, or progress that stands still: some jobs, and then each time that they are shown."""
    success = contract.billable[0].success
    created, progress = success.by_role("created-time"), success.by_role("progress")
    assert created is not None
    assert progress is not None
    units: dict[str, set[int]] = {}
    still = Counter[str]()
    for seen in played:
        if seen.answer is None or seen.record.nasty is not None or seen.record.job is None:
            continue
        body = seen.answer.json()
        units.setdefault(seen.record.job, set()).add(len(str(created.read(body)[1])))
        if any("stands still" in says for says in seen.record.nasty_says):
            still[f"{seen.record.job} {progress.read(body)[1]}"] += 1
    assert all(len(lengths) == 1 for lengths in units.values())
    assert len({next(iter(lengths)) for lengths in units.values()}) == 2
    jobs = [name.partition(" ")[0] for name in still]
    assert len(jobs) == len(set(jobs)) > 3


def test_who_says_what_they_want_is_left_alone(mock: StartMock, tmp_path: Path) -> None:
    """A preference that is followed, and a rule of a script, are not mixed with chance."""
    script = tmp_path / "script.yaml"
    script.write_text("- nth: 21+\n  job: failed\n")
    caller = mock(nasty="7", slowest=0.0, script=script)
    assert {caller.create(Prefer="job=failed").status_code for _ in range(20)} == {200}
    assert {caller.create().status_code for _ in range(20)} == {200}
    assert {record.nasty for record in caller.records} == {None}


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_any_contract_can_be_nasty(path: Path) -> None:
    """Whatever it is about, with no defect of the mock."""
    contract = loaded(path)
    seen = _played(contract, "1", 90)
    assert len({each.record.nasty for each in seen}) > 10


def test_an_answer_is_late(mock: StartMock) -> None:
    """As late as the slowest may be, and no later."""
    caller = mock(nasty="7", slowest=0.01)
    while (seen := _asked(caller, None)).record.nasty != "answers-late":
        pass
    assert seen.record.status == 200
