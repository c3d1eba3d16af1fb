"""Says the requirements of a contract, and what explains them, as rows of JSON."""

from __future__ import annotations

from typing import Any

from conformance.contract import Contract
from conformance.requirements import Requirement, catalogue
from conformance.requirements.explanations import Explanation, explain
from conformance.requirements.subjects import Subjects

__all__ = ["requirement_rows"]


def requirement_rows(contract: Contract) -> dict[str, Any]:
    """Return the requirements in the order of the catalogue, and their explanations, which many of them share."""
    subjects, known = Subjects(contract), catalogue(contract)
    used = dict.fromkeys(entry for requirement in known if (entry := explain(requirement.id)) is not None)
    return {
        "contract": contract.title,
        "version": contract.version,
        "requirements": [_row(requirement, subjects) for requirement in known],
        "explanations": {_name(entry): _told(entry) for entry in used},
    }


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
