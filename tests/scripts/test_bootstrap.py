"""The shared set-up: quick when nothing changed, never fooled by half an installation."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path) -> ModuleType:
    """The module in a checkout of its own, with lock files and an environment that only look like ones."""
    folder = tmp_path / "scripts" / "setup"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "setup" / "bootstrap.py", folder)
    for name in (*(f"requirements{layer}.lock" for layer in ("", "-dev", "-bench", "-peers")), "pyproject.toml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    for name in (".venv", ".venv-peers"):
        (tmp_path / name / "bin").mkdir(parents=True)
        (tmp_path / name / "pyvenv.cfg").write_text("version = 3.11.0\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("bootstrap_copy", folder / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that the set-up would run, in their order."""
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(bootstrap, "run", lambda *command: commands.append(tuple(map(str, command))))
    monkeypatch.setattr(bootstrap, "works", lambda _python: True)
    return commands


def test_what_is_in_place_is_not_installed_again(bootstrap: ModuleType, installed: list[tuple[str, ...]]) -> None:
    """The second run of a script only compares."""
    assert bootstrap.main(["dev"]) == 0
    first = len(installed)
    assert first > 0
    assert bootstrap.main(["dev"]) == 0
    assert len(installed) == first
    assert bootstrap.main(["--fresh", "dev"]) == 0


@pytest.mark.parametrize(
    ("profile", "locks"),
    [
        ("runtime", ["requirements.lock"]),
        ("dev", ["requirements.lock", "requirements-dev.lock"]),
        ("bench", ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock"]),
    ],
)
def test_a_profile_is_made_from_its_own_locks_and_no_others(
    bootstrap: ModuleType, installed: list[tuple[str, ...]], profile: str, locks: list[str]
) -> None:
    """Who can run the tests can run the suite; who runs the suite installs nothing of the tests."""
    bootstrap.main([profile])
    (step,) = [command for command in installed if "--require-hashes" in command]
    assert [Path(word).name for before, word in pairwise(step) if before == "-r"] == locks
    assert [name for name in bootstrap.PROFILES if bootstrap.is_fresh(name)] == list(bootstrap.PROFILES[: len(locks)])


def test_what_peers_are_written_with_stands_apart(bootstrap: ModuleType, installed: list[tuple[str, ...]]) -> None:
    """Their environment gets their lock and not this project, and no other profile goes stale by it."""
    bootstrap.main(["dev"])
    installed.clear()
    assert bootstrap.main(["peers"]) == 0
    (step,) = installed
    assert step[0] == str(bootstrap.ROOT / ".venv-peers" / "bin" / "python")
    assert [Path(word).name for before, word in pairwise(step) if before == "-r"] == ["requirements-peers.lock"]
    assert [name for name in bootstrap.PROFILES if bootstrap.is_fresh(name)] == ["runtime", "dev", "peers"]
    (bootstrap.ROOT / "requirements-peers.lock").write_text("changed", encoding="utf-8")
    assert [name for name in bootstrap.PROFILES if bootstrap.is_fresh(name)] == ["runtime", "dev"]


def test_an_environment_in_use_is_changed_in_place(bootstrap: ModuleType, installed: list[tuple[str, ...]]) -> None:
    """A server that runs from it does not lose its packages when a lock changes."""
    bootstrap.main(["dev"])
    assert not [command for command in installed if {"venv", "uninstall", "--clear", "--force-reinstall"} & {*command}]


@pytest.mark.parametrize(
    "changed", ["requirements.lock", "requirements-dev.lock", "pyproject.toml", ".venv/pyvenv.cfg"]
)
@pytest.mark.usefixtures("installed")
def test_every_change_of_what_it_was_made_from_counts(bootstrap: ModuleType, changed: str) -> None:
    """Another lock, another project file, another interpreter."""
    bootstrap.main(["dev"])
    (bootstrap.ROOT / changed).write_text("changed", encoding="utf-8")
    assert not bootstrap.is_fresh("dev")


@pytest.mark.usefixtures("installed")
def test_half_an_installation_is_never_taken_for_a_whole_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even where somebody takes the change of the lock back after it failed."""
    bootstrap.main(["dev"])
    lock = bootstrap.ROOT / "requirements.lock"
    before = lock.read_text(encoding="utf-8")
    lock.write_text("changed", encoding="utf-8")

    def fail(*_command: object) -> None:
        raise bootstrap.SetUpError("no network")

    monkeypatch.setattr(bootstrap, "run", fail)
    assert bootstrap.main(["runtime"]) == 2
    assert capsys.readouterr().err.endswith("error: no network\n")
    lock.write_text(before, encoding="utf-8")
    assert not bootstrap.is_fresh("dev")


def test_a_failing_step_is_named(bootstrap: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    """A wheel that cannot be had is a sentence with the step and what to check."""
    with pytest.raises(bootstrap.SetUpError, match=r"ended with 3 \(see above\)"):
        bootstrap.run(sys.executable, "-c", "raise SystemExit(3)")
    assert bootstrap.main(["everything"]) == 2
    assert "it is one of runtime, dev, bench, peers" in capfd.readouterr().err


def test_a_script_pays_little_where_all_is_in_place() -> None:
    """Under a second is promised; a third of that leaves room for a busy machine."""
    if not (ROOT / ".venv" / ".stamp-dev").exists():
        pytest.skip("this checkout was not set up by its scripts, so there is no stamp to compare")
    command = ("sh", "-c", f'profile=dev; . "{ROOT}/scripts/setup/bootstrap.sh"', f"{ROOT}/scripts/any")
    best = 9.9
    for _ in range(3):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        best = min(best, time.perf_counter() - begin)
    assert best < 0.33


@pytest.mark.slow
def test_a_fresh_clone_sets_itself_up(tmp_path: Path) -> None:
    """Two scripts at once on a clone with nothing: one sets up, the other waits, both work."""
    clone = tmp_path / "clone"
    subprocess.run(("git", "clone", "--quiet", ROOT, clone), check=True)
    environment = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    script = clone / "scripts" / "any"
    command = (
        f'profile=runtime; . "{clone}/scripts/setup/bootstrap.sh"; exec "$python" -c "import conformance, schemathesis"'
    )
    both = [
        subprocess.Popen(("sh", "-c", command, script), env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=600)[1] for process in both)
    assert [process.returncode for process in both] == [0, 0], said
    assert "Setting up .venv" in said[0]
    assert "Waiting for another script" in said[1]
