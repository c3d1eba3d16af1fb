"""Every requirement is explained, and every explanation is somebody's."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import load
from conformance.errors import ExitCode, SuiteError
from conformance.reference.found_by import faults_found
from conformance.requirements import Level, catalogue
from conformance.requirements.explanations import explain, explanations
from conformance.vectors import explain_asked, vectors
from tests.growth.editing import EDITS, ContractEdit
from tests.suite.runs import ROOT, command, process

_CONTRACTS = sorted(
    (*(ROOT / "tests/growth/contracts").glob("*.yaml"), *(ROOT / "tests/reference/data").glob("*.yaml"))
)
_HEADER = {"X-Promised": {"required": True, "schema": {"type": "string"}, "x-provenance": "convention"}}

# What follows from the grammar of header fields as a whole, and from what a form is.
_WITHOUT_ONE_SENTENCE = ["multipart/header-case", "multipart/content-type-parameters"]


@cache
def _ids(path: Path | None) -> tuple[str, ...]:
    return tuple(requirement.id for requirement in catalogue(load(path)))


@pytest.mark.parametrize("path", [None, *_CONTRACTS], ids=lambda path: "own" if path is None else path.stem)
def test_every_requirement_is_explained(path: Path | None) -> None:
    """Whatever a report names can be asked about, in this contract and in those of other services."""
    lacking = [name for name in _ids(path) if explain(name) is None]
    assert lacking == [], f"add an entry to conformance/requirements/explanations.yaml for {', '.join(lacking)}"


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_what_a_contract_gains_is_explained(edit: ContractEdit, tmp_path: Path) -> None:
    """A user's own edit of the contract brings no requirement that nobody can explain."""
    gained = {requirement.id for requirement in catalogue(load(edit.write(tmp_path)))} - set(_ids(None))
    lacking = sorted(name for name in gained if explain(name) is None)
    assert lacking == [], f"add an entry to conformance/requirements/explanations.yaml for {', '.join(lacking)}"


def test_every_explanation_is_reached(tmp_path: Path) -> None:
    """An entry that no requirement gets is misspelt, or stands behind a more general one."""
    known = {name for path in (None, *_CONTRACTS) for name in _ids(path)}
    answer = f"{load().operations[0].pointer}/responses/200/headers"
    promised: Any = ({"at": answer, "set": _HEADER},)
    header = ContractEdit("promised", "A header comes with the answer.", promised)
    known |= {requirement.id for edit in (*EDITS, header) for requirement in catalogue(load(edit.write(tmp_path)))}
    reached = {explain(name) for name in known}
    assert [entry.patterns for entry in explanations() if entry not in reached] == []


def test_an_explanation_says_something() -> None:
    """Each of the three answers is a sentence or more, and no two of an entry are the same."""
    for entry in explanations():
        said = (entry.why, entry.breaks, entry.mend)
        assert all(len(text.split()) >= 5 and text.endswith(".") for text in said), entry.patterns
        assert len(set(said)) == len(said), entry.patterns


@pytest.mark.parametrize("entry", ["{for: a, why: b, breaks: c}", "{for: a, why: '', breaks: c, mend: d}"])
def test_an_entry_that_is_wrong_is_told(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing key, or one that says nothing, is a defect of ours and says so."""
    monkeypatch.setattr(sys.modules[explain.__module__], "read_data", lambda *_: [yaml.safe_load(entry)])
    explanations.cache_clear()
    with pytest.raises(SuiteError, match=r"explanations\.yaml"):
        explanations()
    explanations.cache_clear()


def test_what_a_standard_demands_is_quoted() -> None:
    """Where a standard is said to demand something of a server, its own sentence stands beside it."""
    demanded = [r for r in catalogue(load()) if r.level is Level.MUST and r.source.provenance == "standard"]
    lacking = [r.id for r in demanded if (found := explain(r.id)) is None or not found.quote]
    assert lacking == _WITHOUT_ONE_SENTENCE


def test_explain_answers_every_question() -> None:
    """`explain ID` says what is asked, how binding, who mends it, its source, why, what breaks, how, and a fault."""
    faults = faults_found(load())
    for requirement in (r for r in catalogue(load()) if r.id in ("http/allow", "job/id-unique") or "/auth/" in r.id):
        said = command("explain", requirement.id)
        assert said.code == ExitCode.CONFORMS
        shown = " ".join(said.stdout.split())
        found = explain(requirement.id)
        assert found is not None
        wanted = (requirement.statement, requirement.level.value, requirement.layer.value, str(requirement.source))
        named = [fault.behaviour for fault in faults[requirement.id] if fault.behaviour]
        assert not named or f" fault {named[0]}: " in shown, requirement.id
        for text in (*wanted, found.why, found.breaks, found.mend, found.quote):
            assert " ".join(text.split()) in shown, requirement.id


def test_a_glob_explains_each() -> None:
    """A glob stands for all that it matches, each explained once."""
    said = command("explain", "json/*", "json/syntax")
    headings = [line for line in said.stdout.splitlines() if line and not line.startswith(" ")]
    assert headings == [name for name in _ids(None) if name.startswith("json/")]


def test_what_clients_are_asked_is_explained_too() -> None:
    """By its id, or by that of a vector, as the lines of a client's report are called."""
    vector = next(vector for vector in vectors(load()) if vector.requirement not in catalogue(load()))
    said = command("explain", vector.requirement)
    found = explain_asked(vector.requirement)
    assert found is not None
    assert " ".join(found.mend.split()) in " ".join(said.stdout.split())
    assert "sets" not in [line.split()[0] for line in said.stdout.splitlines()]
    assert command("explain", vector.id) == said


def test_an_unknown_id_is_told_its_neighbours() -> None:
    """A misspelt id ends with 2 and the nearest ones; one like no other, with how to list them all."""
    said = command("explain", "http/challnge")
    assert said.code == ExitCode.USAGE
    assert "did you mean http/challenge" in said.sentence
    assert "videos-conformance requirements" in command("explain", "%%%").sentence


@pytest.mark.parametrize("width", [60, 200])
def test_an_explanation_fits_the_terminal(width: int) -> None:
    """Lines are wrapped between words, and only an id or a pointer may be longer than the terminal."""
    said = process("explain", "*", columns=width)
    assert said.code == ExitCode.CONFORMS
    long = [line for line in said.stdout.splitlines() if len(line) > width]
    assert [line for line in long if len(line.split()) > 2] == []  # a label and one word
    assert set(_ids(None)) <= set(said.stdout.splitlines())
