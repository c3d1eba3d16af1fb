"""One edit of the contract and one command: everything follows, only what has to, and all of it or nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from attrs import frozen

from conformance.contract import load
from conformance.requirements.sets.drift import set_name
from scripts.generator import stamps
from scripts.generator.steps import OUTPUTS
from tests.growth.project_copy import ProjectCopy, unreleased
from tests.suite.contracts import reduced, sound
from tests.suite.runs import Said

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("--only", "contract", "--only", "set", "--only", "pages")
"""The outputs that take no time."""

_KILLED = """
import os, pathlib, signal, sys
from scripts.generator import command
plain, left = pathlib.Path.replace, int(sys.argv.pop(1))
def replace(self, target):
    global left
    left -= "journal" not in self.name
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return plain(self, target)
pathlib.Path.replace = replace
sys.exit(command.main(sys.argv[1:]))
"""
"""The command, killed when it has put some files in their places."""

_WATCHED = """
import sys
from pathlib import Path
from conformance.contract import load
from conformance.requirements.sets.drift import set_name
from scripts.generator.steps import OUTPUTS
root, contract = Path.cwd(), load(Path(sys.argv[2]))
(step,) = (step for step in OUTPUTS if step.name == sys.argv[1])
opened = set()
sys.addaudithook(lambda event, words: opened.add(str(words[0])) if event == "open" else None)
step.write(contract, Path(sys.argv[3]))
for path in sorted(map(Path, opened)):
    if path.is_absolute() and path.is_relative_to(root) and path.suffix not in (".py", ".pyc"):
        print(path.relative_to(root))
"""
"""Makes one output, and prints the files of the project that it opens."""


@frozen
class ShortProject(ProjectCopy):
    """A copy of the project with a short contract."""

    def killed(self, after: int, *arguments: str) -> int:
        return self.run("-c", _KILLED, after, *arguments).code

    def document(self) -> dict[str, Any]:
        read: dict[str, Any] = yaml.safe_load(self.contract.read_text(encoding="utf-8"))
        return read

    def write(self, document: Mapping[str, Any]) -> None:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)
        self.contract.write_text(text, encoding="utf-8")

    def grow(self, name: str) -> int:
        """Add a member to the list that the contract counts, and return how many there are."""
        document = self.document()
        (place,) = document["x-counts"].values()
        node: Any = document
        for step in place.split("/")[1:]:
            node = node[step]
        node.append(name)
        self.write(document)
        return len(node)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> ShortProject:
    """A copy that nothing is to be done in."""
    made = ShortProject(tmp_path_factory.mktemp("project"))
    for name in ("conformance", "overlays", "scripts", "docs"):
        shutil.copytree(ROOT / name, made.folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("generator-config.yml", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, made.folder)
    unreleased(made.folder)
    own = load()
    made.write(sound(own, reduced(own)))
    assert made.regenerate().code == 0
    return made


@pytest.fixture
def project(clean: ShortProject, tmp_path: Path) -> ShortProject:
    """A copy of that copy, which a test may change."""
    return ShortProject(Path(shutil.copytree(clean.folder, tmp_path / "project")))


def test_one_edit_and_one_command(project: ShortProject) -> None:
    """A value more: the number in prose is a finding of the lint, and the command carries both everywhere."""
    assert project.regenerate() == Said(0, "", ""), "nothing is out of date"
    before = project.files()
    number = project.grow("model-of-a-test")
    said = project.lint()
    assert said.code == 1
    line = next(n for n, text in enumerate(project.contract.read_text().splitlines(), 1) if "summary: One" in text)
    assert f"{project.contract}:{line}: #/info/summary [count] says `{number - 1} video models`" in said.stdout
    assert f"lists {number}; write `{number}`" in said.stdout
    checked = project.regenerate("--check")
    assert (checked.code, checked.stdout) == (2, "")
    assert "#/info/summary [count]" in checked.stderr

    said = project.regenerate()
    assert (said.code, said.stderr) == (0, "")
    assert project.lint() == Said(0, "", "")
    assert project.regenerate("--check") == Said(0, "", "")
    changed = {name for name, content in project.files().items() if before.get(name) != content}
    assert {name.split("/")[1] for name in changed if name.startswith("generated/")} == {step.home for step in OUTPUTS}
    assert {"openapi.yaml", "README.md", f"conformance/requirements/sets/{set_name(load())}.yaml"} < changed
    readme = (project.folder / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"<!--count \w+-->(\d+)<!--/count-->", readme) == [str(number)]
    for name in ("README.md", "pyproject.toml"):
        assert f"{number} video models" in (project.folder / "generated" / "python" / name).read_text(encoding="utf-8")


def test_only_what_is_out_of_date_is_made(project: ShortProject) -> None:
    """A file that was changed by hand is made anew; the others keep their time, and so does what would be the same."""
    page = project.folder / "generated" / "contract" / "openapi.json"
    times = {name: (project.folder / name).stat().st_mtime_ns for name in project.files()}
    before = project.files()
    page.write_text("by hand\n", encoding="utf-8")
    (page.parent / "stray.json").write_text("left\n", encoding="utf-8")
    assert project.regenerate() == Said(0, "contract: 2 files changed\n", "")
    assert project.files() == before
    (project.folder / "generated" / stamps.FILE).unlink()
    assert project.regenerate(*QUICK) == Said(0, "", ""), "what was forgotten is made, and found to be the same"
    kept = str(page.relative_to(project.folder))
    assert {n for n, t in times.items() if (project.folder / n).stat().st_mtime_ns != t} == {kept}
    page.write_text("by hand\n", encoding="utf-8")
    assert project.regenerate("--check", *QUICK).code == 1, "what is remembered proves nothing"
    assert project.regenerate("--only", "set") == Said(0, "", "")
    assert page.read_text(encoding="utf-8") == "by hand\n"


def test_a_contract_that_is_not_clean_changes_nothing(project: ShortProject) -> None:
    """The lint comes first, and each of its lines is shown."""
    document = project.document()
    document["info"]["x-odd"] = document["x-odd"] = 1
    project.write(document)
    before = project.files()
    said = project.regenerate()
    assert (said.code, said.stdout) == (2, "")
    assert "2 to mend" in said.stderr
    assert re.findall(r"openapi\.yaml:\d+: (\S+) \[extension\]", said.stderr) == ["#/info/x-odd", "#/x-odd"]
    assert project.files() == before


def test_where_the_last_step_fails_the_first_is_not_seen(project: ShortProject) -> None:
    """A page with a number of its own is refused with its line, and then nothing at all was written."""
    number = project.grow("model-of-a-test")
    page = project.folder / "docs" / "reports.md"
    page.write_text(f"{page.read_text(encoding='utf-8')}\nIt knows 99 video models.\n", encoding="utf-8")
    before = project.files()
    said = project.regenerate(*QUICK)
    assert (said.code, said.stdout) == (2, "")
    line = len(page.read_text(encoding="utf-8").splitlines())
    assert f"docs/reports.md:{line}: says `99 video models`, and the contract counts {number}" in said.stderr
    assert project.files() == before
    page.write_text(page.read_text(encoding="utf-8").replace("99", "<!--count modles-->99<!--/count-->"))
    assert f"docs/reports.md:{line}: the contract counts no `modles`" in project.regenerate(*QUICK).stderr


def test_what_is_killed_half_way_is_taken_back(project: ShortProject) -> None:
    """However many files were in place by then: the next start finds all as it was, and then makes all of it new."""
    project.grow("model-of-a-test")
    # The numbers in prose are right whatever follows, so they are no part of what is taken back.
    assert project.regenerate("--only", "set").code == 0
    before = project.files()
    for page in project.folder.glob("generated/docs/*"):
        page.unlink()
    before = project.files()
    # The two pages of the contract are made anew, and then what counts on other pages.
    assert project.killed(3, "--only", "docs", "--only", "pages") == -9
    half = project.files()
    assert any(content != half.get(name) for name, content in before.items())
    assert half.keys() != before.keys()
    checked = project.regenerate("--check", *QUICK)
    assert (checked.code, "was broken off" in checked.stderr) == (2, True)
    document = project.contract.read_bytes()
    project.contract.write_bytes(document + b"odd: 1\n")
    refused = project.regenerate()
    assert refused.code == 2
    assert "what it had done was taken back" in refused.stderr
    project.contract.write_bytes(document)
    assert project.files() == before
    assert project.regenerate(*QUICK).code == 0
    assert project.regenerate("--check", *QUICK) == Said(0, "", "")


@pytest.mark.parametrize("step", OUTPUTS, ids=lambda step: step.name)
def test_whatever_an_output_is_made_from_is_watched(step: Any, clean: ShortProject, tmp_path: Path) -> None:
    """A file that a step reads and does not name would leave its output behind when it changes."""
    contract = tmp_path / "contract.yaml"
    contract.write_bytes(clean.contract.read_bytes())
    (tmp_path / "made").mkdir()
    said = clean.run("-c", _WATCHED, step.name, contract, tmp_path / "made")
    assert said.code == 0, said.stderr
    opened = {Path(line) for line in said.stdout.splitlines()}
    assert opened or not step.reads
    known = {path.relative_to(clean.folder) for pattern in step.reads for path in clean.folder.glob(pattern)}
    assert opened - known == set()
    assert load(contract).title
