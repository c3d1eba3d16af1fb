"""The distribution as people install it: its wheel, and an environment that has it and not this checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("videos_conformance", "_videos_conformance")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as a release is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT))
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that has what the wheel asks for, and not the project; its folder of programs."""
    place = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run((sys.executable, "-m", "venv", str(place)), check=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)}))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(OURS) and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    return place / "bin"


@pytest.fixture(scope="session")
def installed(wheel: Path, surroundings: Path) -> Path:
    """The programs of an environment into which pip has installed the wheel."""
    pip = (surroundings / "python", "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check")
    subprocess.run((*pip, wheel), check=True)
    return surroundings
