"""What a provider charges: whatever a gateway answers, no more is made than was allowed, and all of it is told."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from attrs import evolve

from conformance.contract import Contract
from conformance.engine.pace import Pace
from conformance.errors import ExitCode
from conformance.requirements.selection import Selection
from tests.suite.provider import LIES, WAYS, Provider
from tests.suite.runs import OFF_THE_WIRE, ROOT, TOKEN, Run, carry_out, environment, words
from tests.suite.servers import listening

_PACE = Pace(timeout=1.5, create_timeout=0.5, recovery_attempts=2)
# A validating one makes nothing where the ceiling is 0, however it would have answered.
_CASES = [
    *((way, ceiling, True) for way in WAYS for ceiling in (0, 3)),
    *((way, 1, False) for way in WAYS),
    *((way, 3, False) for way in ("500", "wrapped", "late")),
    *((way, 1, True) for way in ("500", "wrapped", "late")),
    ("500", 0, False),
]
_LYING = [(way, ceiling, is_lenient) for way in LIES for ceiling, is_lenient in ((0, True), (3, True), (1, False))]


def _run(provider: Provider, ceiling: int, *, on_the_wire: bool = False) -> Run:
    with listening(provider) as peer:
        tier = "full" if ceiling else "free"
        chosen = Selection() if on_the_wire else OFF_THE_WIRE
        return carry_out(provider.contract, peer.url, ceiling, pace=_PACE, tier=tier, selection=chosen)


def _told(made: Run) -> int:
    ledger = made.report.ledger
    return int(ledger["creates"] + ledger["possible_creates"])


@pytest.mark.parametrize(("way", "ceiling", "is_lenient"), _CASES)
def test_no_answer_hides_a_job(small: Contract, way: str, ceiling: int, *, is_lenient: bool) -> None:
    """However a job is answered for, no more are made than the ceiling allows (one where it is 0), and each is told."""
    provider = Provider(small, TOKEN, WAYS[way], is_lenient=is_lenient)
    made = _run(provider, ceiling, on_the_wire=way in ("500", "cut"))
    assert provider.jobs <= max(ceiling, 1)
    assert provider.jobs <= _told(made) <= max(ceiling, 1)
    assert provider.jobs == 0 if ceiling == 0 and not is_lenient else provider.jobs > 0


@pytest.mark.parametrize(("way", "ceiling", "is_lenient"), _LYING)
def test_a_lie_is_not_repeated(small: Contract, way: str, ceiling: int, *, is_lenient: bool) -> None:
    """Where even a 4xx hides a job, a run of few creates still stays below its ceiling, but for a plain 400."""
    provider = Provider(small, TOKEN, LIES[way], is_lenient=is_lenient)
    _run(provider, ceiling)
    if way != "400":
        assert provider.jobs <= max(ceiling, 1)


@pytest.mark.parametrize("way", ["500", "wrapped", "late"])
def test_three_unclear_creates_are_enough(small: Contract, way: str) -> None:
    """Where creates are neither accepted nor refused, three show it; the run stops creating, and says so first."""
    provider = Provider(small, TOKEN, WAYS[way])
    made = _run(provider, 40)
    assert provider.jobs == _told(made) == 3
    assert any("creating stopped: 3 creates in a row" in headline for headline in made.report.headlines)
    assert any("no more were sent" in skip.reason for skip in made.skips)
    assert made.report.exit_code() == ExitCode.INCOMPLETE


@pytest.mark.parametrize("is_lenient", [False, True], ids=["validating", "lenient"])
def test_what_is_under_way_at_an_interruption_is_told(small: Contract, tmp_path: Path, *, is_lenient: bool) -> None:
    """Ctrl-C while creates are under way ends the run with 3 once they have had their time; the report counts them."""
    path, under_way = tmp_path / "report.json", threading.Event()
    provider = Provider(small, TOKEN, WAYS["late"], is_lenient=is_lenient, made=lambda _: under_way.set())
    with listening(provider) as peer:
        arguments = (
            "run", "--url", peer.url, "--contract", small.path, "--max-creates", 6, "--skip", "wire/*",
            "--report-json", path, "--timeout", 3, "--create-timeout", 3,
        )  # fmt: skip
        with subprocess.Popen(
            words(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment()
        ) as running:
            assert under_way.wait(60)
            running.send_signal(signal.SIGINT)
            stdout, _ = running.communicate(timeout=30)
    assert running.returncode == ExitCode.INCOMPLETE
    told = json.loads(path.read_text(encoding="utf-8"))["ledger"]
    assert 0 < provider.jobs <= told["creates"] + told["possible_creates"] <= 6
    assert "possible" in stdout


def test_many_at_once_are_few_where_little_is_left(small: Contract) -> None:
    """Requests under way could all make something, so that a low ceiling lets them go one at a time."""
    provider = Provider(small, TOKEN, WAYS["wrapped"], is_lenient=True)
    with listening(provider) as peer:
        made = carry_out(small, peer.url, 2, pace=evolve(_PACE, concurrency=16))
    assert provider.jobs <= _told(made) <= 2
