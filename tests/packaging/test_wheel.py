"""The wheel: what `pip install` of it gives, in an environment that has never seen this checkout."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from conformance import __version__
from conformance.contract import Contract, default_path, load
from conformance.requirements import catalogue
from conformance.requirements.sets import newest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
OVERLAYS = tuple((ROOT / "overlays").glob("*.yaml"))


@pytest.fixture(scope="session")
def contract() -> Contract:
    """The project's own contract."""
    return load()


def said(*command: str | Path, cwd: Path) -> str:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_the_wheel_holds_the_package_its_data_and_the_contract(wheel: Path) -> None:
    """Every file that belongs to the project, the contract beside it, and the mark that it is typed."""
    tracked = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "conformance"),
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert archive.read("conformance/openapi.yaml") == (ROOT / "openapi.yaml").read_bytes()
    carried = {"conformance/openapi.yaml", *(f"conformance/overlays/{path.name}" for path in OVERLAYS)}
    assert names == {name for name in tracked if (ROOT / name).is_file()} | carried
    assert "conformance/py.typed" in names


def test_the_command_judges_by_the_contract_inside(installed: Path, tmp_path: Path, contract: Contract) -> None:
    """It says what it is, and knows every requirement without this checkout."""
    versions = said(installed / "videos-conformance", "--version", cwd=tmp_path)
    for overlay in OVERLAYS:
        listed = said(installed / "videos-conformance", "requirements", "--overlay", overlay.stem, cwd=tmp_path)
        assert listed
    scored = newest()
    assert scored is not None
    told = [f"videos-conformance {__version__}", f"contract {contract.version}", f"requirement set {scored.name}"]
    assert versions.splitlines() == told
    place = said(
        *(installed / "python", "-c", "from conformance.contract import load; print(load().path)"), cwd=tmp_path
    )
    assert Path(place.strip()).name == "openapi.yaml"
    assert Path(place.strip()) != default_path()
    listed = said(installed / "videos-conformance", "requirements", cwd=tmp_path)
    assert re.findall(r"^\S+$", listed, re.MULTILINE) == list(catalogue(contract).by_id)


def test_pytest_finds_the_plugin(installed: Path, tmp_path: Path, contract: Contract) -> None:
    """Without a word in any configuration file."""
    command = (installed / "python", "-m", "pytest", "--pyargs", "conformance", "--collect-only", "-q")
    listed = said(*command, "-p", "no:cacheprovider", cwd=tmp_path)
    assert listed.count("conformance::") == len(catalogue(contract))


def test_what_it_asks_for_is_what_the_project_names(wheel: Path) -> None:
    """No tool of the tests reaches a user."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith("METADATA"))
        text = archive.read(metadata).decode()
    asked = re.findall(r"^Requires-Dist: (\S+?)[;<>=! ](?!.*extra ==)", text, re.MULTILINE)
    assert sorted(map(str.lower, asked)) == sorted(
        re.split(r"[<>=]", name)[0].lower() for name in project["dependencies"]
    )


@pytest.mark.slow
def test_a_clean_environment_gets_all_that_is_needed_and_little_more(wheel: Path, tmp_path: Path) -> None:
    """From the index, as a user does."""
    place = tmp_path / "venv"
    uv = (sys.executable, "-m", "uv", "--quiet")
    subprocess.run((*uv, "venv", place), check=True)
    subprocess.run((*uv, "pip", "install", "--python", place / "bin" / "python", wheel), check=True)
    assert __version__ in said(place / "bin" / "videos-conformance", "--version", cwd=tmp_path)
    assert "--videos-url" in said(place / "bin" / "pytest", "--help", cwd=tmp_path)


def test_the_page_says_of_every_dependency_what_it_is_for() -> None:
    """What is added to the project stands on the page, with its weight and its reason; what is gone does not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[<>=]", name)[0].lower() for name in project["dependencies"]}
    text = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    weighed, _, reasons = text.partition("<!-- /weights -->")
    assert set(re.findall(r"^\| ([\w-]+) \| \d", weighed, re.MULTILINE)) == asked
    rows = [line.split("|")[1] for line in reasons.splitlines() if line.startswith("|")][2:]
    assert {name.strip().lower() for row in rows for name in row.split(",")} == asked
