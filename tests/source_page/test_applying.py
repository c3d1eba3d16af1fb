"""--apply: what takes no judgement stands in the contract afterwards, and nothing else has moved."""

from __future__ import annotations

import difflib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import Contract, load
from conformance.contract.document import tokens
from conformance.errors import SuiteError
from conformance.lint import lint_file
from scripts.source_page import checking
from scripts.source_page.checking import apply, compare, main
from scripts.source_page.page import read_source
from scripts.source_page.yaml_edits import YamlEdits
from tests.source_page.changes import CHANGES
from tests.source_page.pages import PageField, ReferencePage
from tests.source_page.rendering import TONGUES, as_text

# Sorted, so that the example answer is changed before a field is added to it.
APPLIED = sorted((change for change in CHANGES if change.applies), key=lambda change: change.name[:7] != "another")


@pytest.fixture(scope="module")
def original() -> Contract:
    return load()


@pytest.fixture
def kept(original: Contract, tmp_path: Path) -> Path:
    """A copy of the contract to write to."""
    return Path(shutil.copy(original.path, tmp_path / "openapi.yaml"))


def written(page: ReferencePage, folder: Path) -> Path:
    path = folder / "page.txt"
    path.write_text(as_text(page, TONGUES["vi"]), encoding="utf-8")
    return path


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    found = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in found if line[0] == "-"], [line[2:] for line in found if line[0] == "+"]


def test_what_the_page_has_is_written_and_nothing_else_moves(original: Contract, kept: Path, tmp_path: Path) -> None:
    """Afterwards there is no difference, the lint has nothing to say, and every other line is what it was."""
    page = ReferencePage.of(original, original.operations[0])
    expected = set().union(*(change.edit(page) for change in APPLIED))
    before = kept.read_text(encoding="utf-8")
    sources = [read_source(written(page, tmp_path))]

    contract = load(kept)
    said = apply(compare(sources, contract), sources, contract)

    assert said.is_written
    assert {(each.found.kind, each.found.holder, each.found.element) for each in said.taken} == expected
    assert said.open == ()
    assert said.lint == ()
    assert lint_file(kept) == ()
    gone, new = changed_lines(before, kept.read_text(encoding="utf-8"))
    # What goes is a line that comes back longer (a list in one line) or with another number, or what the example answer
    # has no more.
    assert len(gone) <= 7
    assert not any(line.strip().startswith("#") or "description:" in line for line in (*gone, *new))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["openapi.yaml", "page.txt"]


def test_a_new_model_is_one_line_in_its_place(original: Contract, kept: Path, tmp_path: Path) -> None:
    """Between the models that the page has it between, as a documented one; their number in prose counts it."""
    page = ReferencePage.of(original, original.operations[0])
    model = next(each for each in page.request if each.options)
    model.options.insert(3, "model: with 'quotes' #1")
    before = kept.read_text(encoding="utf-8").splitlines()

    assert main([str(written(page, tmp_path)), "--apply", "--contract", str(kept)]) == 0

    after = kept.read_text(encoding="utf-8").splitlines()
    counted = next(index for index, line in enumerate(after) if line not in before)
    assert before[counted].replace(str(len(model.options) - 1), str(len(model.options))) == after[counted]
    after[counted] = before[counted]
    added = next(index for index, line in enumerate(after) if line not in before)
    assert after[:added] + after[added + 1 :] == before
    assert yaml.safe_load(after[added]) == ["model: with 'quotes' #1"]
    assert after[added - 1].strip() == f"- {model.options[2]}"
    field = load(kept).operations[0].field(model.name)
    assert field is not None
    assert list(field.schema.enum) == model.options
    assert field.schema.provenance == "documented"


def test_a_new_field_says_where_it_comes_from_and_what_is_left_to_do(
    original: Contract, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Type, required, example and encoding are the page's; its prose is not taken: a description is left to do."""
    page = ReferencePage.of(original, original.operations[0])
    change = next(change for change in CHANGES if change.name == "new_fields_of_every_kind")
    change.edit(page)

    assert main([str(written(page, tmp_path)), "--apply", "--contract", str(kept)]) == 0

    said = capsys.readouterr().out
    operation = load(kept).operations[0]
    known = {each.name: each for each in operation.fields}
    for each in (field for field in page.request if field.name.startswith("new_") and "." not in field.name):
        assert known[each.name].required == each.required
        assert known[each.name].provenance == "documented"
        assert f"describe {known[each.name].pointer}" in said
    assert known["new_files"].content_types == ("application/octet-stream",)
    assert known["new_object"].content_types == ("application/json",)
    assert known["new_choice"].schema.enum == ("low", "high")
    assert [each.name for each in operation.fields][4] == "new_text"
    assert not any(sentence in kept.read_text(encoding="utf-8") for sentence in TONGUES["vi"].prose)


def test_a_field_below_a_convention_is_marked_as_documented(original: Contract, kept: Path, tmp_path: Path) -> None:
    """What stands in a branch that is ours must say that the page has it."""
    text = kept.read_text(encoding="utf-8")
    edits = YamlEdits(text)
    holder = original.operations[0].success.properties[0].pointer.rpartition("/properties/")[0]
    edits.add_entry(tokens(holder), "x-provenance", "convention")
    kept.write_text(edits.text(), encoding="utf-8")
    page = ReferencePage.of(original, original.operations[0])
    next(change for change in CHANGES if change.name == "a_new_field_in_the_answer").edit(page)
    sources = [read_source(written(page, tmp_path))]
    contract = load(kept)
    said = apply(compare(sources, contract), sources, contract)
    assert said.is_written
    added = next(each for each in load(kept).operations[0].success.properties if each.name == "cost")
    assert added.provenance == "documented"


def test_nothing_is_written_where_nothing_can_be_taken_over(original: Contract, kept: Path, tmp_path: Path) -> None:
    """A field that is gone is for people to judge: the contract stays, byte by byte, and the code is 1."""
    page = ReferencePage.of(original, original.operations[0])
    next(change for change in CHANGES if change.name == "a_field_gone").edit(page)
    before = kept.read_bytes()
    assert main([str(written(page, tmp_path)), "--apply", "--contract", str(kept)]) == 1
    assert kept.read_bytes() == before


def test_what_would_not_agree_afterwards_is_not_written(
    original: Contract, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft is held to the page before it takes the contract's place: all or nothing."""
    page = ReferencePage.of(original, original.operations[0])
    next(change for change in CHANGES if change.name == "a_new_first_model").edit(page)
    sources, contract = [read_source(written(page, tmp_path))], load(kept)
    before = kept.read_bytes()
    said = compare(sources, contract)
    taken = checking.foreseen(said, contract).taken
    monkeypatch.setattr(checking, "take_over", lambda text, _: (f"{text}\nx-broken: [", taken))
    with pytest.raises(SuiteError, match="could not be read"):
        apply(said, sources, contract)
    assert kept.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["openapi.yaml", "page.txt"]


def test_what_the_lint_still_misses_is_told(
    original: Contract, kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page may contradict itself: its answer must have a member that its own example lacks. Then the code is 1."""
    page = ReferencePage.of(original, original.operations[0])
    page.answer.insert(1, PageField("cost", "number", required=True))
    assert main([str(written(page, tmp_path)), "--apply", "--contract", str(kept)]) == 1
    said = capsys.readouterr().out
    assert "what the lint says of the contract now:" in said
    assert re.search(r"openapi\.yaml:\d+: #/\S+ \[example\] .*\"cost\" is a required property", said)
    assert "the contract's lint passes" not in said
    assert "cost" in {each.name for each in load(kept).operations[0].success.properties}


def test_line_ends_and_the_mode_of_the_file_stay(original: Contract, kept: Path, tmp_path: Path) -> None:
    """A contract that was written on Windows does not become a mixture."""
    kept.write_bytes(kept.read_bytes().replace(b"\n", b"\r\n"))
    kept.chmod(0o640)
    page = ReferencePage.of(original, original.operations[0])
    next(change for change in CHANGES if change.name == "new_fields_of_every_kind").edit(page)
    assert main([str(written(page, tmp_path)), "--apply", "--contract", str(kept)]) == 0
    raw = kept.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert kept.stat().st_mode & 0o777 == 0o640


def test_a_contract_in_json_stays_json(original: Contract, tmp_path: Path) -> None:
    """Edits are written in the language of the file."""
    kept = tmp_path / "openapi.json"
    kept.write_text(json.dumps(original.document.data, indent=2), encoding="utf-8")
    page = ReferencePage.of(original, original.operations[0])
    for change in APPLIED:
        if change.name in ("new_fields_of_every_kind", "a_new_status", "a_new_model_in_the_middle"):
            change.edit(page)
    assert main([str(written(page, tmp_path)), "--apply", "--contract", str(kept)]) == 0
    info = json.loads(kept.read_text(encoding="utf-8"))["info"]
    assert info | {"summary": ""} == original.document.data["info"] | {"summary": ""}


DOCUMENT = """\
# head
a:
  - one  # first
  - two

  # about c
b: {x: 1, y: [1, 2]}
c:
  d: |
    text

    more

  # behind d
  e: 'quoted'
empty: {}
none: []"""


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("add_item", ("a",), "new"), ("  - two\n", "  - two\n  - new\n")),
        (("add_item", ("a",), "yes", {"after": "one"}), ("# first\n", "# first\n  - 'yes'\n")),
        (("add_item", ("a",), "8", {"first": True}), ("a:\n", "a:\n  - '8'\n")),
        (("add_item", ("b", "y"), "a, b"), ("[1, 2]", "[1, 2, 'a, b']")),
        (("add_item", ("none",), "x"), ("none: []", "none: [x]")),
        (("add_entry", ("b",), "z", {"k": "v"}), ("[1, 2]}", "[1, 2], z: {k: v}}")),
        (("add_entry", ("c",), "n", {"k": ["v"]}, {"after": "d"}), ("    more\n", "    more\n  n:\n    k: [v]\n")),
        (("add_entry", ("c",), "n", "v"), ("e: 'quoted'\n", "e: 'quoted'\n  n: v\n")),
        (("add_entry", ("empty",), "n", 1), ("empty: {}", "empty: {n: 1}")),
        (("add_entry", (), "last", 1), ("none: []", "none: []\nlast: 1")),
        (("replace", ("c", "e"), "it's"), ("'quoted'", "it's")),
        (("remove_entry", ("c",), "e"), ("  e: 'quoted'\n", "")),
    ],
)
def test_an_edit_of_yaml_is_a_few_characters(edit: tuple[Any, ...], expected: tuple[str, str]) -> None:
    """Comments, blank lines, block texts and quotes stay what they are."""
    verb, place, *given = edit
    named = given.pop() if isinstance(given[-1], dict) and given[-1].keys() & {"after", "first"} else {}
    edits = YamlEdits(DOCUMENT)
    getattr(edits, verb)(place, *given, **named)
    before, after = expected
    made = edits.text()
    assert made == DOCUMENT.replace(before, after, 1)
    assert yaml.safe_load(made) is not None
