"""What is exported from the contract for other tools says what the contract says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conformance.contract import load
from conformance.lint import lint_file
from conformance.requirements import catalogue
from conformance.requirements.explanations import explain

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = ROOT / "generated" / "contract"


def test_the_contract_as_json_is_the_contract() -> None:
    """The same data in the same order, and as clean as the original."""
    path = EXPORTS / "openapi.json"
    own, exported = load().document.data, load(path).document.data
    assert json.dumps(exported) == json.dumps(own)
    assert lint_file(path) == ()


def test_the_requirements_as_json_are_the_catalogue() -> None:
    """Each with its level, its layer, its source, and what explains it."""
    exported: dict[str, Any] = json.loads((EXPORTS / "requirements.json").read_text(encoding="utf-8"))
    contract = load()
    known = catalogue(contract)
    assert (exported["contract"], exported["version"]) == (contract.title, contract.version)
    assert [row["id"] for row in exported["requirements"]] == [requirement.id for requirement in known]
    operations = {operation.id for operation in contract.operations}
    for row, requirement in zip(exported["requirements"], known, strict=True):
        explanation = explain(requirement.id)
        assert explanation is not None
        told = exported["explanations"][row["explanation"]]
        assert (told["why"], told["breaks"], told["mend"]) == (explanation.why, explanation.breaks, explanation.mend)
        assert (row["level"], row["layer"]) == (requirement.level.value, requirement.layer.value)
        assert row["statement"] == requirement.statement
        assert f"{row['source']} ({row['provenance']})" == str(requirement.source)
        first = row["id"].partition("/")[0]
        assert row["operation"] == (first if first in operations else None)
