"""The scripts: each has one purpose and one line of help, and fails politely."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix)


def run(*command: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=60)


def test_the_scripts_list_themselves() -> None:
    """`./scripts/list` names every script, with the line of help that the script itself carries."""
    lines = run("./scripts/list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [f"./scripts/{script.name}" for script in SCRIPTS]
    assert all(line.rstrip().endswith(".") and len(line.split(maxsplit=1)[1]) > 20 for line in lines)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_short_executable_and_says_what_it_is_for(script: Path) -> None:
    """A shell script is there to find its program; what it does stands elsewhere."""
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert text.count("\n#: ") == 1
    assert "set -eu" in text
    assert len(text.splitlines()) <= 50


@pytest.mark.parametrize(
    "script", [*SCRIPTS, ROOT / "scripts" / "setup" / "bootstrap.sh"], ids=lambda script: script.name
)
def test_a_script_is_valid_for_every_shell(script: Path) -> None:
    """Read by sh, whichever shell that is here, and by bash."""
    for shell in ("sh", "bash"):
        ended = run(shell, "-n", script)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_every_script_is_named_in_the_readme_or_lists_itself() -> None:
    """A reader of the README finds the catalogue."""
    assert "./scripts/list" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_continuous_integration_runs_what_people_run() -> None:
    """No check lives only on a server: CI calls ./scripts/test."""
    ci = ROOT / ".ci" / "run"
    assert os.access(ci, os.X_OK)
    assert run("bash", "-n", ci).returncode == 0
    assert "./scripts/test" in ci.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (("lint", "--fixx"), "unknown argument '--fixx'"),
        (("bench", "nothing"), "nothing to measure is called 'nothing'"),
    ],
)
def test_a_wrong_argument_is_one_sentence(command: tuple[str, str], message: str) -> None:
    """Status 2, and no trace of how the script is made."""
    name, *arguments = command
    ended = run(ROOT / "scripts" / name, *arguments)
    assert ended.returncode == 2
    assert message in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_without_python_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    """A machine without Python 3.11 is told so, in a copy that has no environment yet."""
    shutil.copytree(ROOT / "scripts" / "setup", tmp_path / "scripts" / "setup")
    shutil.copy(ROOT / "scripts" / "serve", tmp_path / "scripts" / "serve")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "dirname"):
        found = shutil.which(tool)
        assert found is not None
        (tools / tool).symlink_to(found)

    ended = run(tools / "sh", tmp_path / "scripts" / "serve", env={"PATH": str(tools)})

    assert ended.returncode == 2
    assert ended.stderr.startswith("error: no Python 3.11 or newer")
