"""The lock files: complete, consistent, and without a word about where packages come from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = [ROOT / name for name in ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock")]
NPM_LOCKS = sorted(
    path for path in ROOT.glob("scripts/**/package-lock.json") if "node_modules" not in path.relative_to(ROOT).parts
)


def pins(lock: Path) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return {normal(name): version for name, version in found}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=! ;]", name, maxsplit=1)[0]).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_hash(lock: Path) -> None:
    """What pip would refuse, seen before a newcomer sees it."""
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        if "==" in entry.partition("\n")[0]:
            assert "--hash=sha256:" in entry


@pytest.mark.parametrize("lock", [*LOCKS, *NPM_LOCKS], ids=lambda lock: f"{lock.parent.name}-{lock.name}")
def test_no_lock_says_where_packages_come_from(lock: Path) -> None:
    """Hashes make it irrelevant, and addresses would break whoever uses a mirror."""
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"https?://\S+\.(whl|tgz|gz|zip)", text)
    assert not re.search(r'^\s*("resolved"|--(extra-)?index-url|--find-links|registry\s*=)', text, re.MULTILINE)


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda lock: lock.parent.name)
def test_every_npm_package_has_an_integrity(lock: Path) -> None:
    """Without an address, the hash is what says which package is meant."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    assert all("integrity" in package for path, package in packages.items() if path and not package.get("inBundle"))


def test_each_lock_contains_the_one_before() -> None:
    """Layers: a package has one version, whatever profile a checkout was set up for."""
    runtime, dev, bench = map(pins, LOCKS)
    assert runtime.items() <= dev.items()
    assert dev.items() <= bench.items()


def test_what_the_project_asks_for_is_locked() -> None:
    """A dependency added to pyproject.toml without ./scripts/lock is found here, not by a newcomer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev, bench = map(pins, LOCKS)
    groups = {
        name: [item for item in items if isinstance(item, str)] for name, items in project["dependency-groups"].items()
    }
    assert {normal(name) for name in [*project["project"]["dependencies"], *groups["build"]]} <= runtime.keys()
    assert {normal(name) for name in groups["dev"]} <= dev.keys()
    assert {normal(name) for name in groups["bench"]} <= bench.keys()


def test_exact_pins_are_what_is_locked() -> None:
    """Tools that shape generated output have one version, in pyproject.toml and in the lock."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    exact = re.findall(r'"([A-Za-z0-9-]+)==([^"]+)"', text)
    locked = pins(LOCKS[1])
    assert {normal(name) for name, _ in exact} >= {"ruff", "openapi-python-client", "schemathesis"}
    assert all(locked[normal(name)] == version for name, version in exact)


def test_only_one_distribution_claims_the_multipart_import() -> None:
    """Both spell `import multipart`; whichever is installed last would win."""
    for lock in LOCKS:
        assert "multipart" in pins(lock)
        assert "python-multipart" not in pins(lock)
