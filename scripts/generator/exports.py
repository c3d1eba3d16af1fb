"""Writes ``generated/contract``: the contract and its requirements as JSON, for tools that read nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.contract import Contract
from conformance.requirements import Requirement, catalogue
from conformance.requirements.explanations import Explanation, explain
from conformance.requirements.subjects import Subjects

__all__ = ["write_exports"]


def write_exports(contract: Contract, folder: Path) -> None:
    """Write both files: the keys of the contract in its own order, the requirements in that of the catalogue."""
    _write(folder / "openapi.json", contract.document.data)
    subjects, known = Subjects(contract), catalogue(contract)
    used = dict.fromkeys(entry for requirement in known if (entry := explain(requirement.id)) is not None)
    document = {
        "contract": contract.title,
        "version": contract.version,
        "requirements": [_row(requirement, subjects) for requirement in known],
        "explanations": {_name(entry): _told(entry) for entry in used},
    }
    _write(folder / "requirements.json", document)


def _row(requirement: Requirement, subjects: Subjects) -> dict[str, Any]:
    explanation = explain(requirement.id)
    return {
        "id": requirement.id,
        "level": requirement.level.value,
        "layer": requirement.layer.value,
        "statement": requirement.statement,
        "source": requirement.source.reference,
        "provenance": requirement.source.provenance,
        "operation": subjects.of(requirement.id).operation or None,
        "explanation": None if explanation is None else _name(explanation),
    }


def _name(entry: Explanation) -> str:
    """What an explanation is found by: many requirements share one."""
    return entry.patterns[0]


def _told(entry: Explanation) -> dict[str, str]:
    return {
        "why": entry.why,
        "breaks": entry.breaks,
        "mend": entry.mend,
        **({"quote": entry.quote} if entry.quote else {}),
    }


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
