"""What a user of `videos-conformance selftest` sees."""

from __future__ import annotations

from pathlib import Path

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
