"""All vectors of a contract, and the documents that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from conformance.contract import Contract
from conformance.errors import SuiteError
from conformance.requirements import Catalogue
from conformance.vectors.answer_vectors import answer_vectors
from conformance.vectors.money_vectors import money_vectors
from conformance.vectors.obligations import Asked, explain_asked
from conformance.vectors.request_vectors import request_vectors
from conformance.vectors.vector import Vector, VectorKind

__all__ = ["FORMAT", "asked_document", "documents", "schema_text", "tested_requirements", "vectors"]

FORMAT = 1
"""Raised when a reader of the files would have to be changed."""

_FILES: Mapping[VectorKind, str] = {"request": "requests.json", "answer": "answers.json", "money": "money.json"}


@lru_cache(maxsize=16)
def vectors(contract: Contract) -> tuple[Vector, ...]:
    """Return every vector of a contract, in a stable order.

    Raises:
        ContractError: no valid value of an input or an answer can be made; the message names the place.
        SuiteError: two have one id.
    """
    asked = Asked(contract)
    found = (*request_vectors(asked), *answer_vectors(asked), *money_vectors(asked))
    seen: set[str] = set()
    for vector in found:
        if vector.id in seen:
            raise SuiteError(f"two vectors have the id {vector.id}")
        seen.add(vector.id)
    return found


def tested_requirements(contract: Contract) -> Catalogue:
    """Return the requirements that the vectors of a contract test, those of its own catalogue first."""
    return Asked(contract).tested(vector.requirement for vector in vectors(contract))


def documents(contract: Contract) -> Mapping[str, Mapping[str, Any]]:
    """Return the documents of the three kinds, each by the name of its file."""
    return {
        name: {
            "format": FORMAT,
            "contract": _about(contract),
            "vectors": [vector.as_json() for vector in vectors(contract) if vector.kind == kind],
        }
        for kind, name in _FILES.items()
    }


def asked_document(contract: Contract) -> Mapping[str, Any]:
    """Return the document that says what the vectors of a contract test, and why anybody asks for it."""
    rows = [
        {
            "id": requirement.id,
            "level": requirement.level.value,
            "layer": requirement.layer.value,
            "statement": requirement.statement,
            "source": requirement.source.reference,
            **_told(requirement.id),
        }
        for requirement in tested_requirements(contract)
    ]
    return {"format": FORMAT, "contract": _about(contract), "requirements": rows}


def _about(contract: Contract) -> Mapping[str, str]:
    return {"title": contract.title, "version": contract.version}


def _told(requirement_id: str) -> Mapping[str, str]:
    found = explain_asked(requirement_id)
    if found is None:
        return {}
    quote = {"quote": found.quote} if found.quote else {}
    return {"why": found.why, "breaks": found.breaks, "mend": found.mend, **quote}


def schema_text() -> str:
    """Return the JSON Schema that every one of the documents keeps."""
    return (resources.files("conformance.vectors") / "schema.json").read_text(encoding="utf-8")
