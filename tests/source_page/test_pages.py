"""Saved pages against the contract they were made from: each edit is found, by name, and nothing else is."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from conformance.contract import Contract, load
from scripts.source_page.checking import compare
from scripts.source_page.page import read_source
from scripts.source_page.telling import WitnessReport
from scripts.source_page.words import LABELS
from tests.source_page.changes import CHANGES, Expected, PageChange
from tests.source_page.pages import ReferencePage
from tests.source_page.rendering import FORMS, TONGUES

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = sorted((ROOT / "tests" / "growth" / "contracts").glob("*.yaml"))
REAL = [
    path
    for folder in (ROOT.parent / "shared" / "source", Path("/work/shared/source"))
    for path in sorted(folder.glob("*.txt"))
][:1]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load()


@pytest.fixture(scope="module")
def whole(contract: Contract) -> ReferencePage:
    return ReferencePage.of(contract, contract.operations[0])


def judged(page: ReferencePage, form: str, tongue: str, folder: Path, contract: Contract) -> WitnessReport:
    name, render = FORMS[form]
    path = folder / name
    path.write_text(render(page, TONGUES[tongue]), encoding="utf-8")
    return compare([read_source(path)], contract)


def untold(page: ReferencePage, tongue: str) -> Expected:
    """What a language that is in no list cannot tell: that a single number is a length."""
    if LABELS.meaning(TONGUES[tongue].lengths[1], "max-length") is not None:
        return set()
    alone = [each for each in page.request if len({"minLength", "maxLength"} & each.limits.keys()) == 1]
    return {("limits", "both", f"the request's `{each.name}`") for each in alone}


def found_in(said: WitnessReport) -> Expected:
    return {(each.kind, each.holder, each.element) for each in said.unexplained}


@pytest.mark.parametrize("tongue", TONGUES)
@pytest.mark.parametrize("form", FORMS)
def test_a_page_that_says_the_same_gives_no_difference(
    form: str, tongue: str, whole: ReferencePage, contract: Contract, tmp_path: Path
) -> None:
    """In every form and language, one that is in no list of labels among them."""
    said = judged(whole, form, tongue, tmp_path, contract)
    assert found_in(said) == untold(whole, tongue)
    assert said.idle == ()
    assert said.is_clean is not bool(untold(whole, tongue))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_an_edit_of_the_page_is_found_and_nothing_else(
    change: PageChange, form: str, whole: ReferencePage, contract: Contract, tmp_path: Path
) -> None:
    """In each form and, taking turns, in each language; with the line where it stands."""
    page = copy.deepcopy(whole)
    expected = change.edit(page)
    turn = [each.name for each in CHANGES].index(change.name) + list(FORMS).index(form)
    tongue = list(TONGUES)[turn % len(TONGUES)]
    said = judged(page, form, tongue, tmp_path, contract)
    assert found_in(said) == expected | (untold(page, tongue) if page.path == whole.path else set())
    lines = (tmp_path / FORMS[form][0]).read_text(encoding="utf-8").splitlines()
    for each in said.unexplained:
        if each.source is not None and each.kind in ("value", "field"):
            name = str(each.source.value) if each.kind == "value" else each.element.split("`")[1]
            assert name in lines[each.source.spot.line - 1]
        if each.contract is not None:
            assert each.contract.spot.pointer.startswith("#/")


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("form", FORMS)
def test_a_page_for_each_operation_of_another_contract_gives_no_difference(
    form: str, path: Path, tmp_path: Path
) -> None:
    """Reads, lists, changes, removals, bytes; parameters in path and query; JSON bodies; limits; statuses."""
    contract = load(path)
    sources = []
    name, render = FORMS[form]
    for number, operation in enumerate(contract.operations):
        page = tmp_path / f"{number}-{name}"
        page.write_text(render(ReferencePage.of(contract, operation), TONGUES["zh"]), encoding="utf-8")
        sources.append(read_source(page))
    assert found_in(compare(sources, contract)) == set()
    missing = found_in(compare(sources[1:], contract))
    assert missing == {("operation", "contract", "the operation")}


@pytest.mark.skipif(not REAL, reason="the published page is not part of the repository")
def test_the_published_page_gives_no_difference_but_those_that_the_contract_explains(contract: Contract) -> None:
    """The contract was written from it; and each explanation is still of use."""
    said = compare([read_source(path) for path in REAL], contract)
    assert [each for each in said.found if each.why is None] == []
    assert said.idle == ()
    assert said.found
