"""Outcomes by request header: what is followed, and what is told of what is not."""

from __future__ import annotations

import re

import pytest

from tests.mock.calling import MockCaller
from tests.mock.conftest import StartMock


def _stages(caller: MockCaller, job: str, looks: int) -> list[str | None]:
    for _ in range(looks):
        caller.read(job)
    return [record.stage for record in caller.records[-looks:]]


def _progress(caller: MockCaller, job: str, looks: int) -> list[object]:
    return [caller.value(caller.read(job), "progress") for _ in range(looks)]


def test_a_job_ends_after_as_many_looks_as_are_asked_for(mock: StartMock) -> None:
    """`looks=2`: the second look shows the end, which `job` chooses."""
    caller = mock()
    job = caller.job(Prefer="looks=2, job=failed")
    assert _stages(caller, job, 3) == ["running", "failed", "failed"]


def test_progress_is_what_is_asked_for(mock: StartMock) -> None:
    """`progress="10 50 50"` is shown look by look, and then the end."""
    caller = mock()
    answer = caller.create(Prefer='progress="10 50, 50"')
    assert answer.headers["preference-applied"] == 'progress="10 50, 50"'
    assert _progress(caller, str(caller.value(answer, "id")), 4) == [10, 50, 50, 100]


def test_a_status_is_given_in_the_words_of_the_contract(mock: StartMock) -> None:
    """One that the contract knows is the end of the job; any other is shown, and never ends."""
    caller = mock()
    status = caller.maker.success.by_role("status")
    assert status is not None
    assert status.lifecycle is not None
    for name in status.lifecycle.terminal:
        job = caller.job(Prefer=f"status={name}, looks=1")
        assert caller.value(caller.read(job), "status") == name
    job = caller.job(Prefer="status=half-baked")
    assert [caller.value(caller.read(job), "status") for _ in range(6)] == ["half-baked"] * 6


def test_a_job_can_take_time(mock: StartMock) -> None:
    """`seconds` ends a job by the clock, however often it is looked at, and at once for 0."""
    caller = mock()
    slow, quick = caller.job(Prefer="seconds=600"), caller.job(Prefer="seconds=0")
    assert _stages(caller, slow, 8) == ["waiting"] * 8
    assert _stages(caller, quick, 1) == ["succeeded"]


@pytest.mark.parametrize("seconds", [0, 600])
def test_all_jobs_can_live_by_the_clock(mock: StartMock, seconds: float) -> None:
    """`--job-seconds` says how long; an end has its time, exactly so much later than the beginning."""
    caller = mock(job_seconds=seconds)
    job = caller.job()
    assert _stages(caller, job, 2) == (["succeeded"] * 2 if seconds == 0 else ["waiting"] * 2)
    if seconds == 0:
        shown = caller.read(job)
        assert caller.value(shown, "completed-time") == caller.value(shown, "created-time")


def test_a_refusal_says_when_to_try_again(mock: StartMock) -> None:
    """`retry-after` goes with a code, and both are told as followed."""
    caller = mock()
    answer = caller.create(Prefer="code=429, retry-after=7")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.headers["preference-applied"] == "code=429, retry-after=7"
    assert caller.last.followed == ("code=429", "retry-after=7")


@pytest.mark.parametrize(
    ("sent", "applied", "ignored", "why"),
    [
        ("foo", "", "foo", "there is no 'foo'"),
        ("cod=429", "", "cod=429", "did you mean 'code'"),
        ("code=418", "", "code=418", "documents 200, 400"),
        ("job=soon", "", "job=soon", "waiting, running, succeeded, failed"),
        ("job=failed, job=running", "job=failed", "job=running", "said before"),
        ("looks=0, wait=0", "wait=0", "looks=0", "from 1"),
        ('progress="10 x"', "", 'progress="10 x"', "percentages"),
        ("wait=x; why=none", "", "wait=x", "number of seconds"),
        ('x="a, b", job=failed', "job=failed", 'x="a, b"', "there is no 'x'"),
        ("=, job=failed", "job=failed", "=", "no preference"),
        ("respond-async", "", "respond-async", "there is no"),
    ],
)
def test_what_is_not_followed_is_told(mock: StartMock, sent: str, applied: str, ignored: str, why: str) -> None:
    """In Preference-Applied under a word of its own, and in the log with the reason; the call goes on."""
    caller = mock()
    answer = caller.create(Prefer=sent)
    assert answer.status_code == 200
    told = answer.headers["preference-applied"]
    match = re.fullmatch(r'(?:(.*), )?ignored="((?:[^"\\]|\\.)*)"', told)
    assert match is not None, told
    assert (match[1] or "", re.sub(r"\\(.)", r"\1", match[2])) == (applied, ignored)
    ((preference, reason),) = caller.last.ignored
    assert preference == ignored
    assert why in reason


def test_a_preference_that_has_nothing_to_do_with_an_operation_is_told(mock: StartMock) -> None:
    """To look at a job makes none."""
    caller = mock()
    job = caller.job()
    answer = caller.read(job, Prefer="job=failed")
    assert answer.headers["preference-applied"] == 'ignored="job=failed"'
    assert "makes no job" in caller.last.ignored[0][1]


def test_no_preference_breaks_a_header(mock: StartMock) -> None:
    """What no header can carry is not sent back, and of what is very long the beginning."""
    caller = mock()
    sent = f'a="\xff\\"", {"b" * 5000}'.encode("latin-1")
    answer = caller.http.request("POST", caller.maker.path, headers=[(b"prefer", sent), *_credentials(caller)])
    assert answer.status_code == 400  # there is no body
    assert "\xff" not in answer.headers["preference-applied"]
    assert len(answer.headers["preference-applied"]) < 600


def _credentials(caller: MockCaller) -> list[tuple[bytes, bytes]]:
    from tests.mock.calling import credentials

    return [(name.encode(), value.encode()) for name, value in credentials(caller.maker).items()]
