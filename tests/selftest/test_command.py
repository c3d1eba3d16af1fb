"""What a user of `videos-conformance selftest` sees."""

from __future__ import annotations

from pathlib import Path

from conformance.campaign import Options
from conformance.selftest import CORRECT, FOLLOW, LIMIT, PACE, Examination, examine
from tests.suite.runs import command

CONTRACT = Path(__file__).resolve().parents[1] / "growth" / "contracts" / "sms-basic.yaml"


def test_faults_are_derived_from_any_contract() -> None:
    """A contract of somebody else's is tested by a fault for each of its requirements, named by the requirement."""
    said = command("selftest", "--contract", CONTRACT, "--workers", "1", "breaks sendMessage/request/to/required")
    assert (said.code, said.stderr.strip()) == (0, "")
    assert "1 of 1 faults found (100%), each by a requirement that it names" in said.stdout


def test_a_name_that_is_none_is_refused() -> None:
    """A misspelt fault must not look like a self-test that found nothing wrong."""
    said = command("selftest", "--workers", "1", "no-such-fault")
    assert (said.code, said.stdout) == (2, "")
    assert said.stderr.startswith("error: unknown: no-such-fault; ")


def _examined(name: str, limit: float) -> Examination:
    return examine(name, Options(60, max_response_time=limit, pace=PACE, follow=FOLLOW))


def test_a_server_that_is_late_each_time_is_told_as_late() -> None:
    """To examine again what was late on a busy machine hides no server that is late, and is no use for a slow one."""
    never = _examined(CORRECT, 1e-9)
    assert never.is_late
    assert "time/limit" in never.failed
    assert not _examined("answers-slowly", LIMIT).is_late
