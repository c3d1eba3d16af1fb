"""The package is typed strictly, and its types find the mistakes that people make."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent / "typing"
MISTAKES = {
    number
    for number, line in enumerate((HERE / "mistakes.py.txt").read_text(encoding="utf-8").splitlines(), 1)
    if line.endswith("# mistake")
}
# Clients of other contracts, by the names of their fixtures.
OTHERS = ("everything", "smallest", "grown", "secured", "loans", "letters")
PYRIGHT = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "venvPath": sys.prefix, "venv": "."}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with the package, those of other contracts, and the files that use it, away from any configuration."""
    made = tmp_path_factory.mktemp("typing")
    packages: dict[str, str | Path] = {"aiid_videos": ROOT / "generated" / "python" / "aiid_videos"}
    packages |= {name: request.getfixturevalue(name).__path__[0] for name in OTHERS}
    for name, package in packages.items():
        shutil.copytree(package, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "examples.py", made)
    # Under a name that keeps this project's own checks away from it.
    shutil.copy(HERE / "mistakes.py.txt", made / "mistakes.py")
    return made


def test_mypy_finds_all_mistakes_and_nothing_else(folder: Path) -> None:
    """Strict, over the package, the examples and the mistakes in one go."""
    cache = str(ROOT / ".cache" / "typing")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", cache]
    done = subprocess.run(
        [*command, "aiid_videos", *OTHERS, "examples.py", "mistakes.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert [line for line in lines if not line.startswith("mistakes.py")] == []
    assert {int(line.split(":")[1]) for line in lines} == MISTAKES


def test_pyright_finds_all_mistakes_and_nothing_else(folder: Path) -> None:
    """Strict, over the package, the examples and the mistakes in one go."""
    (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT), encoding="utf-8")
    command: list[str | Path] = [Path(sys.executable).with_name("pyright"), "--outputjson"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert [each for each in found if not each["file"].endswith("mistakes.py")] == []
    assert {each["range"]["start"]["line"] + 1 for each in found} == MISTAKES


def test_the_package_says_that_it_is_typed() -> None:
    """Or type checkers would not look at it; and no value in it is excused from them."""
    package = ROOT / "generated" / "python" / "aiid_videos"
    assert (package / "py.typed").exists()
    excused = [
        path.name
        for path in package.rglob("*.py")
        if re.search(r"type: *ignore|pyright: *ignore|noqa", path.read_text(encoding="utf-8"))
    ]
    assert excused == []
