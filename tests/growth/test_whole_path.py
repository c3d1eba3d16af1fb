"""The whole path: edits of the contract's text in a copy of the project, one command, and everything has followed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.clients.judged_by import judged_by
from conformance.contract import Contract, load
from scripts.benchmarks.known_clients import KNOWN
from tests.growth.editing import EDITS, ContractEdit, matching
from tests.growth.project_copy import ProjectCopy, fill
from tests.growth.running import client_classes, client_package, methods_of
from tests.growth.text_editing import edited
from tests.suite.runs import Said

pytestmark = pytest.mark.thorough

MONTH = "new-"
"""How the names of the edits begin that add what a month brings."""

FIELDS = (
    "nullable-field", "all-of-field", "one-of-enum-or-integer", "array-of-enum", "second-enum", "integer-enum",
    "pattern-with-example", "longest-text", "constant", "boolean", "exclusive-minimum", "multiple-of", "nested-array",
    "longest-array", "field-with-default", "closed-object", "deprecated-field",
)  # fmt: skip
"""Edits that add a request field, one of each kind."""

PAGE = ("-k", "not test_the_published_page_gives_no_difference_but_those_that_the_contract_explains")
"""Leaves out what says, rightly, that the page does not have what was added."""

FOLLOWS = ("generated/", "conformance/requirements/sets/", "docs/")
"""Where the one command may write, beside what it counts in the pages at the root."""


def _is_made_here(edit: ContractEdit) -> bool:
    return edit.name.startswith(MONTH) or edit.name in FIELDS


MADE = [edit for edit in EDITS if _is_made_here(edit)]


def actions(contract: Contract) -> list[Mapping[str, Any]]:
    """Return all that is done to a contract; that callers can see it coming, its version becomes the next minor one."""
    major, minor, _ = contract.version.split(".")
    version = {"at": "/info/version", "set": f"{major}.{int(minor) + 1}.0"}
    return [*(action for edit in MADE for action in edit.do), version]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    """A copy of everything that the repository holds."""
    folder = tmp_path_factory.mktemp("untouched")
    fill(folder)
    return ProjectCopy(folder)


@pytest.fixture(scope="module")
def grown(untouched: ProjectCopy, tmp_path_factory: pytest.TempPathFactory) -> ProjectCopy:
    """A copy of that copy, of which the contract was edited and nothing else, and in which the one command has run."""
    made = ProjectCopy(
        Path(shutil.copytree(untouched.folder, tmp_path_factory.mktemp("grown") / "project", symlinks=True))
    )
    text = edited(made.contract.read_text(encoding="utf-8"), actions(load(made.contract)))
    made.contract.write_text(text, encoding="utf-8")
    said = made.regenerate()
    assert (said.code, said.stderr) == (0, ""), said
    return made


def _requirements(project: ProjectCopy) -> list[dict[str, Any]]:
    exported = json.loads((project.folder / "generated/contract/requirements.json").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = exported["requirements"]
    return rows


def test_the_edit_is_an_ordinary_one(untouched: ProjectCopy, grown: ProjectCopy) -> None:
    """Lines were added to the contract; three became others: the count in the summary, the version, the statuses."""
    before, after = (each.contract.read_text(encoding="utf-8").splitlines() for each in (untouched, grown))
    assert len([line for line in before if line not in after]) == 3
    assert {edit.name for edit in MADE} >= {"new-model", "new-status", "new-answer-field", "new-operation", "new-file"}
    assert set(FIELDS) <= {edit.name for edit in MADE}


def test_the_checks_of_the_project_are_content(grown: ProjectCopy) -> None:
    """The lint finds nothing, and the command has nothing left to do."""
    assert grown.lint().code == 0
    assert grown.regenerate("--check").code == 0


def test_nothing_else_was_edited(untouched: ProjectCopy, grown: ProjectCopy) -> None:
    """What changed is the contract and what is made of it."""
    before, after = untouched.files(), grown.files()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    others = {name for name in changed if not name.startswith(FOLLOWS) and name != "openapi.yaml"}
    assert {name for name in others if not (name.endswith(".md") and "/" not in name)} == set()
    assert "openapi.yaml" in changed


def test_the_client_has_it(grown: ProjectCopy) -> None:
    """Operations are methods, fields are parameters, and values are in the lists."""
    contract = load(grown.contract)
    (create,) = contract.billable
    with client_package(grown.folder / "generated", "grown_by_a_month") as package:
        for client in client_classes(package):
            assert methods_of(contract) <= set(dir(client))
        texts = "\n".join(path.read_text() for path in Path(package.__path__[0]).rglob("*.py"))
    assert [declared.name for declared in create.fields if f"{declared.name}:" not in texts] == []
    listed = [value for declared in create.fields for value in declared.schema.enum if isinstance(value, str)]
    assert [value for value in listed if f'"{value}"' not in texts] == []


def test_the_exports_and_the_docs_have_it(grown: ProjectCopy) -> None:
    """Each edit brought requirements; they are in the list for machines, in the set, and on the page for people."""
    ids = [row["id"] for row in _requirements(grown)]
    frozen = "\n".join(
        path.read_text(encoding="utf-8") for path in grown.folder.glob("conformance/requirements/sets/*")
    )
    page = (grown.folder / "generated/docs/requirements.html").read_text(encoding="utf-8")
    for edit in MADE:
        brought = matching(ids, edit.adds)
        assert brought, edit.name
        assert {name for name in brought if name not in frozen or name not in page} == set()


def test_the_contracts_difference_is_told(untouched: ProjectCopy, grown: ProjectCopy) -> None:
    """The tool for differences sees what was added, and that callers may go on as before."""
    said = grown.run("-m", "scripts.contract_diff", untouched.contract, grown.contract, "--format", "json")
    assert (said.code, said.stderr) == (0, "")
    told = json.loads(said.stdout)
    pointers = {change["pointer"] for change in told["changes"]}
    assert any(pointer.endswith("/soundtrack") for pointer in pointers)
    assert any(pointer.endswith("/delete") for pointer in pointers)


def test_a_server_of_it_is_judged(grown: ProjectCopy, tmp_path: Path) -> None:
    """The suite of the copy judges its own reference server, and finds nothing; all that was added is decided."""
    report = tmp_path / "report.json"
    said = grown.run("-m", "conformance", "run", "--report-json", report)
    assert said.code == 0, said.stdout[-2000:] + said.stderr[-2000:]
    verdicts = {line["id"]: line["verdict"] for line in json.loads(report.read_text(encoding="utf-8"))["verdicts"]}
    brought = {name for edit in MADE for name in matching(verdicts, edit.adds)}
    assert {name for name in brought if verdicts[name] != "pass"} == set()


def test_clients_of_every_language_follow(grown: ProjectCopy) -> None:
    """Ours, and those that generators make of the exports with our help, break no MUST of the vectors of the copy."""
    ours = [name for name, client in KNOWN.items() if client.is_ours and "async" not in name]
    chosen = [word for name in ours for word in ("--client", name)]
    said = grown.run("-m", "scripts.benchmarks.clients", *chosen)
    assert said.code == 0, said.stderr
    judged = {row[0]: row for row in (line.strip("| ").split(" | ") for line in said.stdout.splitlines()[2:])}
    if "CI" in os.environ:
        assert len(judged) == len(ours), said.stderr
    assert {row[2] for row in judged.values()} == {"none"}, said.stdout
    asked = len(judged_by(load(grown.contract)))
    assert asked > len(judged_by(load())) + 50
    assert {int(row[1].split()[2].rstrip(";")) for row in judged.values()} == {asked}


def _tested(grown: ProjectCopy, *arguments: str) -> Said:
    """Run tests of the copy in the copy."""
    options = ("-m", "pytest", "-q", "--numprocesses", "0", "-p", "no:cacheprovider", "--tb", "short")
    return grown.run(*options, *arguments)


def test_no_test_that_reads_the_contract_breaks(grown: ProjectCopy) -> None:
    """Those that go through every field, value, rule and operation pass in the copy as they do here."""
    said = _tested(
        grown, "tests/reference/test_validity.py", "tests/lint/test_rules.py", "tests/source_page/test_pages.py", *PAGE
    )
    assert said.code == 0, said.stdout[-5000:]


@pytest.mark.slow
def test_no_test_breaks(grown: ProjectCopy) -> None:
    """All of them but those of growth, which make edits of their own, and of other servers, which lack what is new."""
    said = _tested(grown, "--ignore", "tests/growth", "--ignore", "tests/peers", "-m", "not matrix and not slow", *PAGE)
    assert said.code == 0, said.stdout[-20000:]
