"""What adapters do wrong is a finding: never a hang, never a traceback, and nothing of theirs stays behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from conformance.clients.judged_by import CONDUCT
from conformance.clients.judging import Judged, TimeLimits
from conformance.clients.requests_judged import MadeUpToken
from conformance.contract import Contract
from conformance.errors import TargetError, UsageError
from conformance.reports.client_report import client_report
from conformance.vectors import Vector, vectors
from tests.clients.judged import QUICK, TOKEN, judged, misbehaving

ROOT = Path(__file__).resolve().parents[2]
_MARK = "VIDEOS_TEST_ADAPTERS"
SHORT = TimeLimits(start=60.0, call=0.4, silence=0.2, grace=0.6, whole=600.0)
NONSENSE = (
    "says-no-json", "answers-another-call", "answers-with-a-text-for-an-id", "gives-no-outcome", "gives-no-value",
    "gives-an-error-without-a-kind", "gives-nan", "says-what-is-not-utf-8",
)  # fmt: skip


@pytest.fixture(scope="module")
def some(contract: Contract) -> tuple[Vector, ...]:
    """A few vectors."""
    return vectors(contract)[:3]


def _kinds(made: Judged) -> list[set[str]]:
    return [{flaw.kind for flaw in trial.flaws} for trial in made.trials]


@pytest.fixture(autouse=True)
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """What every process that a test starts has in its environment, and no other process of this machine."""
    mark = f"{_MARK}={uuid4().hex}"
    monkeypatch.setenv(*mark.split("="))
    return mark


def _left(mark: str) -> list[str]:
    """Return the processes that a test has left; those that were ended may take a moment to go."""
    until = time.monotonic() + 10
    while found := _marked(mark):
        if time.monotonic() > until:
            break
        os.sched_yield()
    return found


def _marked(mark: str) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_text("utf-8", "replace"))
    return found


@pytest.mark.parametrize("way", NONSENSE)
def test_nonsense_is_a_finding(contract: Contract, some: tuple[Vector, ...], way: str, mark: str) -> None:
    """What the protocol does not have is told with the line that was written, vector by vector, on a new process."""
    made = judged(contract, some, misbehaving(way))
    assert _kinds(made) == [{"nonsense"}] * len(some)
    assert made.trouble is None
    assert _left(mark) == []


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("dies", "ended with 101 instead of answering; its last words: thread 'main' panicked with"),
        ("is-killed", "was ended by SIGKILL instead of answering"),
        ("closes-its-output", "closed its output and went on instead of answering"),
    ],
)
def test_a_crash_is_a_finding(contract: Contract, some: tuple[Vector, ...], way: str, said: str, mark: str) -> None:
    """An adapter that ends is started again for the next vector, and how it ended is told."""
    made = judged(contract, some, misbehaving(way))
    assert _kinds(made) == [{"crash"}] * len(some)
    assert all(said in trial.flaws[0].message for trial in made.trials)
    assert _left(mark) == []


@pytest.mark.parametrize("way", ["keeps-silent", "never-reads"])
def test_silence_is_a_finding(contract: Contract, some: tuple[Vector, ...], way: str, mark: str) -> None:
    """An adapter that does not answer is ended, and the run goes on."""
    made = judged(contract, some, misbehaving(way), SHORT)
    assert _kinds(made) == [{"hang"}] * len(some)
    assert _left(mark) == []


def test_a_line_without_end_is_a_finding(contract: Contract, some: tuple[Vector, ...], mark: str) -> None:
    """Output that never ends fills no memory, and ends no run."""
    made = judged(contract, some[:1], misbehaving("writes-without-end"), QUICK)
    assert _kinds(made) in ([{"nonsense"}], [{"hang"}])
    assert _left(mark) == []


def test_a_noisy_adapter_is_heard(contract: Contract, some: tuple[Vector, ...]) -> None:
    """Standard error is free: however much stands there, nobody waits for anybody."""
    made = judged(contract, some, misbehaving("fills-standard-error"))
    assert {trial.not_run for trial in made.trials} == {"the client cannot do this: it is a fake"}
    assert made.conduct == ()


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("answers-twice", '"id": 1|answered the call 1 twice'),
        ("writes-lines-without-end", "wrote what nobody had asked for: tick|wrote a line that is not JSON.*tick"),
        ("stays", "did not end within"),
        ("leaves-a-child", "of its processes behind"),
        ("ends-with-an-error", "ended with 7 after `bye`"),
    ],
)
def test_bad_conduct_is_a_finding(
    contract: Contract, some: tuple[Vector, ...], way: str, said: str, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    """An adapter that speaks unasked, or does not end, is told so; and it ends all the same.

    What is unasked counts against the adapter, or, where it stands in front of an answer, against the vector.
    """
    monkeypatch.setattr("conformance.clients.adapter.ENDS_WITHIN", 1.0)
    made = judged(contract, some, misbehaving(way), SHORT)
    found = [*made.conduct, *(flaw for trial in made.trials for flaw in trial.flaws)]
    assert any(re.search(said, flaw.message) for flaw in found)
    assert _left(mark) == []


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("speaks-another-protocol", "speaks protocol 2, and this judge 1"),
        ("names-no-client", "named no client"),
        ("dies-at-once", "ended with 1 instead of saying hello; its last words: cannot import name 'Client'"),
    ],
)
def test_an_adapter_that_cannot_start_ends_the_run(
    contract: Contract, some: tuple[Vector, ...], way: str, said: str, mark: str
) -> None:
    """Without a hello nothing can be decided; why is said in one sentence."""
    with pytest.raises(TargetError, match="the adapter ") as caught:
        judged(contract, some, misbehaving(way))
    assert said in str(caught.value)
    assert _left(mark) == []


def test_a_program_that_says_nothing_ends_the_run(contract: Contract, some: tuple[Vector, ...]) -> None:
    """A command that is no adapter at all is not waited for without end."""
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    with pytest.raises(TargetError, match=r"said nothing within 0\.5 s"):
        judged(contract, some, command, TimeLimits(start=0.5))


@pytest.mark.parametrize("command", ["no-such-command-here", "./no/such/file", "/"])
def test_a_command_that_is_none_is_a_mistake_of_usage(
    contract: Contract, some: tuple[Vector, ...], command: str
) -> None:
    """A misspelt command is told apart from a broken adapter."""
    with pytest.raises(UsageError, match=command):
        judged(contract, some, [command])


def test_an_adapter_that_always_dies_is_given_up(contract: Contract) -> None:
    """After ten ends in a row the rest is not run, and the run is not complete."""
    made = judged(contract, vectors(contract)[:12], misbehaving("dies"))
    assert made.trouble is not None
    assert "10 times in a row" in made.trouble
    assert [bool(trial.not_run) for trial in made.trials] == [False] * 10 + [True] * 2


def test_a_run_that_takes_too_long_is_not_complete(contract: Contract, some: tuple[Vector, ...]) -> None:
    """The limit of the whole run holds, whatever each call may take."""
    made = judged(contract, some, misbehaving("works"), TimeLimits(whole=0.0))
    assert made.trouble is not None
    assert "longer than 0 s" in made.trouble


def test_the_last_words_hold_no_token(contract: Contract, some: tuple[Vector, ...]) -> None:
    """What an adapter writes as it dies is shown without the token."""
    made = judged(contract, some, misbehaving("dies"))
    report = client_report(contract, made, misbehaving("dies"), MadeUpToken.of(TOKEN), datetime.now(UTC), 1.0)
    text = f"{report.to_dict()}"
    assert "thread 'main' panicked with" in text
    assert TOKEN not in text


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_judge_leaves_no_adapter(tmp_path: Path, wish: signal.Signals, mark: str) -> None:
    """Ctrl-C, or a CI that is cancelled, ends the adapter as well, which has a process group of its own."""
    started = tmp_path / "started"
    script = f"open({str(started)!r}, 'w').close(); import time; time.sleep(600)"
    command = [sys.executable, "-m", "conformance", "client", "--", sys.executable, "-c", script]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not started.exists() and process.poll() is None:
        os.sched_yield()
    assert len(_marked(mark)) == 2, "the judge and its adapter"
    process.send_signal(wish)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.decode().strip().splitlines()[-1]) == (3, "interrupted")
    assert _left(mark) == []


_STOPS_AT_THE_FOURTH = """
import json, sys, time
from pathlib import Path
from tests.clients.misbehaving import hello, result, say

for number, line in enumerate(sys.stdin):
    if number == 4:
        Path(sys.argv[1]).touch()
        time.sleep(600)
    hello() if number == 0 else say(result(json.loads(line)))
"""


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_what_was_seen_before_an_interruption_is_told(tmp_path: Path, wish: signal.Signals, mark: str) -> None:
    """In the terminal and in every report; the other vectors were not run, and the run is not complete."""
    started, written = tmp_path / "started", tmp_path / "report.json"
    command = [
        *(sys.executable, "-m", "conformance", "client", "--report-json", str(written), "--"),
        *(sys.executable, "-c", _STOPS_AT_THE_FOURTH, str(started)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    while not started.exists() and process.poll() is None:
        os.sched_yield()
    process.send_signal(wish)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "interrupted" in said.decode()
    report = json.loads(written.read_text(encoding="utf-8"))
    assert (report["complete"], report["trouble"]) == (False, "interrupted")
    reasons = [line["reason"] for line in report["verdicts"] if line["id"] != CONDUCT]
    assert reasons[:3] == ["the client cannot do this: it is a fake"] * 3
    assert set(reasons[3:]) == {"interrupted"}
    assert len(reasons) > 400
    assert _left(mark) == []
