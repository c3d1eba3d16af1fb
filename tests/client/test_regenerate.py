"""The command that writes generated/: same bytes, nothing stray, clear refusals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "openapi.yaml"


def regenerate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "_regenerate.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_checked_in_files_are_what_the_contract_gives() -> None:
    done = regenerate("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_check_shows_a_difference_and_writing_removes_it(tmp_path: Path) -> None:
    assert regenerate("--output", tmp_path).returncode == 0
    readme, stray = tmp_path / "python" / "README.md", tmp_path / "python" / "stray.py"
    readme.write_text("changed by hand\n", encoding="utf-8")
    stray.write_text("left = True\n", encoding="utf-8")

    checked = regenerate("--check", "--output", tmp_path)
    assert checked.returncode == 1
    assert "--- kept/python/README.md" in checked.stdout
    assert "-changed by hand" in checked.stdout
    assert "-left = True" in checked.stdout
    assert "./scripts/regenerate" in checked.stderr
    assert stray.exists(), "checking must change nothing"

    assert regenerate("--output", tmp_path).returncode == 0
    assert not stray.exists()
    assert regenerate("--check", "--output", tmp_path).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["python"], "no scratch is left behind"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "is empty"),
        ("openapi: 3.1.0\ninfo: [\n", 3, "is not YAML"),
        ("openapi: 3.1.0\ninfo: {title: a, version: '1'}\n", 1, "`paths` is missing"),
        ("- a\n- b\n", 1, "`openapi` is missing"),
    ],
    ids=["empty", "not-yaml", "no-paths", "a-list"],
)
def test_a_broken_contract_gets_one_sentence_with_its_line(tmp_path: Path, text: str, line: int, why: str) -> None:
    contract = tmp_path / "broken.yaml"
    contract.write_text(text, encoding="utf-8")
    done = regenerate("--contract", contract, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"broken.yaml:{line}: " in done.stderr
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("out/*")), "a refused contract must not leave half an output"


def test_a_missing_contract_and_a_dangling_reference_are_named(tmp_path: Path) -> None:
    missing = regenerate("--contract", tmp_path / "nowhere.yaml", "--output", tmp_path / "out")
    assert missing.returncode == 2
    assert "nowhere.yaml: cannot be read: No such file or directory" in missing.stderr

    text = CONTRACT.read_text(encoding="utf-8")
    reference = next(line for line in text.splitlines() if "$ref: '#/components/schemas/" in line)
    dangling = tmp_path / "dangling.yaml"
    dangling.write_text(text.replace(reference, reference.replace("schemas/", "schemas/No"), 1))
    done = regenerate("--contract", dangling, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert "dangling.yaml:" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
