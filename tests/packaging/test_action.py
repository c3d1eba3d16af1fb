"""The GitHub action, executed line by line as a runner does, with the wheel of this checkout."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import load
from conformance.reference import ReferenceServer

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
ACTION: Mapping[str, Any] = yaml.safe_load(
    (ROOT / ".github" / "actions" / "conformance" / "action.yml").read_text(encoding="utf-8")
)
TOKEN = "sk-of-a-workflow"


def run(folder: Path, programs: Path, given: Mapping[str, str]) -> tuple[int, str]:
    """Run the steps until one fails; return its status, and all that was said."""
    inputs = {name: given.get(name, about.get("default")) for name, about in ACTION["inputs"].items()}
    assert {name for name, value in inputs.items() if value is None} == set(), "an input that is required was not given"
    surroundings = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "VIDEOS_TOKEN": TOKEN,
        "PIP_NO_INDEX": "1",
    }
    said = ""
    for step in ACTION["runs"]["steps"]:
        own = {name: filled(value, inputs) for name, value in step["env"].items()}
        script = folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        assert step["shell"] == "sh"
        ended = subprocess.run(
            ("sh", "-e", script), cwd=folder, env={**surroundings, **own}, capture_output=True, text=True, check=False
        )
        said += ended.stdout + ended.stderr
        if ended.returncode:
            return ended.returncode, said
    return 0, said


def filled(text: str, inputs: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: inputs[found[1]], text)


@pytest.mark.parametrize(("behaviours", "code"), [((), 0), (("accepts-any-token",), 1)], ids=["correct", "broken"])
def test_the_action_installs_judges_and_writes_the_summary(
    wheel: Path, surroundings: Path, tmp_path: Path, behaviours: tuple[str, ...], code: int
) -> None:
    """The job's status is the command's, and its summary tells the verdict and the spend."""
    with ReferenceServer(load(), token=TOKEN, behaviours=behaviours) as server:
        given = {"url": server.url, "max-creates": "0", "args": "--only */auth/* --timeout 20", "package": str(wheel)}
        ended, said = run(tmp_path, surroundings, given)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert (ended, server.url in said) == (code, True), said
    assert ("createVideo/auth/invalid" in summary) is bool(code)
    assert server.url in summary
    assert server.creates <= 1
    assert TOKEN not in said + summary


def test_no_input_can_become_a_command(wheel: Path, surroundings: Path, tmp_path: Path) -> None:
    """A value reaches the shell as a variable, and not as a part of the script."""
    assert not any("${{" in step["run"] for step in ACTION["runs"]["steps"])
    given = {"url": "$(touch made)", "max-creates": "0", "package": str(wheel), "args": "; touch made"}
    ended, said = run(tmp_path, surroundings, given)
    assert (ended, (tmp_path / "made").exists()) == (2, False), said


def test_it_is_short() -> None:
    """What a reader takes in at a glance: two steps."""
    assert len(ACTION["runs"]["steps"]) == 2
