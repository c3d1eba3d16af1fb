"""Redocly's recommended rules as a second opinion: what they find in a contract, the lint finds as well."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract import default_path
from conformance.contract.document import read
from conformance.lint import lint_file
from conformance.lint.elements import Outline
from scripts.node import packages
from tests.lint.document_breaks import DOCUMENT, refers_to_itself
from tests.lint.draft import Draft
from tests.lint.general_breaks import GENERAL

HOME = packages.ROOT / "scripts" / "node"
CONTRACTS = [default_path(), *sorted((packages.ROOT / "tests" / "growth" / "contracts").glob("*.yaml"))]


def findings(paths: Sequence[Path]) -> Mapping[str, set[str]]:
    """Return the rules that find something in each of some files."""
    packages.install(HOME)
    program = HOME / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    ended = subprocess.run(
        [packages.NODE, program, "lint", "--config", HOME / "redocly.yaml", "--format", "json", *paths],
        env=packages.environment({"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}),
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    found: dict[str, set[str]] = {path.name: set() for path in paths}
    text, decoder, reports = ended.stdout.strip(), json.JSONDecoder(), 0
    while text:
        report, end = decoder.raw_decode(text)
        reports += 1
        text = text[end:].strip()
        for problem in report["problems"]:
            found[Path(problem["location"][0]["source"]["ref"]).name].add(problem["ruleId"])
    assert reports == len(paths), ended.stderr
    return found


def test_the_contracts_are_clean_by_its_rules() -> None:
    """Without an exception that is not explained in the file of its configuration."""
    config: dict[str, Any] = yaml.safe_load((HOME / "redocly.yaml").read_text(encoding="utf-8"))
    assert set(config) == {"extends", "telemetry"}
    assert findings(CONTRACTS) == {path.name: set() for path in CONTRACTS}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Path, set[str]]:
    """The contract, broken in each way that the tests of the lint know but one, and what Redocly says of it."""
    before, folder = Outline.of(read(default_path())), tmp_path_factory.mktemp("broken")
    paths = []
    for _, edit in (*DOCUMENT.listed, *GENERAL.listed):
        if edit is refers_to_itself:
            continue  # it ends Redocly, whatever files come behind
        draft = Draft(before, copy.deepcopy(dict(before.document.data)))
        edit(draft)
        paths.append(folder / f"{edit.__name__}.yaml")
        paths[-1].write_text(yaml.safe_dump(draft.data, sort_keys=False), encoding="utf-8")
    found = findings(paths)
    return {path: found[path.name] for path in paths}


def test_what_it_finds_is_found(broken: Mapping[Path, set[str]]) -> None:
    """No recommended rule sees what no rule of the lint does."""
    unseen = {path.name: rules for path, rules in broken.items() if rules and not lint_file(path)}
    assert unseen == {}


def test_the_breaks_trip_its_rules(broken: Mapping[Path, set[str]]) -> None:
    """The comparison is one: most of what breaks a general rule of the lint is a finding of Redocly's too."""
    seen = {rule for rules in broken.values() for rule in rules}
    assert {
        *("info-license", "info-license-strict", "no-ambiguous-paths", "no-identical-paths", "no-path-trailing-slash"),
        *("path-not-include-query", "no-empty-servers", "no-server-example.com", "no-server-trailing-slash"),
        *("no-undefined-server-variable", "no-server-variables-empty-enum", "no-duplicated-tag-names"),
        *("tag-description", "operation-summary", "operation-operationId-url-safe", "operation-4xx-response"),
        *("operation-2xx-response", "security-defined", "security-scopes-defined", "no-unused-components"),
        *(
            "no-enum-type-mismatch",
            "no-schema-type-mismatch",
            "no-illogical-composition-keywords",
            "no-unsafe-markdown",
        ),
        *("no-mixed-number-range-constraints", "path-parameters-defined", "operation-parameters-unique"),
        *("no-invalid-media-type-examples", "no-invalid-schema-examples", "no-required-schema-properties-undefined"),
    } <= seen, sorted(seen)
