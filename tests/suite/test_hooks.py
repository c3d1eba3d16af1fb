"""Our checks in plain Schemathesis."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conformance.checks import CHECKS
from conformance.hooks import MEANING
from tests.suite.runs import ROOT, TOKEN, environment
from tests.suite.serving import Serve

_NAMES = [f"videos_{name}" for name in MEANING]


def _st(url: str, folder: Path, checks: str) -> subprocess.CompletedProcess[str]:
    command = [
        *(str(Path(sys.executable).with_name("st")), "run", str(ROOT / "openapi.yaml"), "--url", url),
        *("-H", f"Authorization: Bearer {TOKEN}", "--checks", checks, "--phases", "fuzzing", "--mode", "all"),
        *("--max-examples", "12", "--seed", "1", "--no-color", "--generation-database", "none"),
    ]
    env = environment(SCHEMATHESIS_HOOKS="conformance.hooks", PYTHONPATH=str(ROOT))
    return subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=folder, env=env, check=False)


def test_names_are_ours() -> None:
    """Every check that the hooks offer is one of the suite's own."""
    assert set(MEANING) <= set(CHECKS)


def test_plain_schemathesis_finds_a_fault_by_our_check(serve: Serve, tmp_path: Path) -> None:
    """`st run` with our hooks finds what only our checks know, and names the requirement."""
    made = _st(serve("repeats-a-name", "repeats-the-token-in-a-refusal").url, tmp_path, ",".join(_NAMES))
    assert made.returncode == 1, made.stdout + made.stderr
    assert "json/unique-names" in made.stdout
    assert "secrecy/credential" in made.stdout


def test_plain_schemathesis_finds_nothing_on_the_correct_server(serve: Serve, tmp_path: Path) -> None:
    """On the correct server our checks are silent in `st run` too."""
    made = _st(serve().url, tmp_path, ",".join([*_NAMES, "videos_run"]))
    assert made.returncode == 0, made.stdout + made.stderr
