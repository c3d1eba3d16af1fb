"""`./scripts/release` in a copy of the project: whole or not at all, and not where something speaks against it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from attrs import frozen

from conformance.contract import load
from scripts.releasing.repository import Repository
from scripts.releasing.undoing import undertaken
from tests.growth.project_copy import ProjectCopy, fill, unreleased
from tests.suite.runs import Said

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("uncounted")]
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Tester"), ("EMAIL", "tester@example.org"))
}


@frozen
class ReleasedCopy(ProjectCopy):
    """A copy of the project in a repository of its own, in which its scripts are run."""

    def git(self, *arguments: str) -> str:
        command = ("git", *arguments)
        env = {**os.environ, **WHO}
        return subprocess.run(command, cwd=self.folder, env=env, check=True, capture_output=True, text=True).stdout

    def release(self, *arguments: str) -> Said:
        return self.script("scripts.releasing", *arguments)

    def script(self, module: str, *arguments: str) -> Said:
        return self.run("-m", module, *arguments, **WHO)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def state(self) -> tuple[str, ...]:
        """What a release that fails must leave alone: commit, tags, changes and files that are new."""
        return tuple(self.git(*words) for words in (("rev-parse", "HEAD"), ("tag",), ("status", "--porcelain")))


def _copy(folder: Path) -> ReleasedCopy:
    fill(folder)
    copy = ReleasedCopy(folder)
    unreleased(folder)
    copy.git("init", "--quiet", "--initial-branch", "main")
    (folder / ".git" / "info" / "exclude").write_text("node_modules\n", encoding="utf-8")
    copy.git("add", ".")
    copy.git("commit", "--quiet", "--message", "Everything")
    return copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> ReleasedCopy:
    """A copy of the project of which nothing is released."""
    return _copy(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def released_copy(copy: ReleasedCopy) -> ReleasedCopy:
    """The copy after its first release, which came after a dry run and one that failed."""
    start = copy.state
    said = copy.release("9.0.0", "--dry-run", "--tests", "false")
    assert (said.code, said.stderr) == (0, "")
    assert "nothing was written" in said.stdout
    assert copy.state == start
    said = copy.release("9.0.0", "--tests", "true", "--tests", f"{sys.executable} -c 'raise SystemExit(5)'")
    assert said.code == 1
    assert "ended with 5; everything is as it was" in said.stderr
    assert copy.state == start
    assert not (copy.folder / "dist").exists()
    said = copy.release("9.0.0", "--tests", "git diff --check", "--date", "2026-02-03")
    assert (said.code, said.stderr) == (0, "")
    return copy


def test_a_release_is_a_commit_a_tag_and_wheels(released_copy: ReleasedCopy) -> None:
    """One commit says it all, the tag is on it, and the wheels carry the versions of the project and its contract."""
    contract = load(released_copy.folder / "openapi.yaml")
    assert released_copy.git("log", "-1", "--format=%s %D").strip() == "Release 9.0.0 HEAD -> main, tag: v9.0.0"
    assert released_copy.git("status", "--porcelain") == ""
    built = sorted(path.name for path in (released_copy.folder / "dist").glob("*.whl"))
    assert built == [f"aiid_videos-{contract.version}-py3-none-any.whl", "videos_conformance-9.0.0-py3-none-any.whl"]
    with zipfile.ZipFile(released_copy.folder / "dist" / built[1]) as wheel:
        assert wheel.read("conformance/openapi.yaml") == contract.document.raw


def test_what_is_released_is_kept(released_copy: ReleasedCopy) -> None:
    """The changelog has its part, the set its digest, and the contract stays where the next one is compared with it."""
    log = released_copy.read("CHANGELOG.md")
    assert "## Unreleased\n\n## 9.0.0 - 2026-02-03\n\n" in log
    sets = Path("conformance", "requirements", "sets")
    ((name, digest),) = yaml.safe_load(released_copy.read(str(sets / "released.yaml"))).items()
    assert hashlib.sha256((released_copy.folder / sets / f"{name}.yaml").read_bytes()).hexdigest() == digest
    assert released_copy.read("released/openapi.yaml") == released_copy.read("openapi.yaml")
    assert '__version__ = "9.0.0"' in released_copy.read("conformance/__init__.py")


def test_everything_that_speaks_against_it_is_told_at_once(released_copy: ReleasedCopy) -> None:
    """A tagged version, an empty changelog, files that are not committed, and a contract of too low a version."""
    path = released_copy.folder / "openapi.yaml"
    text = path.read_text(encoding="utf-8")
    contract = load(path)
    status = contract.billable[0].success.by_role("status")
    assert status is not None
    last = status.schema.enum[-1]
    path.write_text(text.replace(f"{last}]", f"{last}, on-hold]", 1), encoding="utf-8")
    start = released_copy.state
    try:
        said = released_copy.release("9.0.0", "--tests", "true")
        checked = released_copy.script("scripts.contract_diff", "--check-version", "--quiet")
        logged = released_copy.script("scripts.generator", "--only", "changelog")
        entry = released_copy.read("CHANGELOG.md")
    finally:
        path.write_text(text, encoding="utf-8")
        released_copy.git("checkout", "--", "CHANGELOG.md")
    assert said.code == 1
    assert "the tree is not clean (openapi.yaml)" in said.stderr
    assert "v9.0.0 is tagged already" in said.stderr
    assert "nothing stands under *Unreleased*" in said.stderr
    assert f"version {contract.version} after {contract.version} is too low: callers are broken" in said.stderr
    assert start[0] == released_copy.state[0]
    assert checked.code == 1
    assert "may be `on-hold`" in checked.stdout
    assert logged.code == 0
    assert "may be `on-hold`" in entry.partition("## 9.0.0")[0]


@pytest.mark.parametrize(("version", "sentence"), [("1.2", "is no version"), ("0.0.1", "is older than 9.0.0")])
def test_a_version_that_cannot_follow_is_refused(released_copy: ReleasedCopy, version: str, sentence: str) -> None:
    """A typing error is no release."""
    said = released_copy.release(version, "--dry-run")
    assert said.code == (2 if version == "1.2" else 1)
    assert sentence in said.stderr


def _interrupted(copy: ReleasedCopy) -> None:
    with undertaken(Repository(copy.folder)) as undertaking:
        undertaking.write({"kept.txt": "after\n", "new/made.txt": "new\n"})
        undertaking.commit("Release")
        undertaking.put_tag("v1.0.0", "Release")
        assert copy.git("tag").strip() == "v1.0.0"
        raise KeyboardInterrupt


def test_an_interruption_takes_back_commit_tag_and_files(tmp_path: Path) -> None:
    """Ctrl-C after the tag is as good as none: what was written, committed and tagged is gone, other work stays."""
    copy = ReleasedCopy(tmp_path)
    copy.git("init", "--quiet", "--initial-branch", "main")
    copy.git("config", "user.name", "Tester")
    copy.git("config", "user.email", "tester@example.org")
    (tmp_path / "kept.txt").write_text("before\n", encoding="utf-8")
    copy.git("add", ".")
    copy.git("commit", "--quiet", "--message", "First")
    start = copy.state
    with pytest.raises(KeyboardInterrupt):
        _interrupted(copy)
    assert copy.state == start
    assert copy.read("kept.txt") == "before\n"
    assert not (tmp_path / "new").exists()
