"""Each rule of the lint, tried on a copy of the real contract with one thing broken."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import default_path
from conformance.contract.document import Document, pointer, read
from conformance.lint import RULES, lint, lint_file
from conformance.lint.elements import Outline
from conformance.lint.survey import surveyed
from tests.lint.document_breaks import DOCUMENT
from tests.lint.draft import Break, Draft
from tests.lint.extension_breaks import EXTENSIONS
from tests.lint.general_breaks import GENERAL

BREAKS = [*DOCUMENT.listed, *GENERAL.listed, *EXTENSIONS.listed]


@pytest.fixture(scope="module")
def contract() -> Document:
    return read(default_path())


def lint_text(text: str, directory: Path) -> set[tuple[str, str]]:
    path = directory / "openapi.yaml"
    path.write_text(text, encoding="utf-8")
    return {(finding.rule, finding.pointer) for finding in lint_file(path)}


@pytest.mark.parametrize(("rule", "edit"), BREAKS, ids=[edit.__name__ for _, edit in BREAKS])
def test_a_broken_contract_is_found_where_it_is_broken(
    rule: str, edit: Break, contract: Document, tmp_path: Path
) -> None:
    """One break gives that rule's finding, at that place, in that line, and nothing else."""
    draft = Draft(Outline.of(contract), copy.deepcopy(dict(contract.data)))
    tokens = edit(draft)
    path = tmp_path / "openapi.yaml"
    path.write_text(yaml.safe_dump(draft.data, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")

    findings = lint_file(path)

    assert [(finding.rule, finding.pointer) for finding in findings] == [(rule, pointer(tokens))]
    line = path.read_text(encoding="utf-8").splitlines()[findings[0].line - 1]
    expected = tokens[-1] if tokens else ""
    if expected.isdigit():
        assert line.strip().startswith("- ")
    else:
        assert line.strip().removeprefix("- ").startswith(expected)
    assert findings[0].message.count("`") % 2 == 0


def test_the_contract_is_clean(contract: Document) -> None:
    """The rules demand nothing that the real contract does not do."""
    assert lint_file(contract.path) == ()


def test_a_key_that_stands_twice_is_found(contract: Document, tmp_path: Path) -> None:
    """YAML readers keep one of the two without a word; the finding names the line of the other."""
    text = contract.path.read_text(encoding="utf-8")
    assert lint_text(text + "\ntags: []\n", tmp_path) == {("duplicate-key", "#/tags")}


@pytest.mark.parametrize("unquoted", ["x: 2026-11-22", "x: .nan", "200: x", "<<: {a: b}"])
def test_what_json_cannot_say_is_found(unquoted: str, contract: Document, tmp_path: Path) -> None:
    """Dates, numbers without value, keys that are no text and merges stop at the border."""
    text = contract.path.read_text(encoding="utf-8")
    found = lint_text(f"{text}\nx-odd:\n  {unquoted}\n", tmp_path)
    assert "json-value" in {rule for rule, _ in found}


def test_every_rule_is_broken_by_a_test() -> None:
    """A rule that nothing here breaks would be a rule that may never fire."""
    text_level = {"duplicate-key", "json-value"}
    assert {rule for rule, _ in BREAKS} | text_level == {rule.id for rule in RULES}


def test_a_path_parameter_must_occur_in_the_path(contract: Document, tmp_path: Path) -> None:
    """The other direction of the rule, by way of a reference to a component."""
    data = copy.deepcopy(dict(contract.data))
    parameter = {"name": "one", "in": "path", "required": True, "schema": {"type": "string"}}
    data["components"].setdefault("parameters", {})["One"] = parameter
    item = next(iter(data["paths"].values()))
    item["parameters"] = [{"$ref": "#/components/parameters/One"}]
    found = lint_text(yaml.safe_dump(data, sort_keys=False), tmp_path)
    assert {rule for rule, _ in found} == {"path-parameter"}


def test_an_echo_may_serve_one_of_several_operations(contract: Document, tmp_path: Path) -> None:
    """An operation without a body may answer with the same schema as the one that makes the job."""
    data = copy.deepcopy(dict(contract.data))
    answers = copy.deepcopy(next(Outline.of(contract).of_kind("operation")).node)
    reader = {key: answers[key] for key in ("responses", "security", "summary")} | {"operationId": "readIt"}
    data["paths"]["/read"] = {"get": reader}
    assert lint_text(yaml.safe_dump(data, sort_keys=False), tmp_path) == set()


@pytest.mark.slow
def test_no_mistake_makes_the_lint_fall_over(contract: Document) -> None:
    """Any node replaced by a value of another type gives findings or none, and a report, and never an exception."""
    replacements: tuple[Any, ...] = (None, 3, "text", [], {}, [{}], {"$ref": 3})
    for place in _places(contract.data):
        for wrong in replacements:
            data = copy.deepcopy(dict(contract.data))
            *above, last = place
            node = data
            for key in above:
                node = node[key]
            node[last] = wrong
            lint(Document(contract.path, contract.raw, data))
            if isinstance(data.get("openapi"), str) and data["openapi"].startswith("3."):
                surveyed(Document(contract.path, contract.raw, data))


def _places(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield (*above, key)
        yield from _places(value, (*above, key))
