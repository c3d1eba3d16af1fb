"""Every kind of change gets the verdict that is argued in `edits.yaml`, and other tools are followed or answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from conformance.contract import load
from scripts.contract_diff.changes import ContractChange, ContractComparison
from scripts.contract_diff.names import colliding
from scripts.contract_diff.oasdiff import is_possible, second_opinion
from scripts.contract_diff.operations import findings
from scripts.contract_diff.rules import rules
from tests.contract_diff.comparing_edits import BASE, VERDICTS, JudgedEdit, both_ways, told

pytestmark = pytest.mark.usefixtures("uncounted")
Compared = tuple[dict[str, ContractComparison], dict[str, ContractComparison]]


def _name(edit: JudgedEdit) -> str:
    return edit.name


@pytest.fixture(scope="module")
def compared_edits(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    """The base compared with the edits, many in one document, and some of them the other way round."""
    return both_ways(tmp_path_factory.mktemp("edits"))


def _told_by(changes: Iterable[ContractChange]) -> set[tuple[str, str, frozenset[str]]]:
    return {(change.rule.id, change.pointer, frozenset(change.breaks)) for change in changes}


def _changes(comparison: ContractComparison, edit: JudgedEdit) -> list[ContractChange]:
    """Return those changes of a comparison that an edit is said to make."""
    return [change for change in comparison.changes if _told_by([change]) <= told(edit.finds)]


@pytest.mark.parametrize("edit", VERDICTS, ids=_name)
def test_the_verdict_is_the_argued_one(compared_edits: Compared, edit: JudgedEdit) -> None:
    """The changes of an edit are found, at their place, with whom they break, and raise the version by that much."""
    forth, back = compared_edits
    made = _changes(forth[edit.name], edit)
    assert _told_by(made) == told(edit.finds)
    assert ContractComparison(forth[edit.name].old, forth[edit.name].new, tuple(made)).bump == edit.raises
    if edit.back:
        assert _told_by(back[edit.name].changes) >= told(edit.back)


@pytest.mark.parametrize(("way", "says"), [(0, "finds"), (1, "back")], ids=["forth", "back"])
def test_nothing_else_is_found(compared_edits: Compared, way: int, says: str) -> None:
    """What the edits are not said to make is not found: an alarm for nothing costs a major version."""
    argued: dict[int, set[tuple[str, str, frozenset[str]]]] = {}
    for edit in VERDICTS:
        if edit.name in compared_edits[way]:
            argued.setdefault(id(compared_edits[way][edit.name]), set()).update(told(getattr(edit, says)))
    for comparison in compared_edits[way].values():
        assert _told_by(comparison.changes) == argued[id(comparison)]


def test_no_kind_of_change_is_without_an_edit() -> None:
    """A rule that no edit meets is a verdict that nobody has looked at; two edits of one name hide each other."""
    met = {entry["rule"] for edit in VERDICTS for entry in (*edit.finds, *edit.back)}
    assert sorted(rules().keys() - met) == []
    assert [name for name, count in Counter(map(_name, VERDICTS)).items() if count > 1] == []


def test_where_redocly_says_otherwise_it_is_answered(compared_edits: Compared) -> None:
    """Redocly's verdict on callers is followed, or the data say why not; an answer to nothing is stale."""
    forth, _ = compared_edits
    differing = set()
    for edit in VERDICTS:
        made = _changes(forth[edit.name], edit)
        breaks = any("callers" in change.breaks for change in made)
        if any(change.redocly == "major" for change in made) != breaks:
            differing.add(edit.name)
    assert differing == {edit.name for edit in VERDICTS if "redocly" in edit.differs}


@pytest.mark.slow
@pytest.mark.skipif(not is_possible(), reason="oasdiff is built by Go, which is not installed")
def test_where_oasdiff_says_otherwise_it_is_answered(tmp_path: Path) -> None:
    """The same for oasdiff, which calls breaking what breaks callers."""
    base = load(BASE).document
    opinions = {edit.name: second_opinion(base, load(edit.write(tmp_path)).document) for edit in VERDICTS}
    differing = {
        edit.name
        for edit in VERDICTS
        if any(said.breaks for said in opinions[edit.name]) != any("callers" in entry["breaks"] for entry in edit.finds)
    }
    assert differing == {edit.name for edit in VERDICTS if "oasdiff" in edit.differs}


def test_a_schema_on_both_sides_is_told_once_with_all_its_uses(compared_edits: Compared) -> None:
    """A component's change is one change, judged in each direction in which it is used."""
    edit = next(edit for edit in VERDICTS if edit.name == "listed-values")
    (change,) = _changes(compared_edits[0][edit.name], edit)
    assert change.breaks == {"callers", "servers"}
    assert len(change.whys) == 2
    assert [use.split()[-1] for use in change.uses] == ["request", "200", "200"]


def test_a_schema_that_contains_itself_is_compared(tmp_path: Path) -> None:
    """A tree of comments ends, and a change in it is told at the place where it is written."""
    text = BASE.read_text(encoding="utf-8").replace(
        "        hint: {type: string,",
        "        within: {$ref: '#/components/schemas/Refusal'}\n        hint: {type: string,",
    )
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(text, encoding="utf-8")
    new.write_text(text.replace("{type: string, description: In words.}", "{type: integer}"), encoding="utf-8")
    found = list(findings(load(old), load(new), (set(), set())))
    assert {finding.at.new for finding in found} == {"#/components/schemas/Refusal/properties/reason/type"}
    assert {finding.rule for finding in found} == {"type-added", "type-removed"}


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        (["a.b", "a-b", "c"], [("a.b", "a-b")]),
        (["A b", "a_b"], [("A b", "a_b")]),
        (["v3.1", "v31", "v3"], []),
        ([1, "1", True], []),
    ],
)
def test_values_collide_as_a_generator_names_them(values: list[object], groups: list[tuple[object, ...]]) -> None:
    """What collides is what openapi-python-client makes one name of."""
    strings = pytest.importorskip("openapi_python_client.strings")
    assert colliding(values) == groups
    names = [strings.snake_case(value.upper()).upper() for value in values if isinstance(value, str)]
    repeated = [count for count in Counter(re.sub("_+", "_", name) for name in names).values() if count > 1]
    assert len(repeated) == len(groups)


def test_each_verdict_says_why() -> None:
    """No rule breaks somebody, or nobody, without a reason, on any side that it tells apart."""
    empty = [
        rule.id for rule in rules().values() if not all(len(verdict.why) > 10 for verdict in rule.verdicts.values())
    ]
    assert empty == []


def test_the_data_are_argued() -> None:
    """Each edit argues its verdict in a sentence, and each answer to another tool says something."""
    answers: list[Mapping[str, str]] = [edit.differs for edit in VERDICTS]
    assert [edit.name for edit in VERDICTS if len(edit.because) < 15] == []
    assert all(set(answer) <= {"redocly", "oasdiff"} and all(answer.values()) for answer in answers)
