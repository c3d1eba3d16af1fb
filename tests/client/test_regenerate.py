"""The command that writes generated/: same bytes, nothing stray, clear refusals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from attrs import frozen

from conformance.lint.elements import GRAMMAR
from conformance.lint.structure import _KEYWORDS
from scripts.generator import command, stamps
from scripts.generator.steps import OUTPUTS, files

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "openapi.yaml"


@frozen
class Done:
    returncode: int
    stdout: str
    stderr: str


Regenerate = Callable[..., Done]


@pytest.fixture
def regenerate(capsys: pytest.CaptureFixture[str]) -> Regenerate:
    """Run the command in this process, which has its imports behind it."""

    def run(*arguments: str | Path) -> Done:
        code = command.main([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return run


def test_the_checked_in_files_are_what_the_contract_gives(regenerate: Regenerate) -> None:
    """No line of them was edited by hand, and none is out of date."""
    done = regenerate("--check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_no_step_writes_is_reported(regenerate: Regenerate, tmp_path: Path) -> None:
    """It is somebody's work, so it is not deleted; but it is not what the contract gives."""
    assert regenerate("--output", tmp_path).returncode == 0
    stray = tmp_path / "notes.txt"
    stray.write_text("mine", encoding="utf-8")
    checked = regenerate("--check", "--output", tmp_path)
    assert checked.returncode == 1
    assert "notes.txt: no step writes it" in checked.stderr
    assert stray.exists()


def test_the_order_of_sets_does_not_show() -> None:
    """The same bytes in every process, whatever its hash seed."""
    words = [sys.executable, "-m", "scripts.generator", "--check"]
    done = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "77"}, check=False, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


def test_check_shows_a_difference_and_writing_removes_it(regenerate: Regenerate, tmp_path: Path) -> None:
    """Checking changes nothing; writing leaves nothing behind."""
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
    homes = {step.home for step in OUTPUTS}
    assert {path.name for path in tmp_path.iterdir()} == {*homes, stamps.FILE}, "no scratch is left behind"


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 0, "is empty"),
        ("openapi: 3.1.0\ninfo: [\n", 3, "is not YAML"),
        ("openapi: 3.1.0\ninfo: {title: a, version: '1'}\n", 1, "`paths` is missing"),
        ("- a\n- b\n", 1, "its root is a list, and no mapping"),
        ("openapi: 3.1.0\ninfo:\n  title: a\n  title: b\n", 4, "stands here twice"),
        ("openapi: 3.1.0\ninfo:\n\ttitle: a\n", 3, "is not YAML"),
    ],
    ids=["empty", "not-yaml", "no-paths", "a-list", "a-key-twice", "a-tab"],
)
def test_a_broken_contract_gets_one_sentence_with_its_line(
    regenerate: Regenerate, tmp_path: Path, text: str, line: int, why: str
) -> None:
    """Status 2, and no half-written output."""
    contract = tmp_path / "broken.yaml"
    contract.write_text(text, encoding="utf-8")
    done = regenerate("--contract", contract, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert done.stdout == ""
    assert (f"broken.yaml:{line}: " if line else "broken.yaml: ") in done.stderr
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("out/*")), "a refused contract must not leave half an output"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "$ref: '#/components/schemas/Video'",
            "$ref: '#/components/schemas/No'",
            "`#/components/schemas/No` names no schema",
        ),
        ("duration:\n          type: integer", "duration:\n          type: intger", '"intger" is not valid'),
        ("operationId: createVideo", "operationId: [a]", '["a"] is not of type "string"'),
    ],
    ids=["dangling", "type", "operation-id"],
)
def test_a_mistake_in_the_contract_is_found_at_its_line(
    regenerate: Regenerate, tmp_path: Path, old: str, new: str, why: str
) -> None:
    """Not only what is wrong, but where."""
    text = CONTRACT.read_text(encoding="utf-8")
    line = text[: text.index(old) + len(old)].count("\n") + 1
    contract = tmp_path / "mistaken.yaml"
    contract.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = regenerate("--contract", contract, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert f"mistaken.yaml:{line}: " in done.stderr
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_contract_is_named(regenerate: Regenerate, tmp_path: Path) -> None:
    """And the reason why it cannot be read."""
    missing = regenerate("--contract", tmp_path / "nowhere.yaml", "--output", tmp_path / "out")
    assert missing.returncode == 2
    assert "nowhere.yaml: cannot be read: No such file or directory" in missing.stderr


def test_a_name_that_the_client_needs_is_refused(regenerate: Regenerate, tmp_path: Path) -> None:
    """Rather than a client in which one thing hides another."""
    contract = tmp_path / "taken.yaml"
    contract.write_text(CONTRACT.read_text(encoding="utf-8").replace("ContentItem", "Response"), encoding="utf-8")
    done = regenerate("--contract", contract, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert "the client needs the name `Response` for itself" in done.stderr


# Words of HTTP, Markdown, roles and stages, and one of Postman's format (`mode`), which the contract happens to use as
# well; OpenAPI has its own.
SHARED = {"content", "data", "error", "failed", "file", "id", "json", "message", "model", "n", "object"}
SHARED |= {"image", "mode", "parameters", "progress", "status", "text", "type", "url"}

OPENAPI = {str(word) for words in GRAMMAR.values() for word in words} | _KEYWORDS


def test_no_fact_of_the_contract_stands_in_a_template() -> None:
    """Names of fields, models, statuses, paths and operations come out of the contract only."""
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    facts = {*contract["paths"], *contract["components"]["schemas"], *contract["components"]["responses"]}
    for schema in contract["components"]["schemas"].values():
        facts |= {*schema.get("properties", ()), *schema.get("enum", ())}
    facts |= {operation["operationId"] for path in contract["paths"].values() for operation in path.values()}
    generator = ROOT / "scripts" / "generator"
    sources = [generator / path for path in files(generator)]
    found = [
        f"{path.name}: {fact}"
        for path in sources
        for fact in facts - SHARED - OPENAPI
        if re.search(rf"""["'`]{re.escape(str(fact))}["'`]""", path.read_text(encoding="utf-8"))
    ]
    assert found == []
