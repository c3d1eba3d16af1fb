"""All vectors of a contract, and the documents that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, get_args

from conformance.contract import Contract
from conformance.errors import SuiteError
from conformance.vectors.answers import answer_vectors
from conformance.vectors.money import money_vectors
from conformance.vectors.requests import request_vectors
from conformance.vectors.vector import Kind, Vector

__all__ = ["FORMAT", "documents", "schema_text", "vectors"]

FORMAT = 1
"""Raised when a reader of the files would have to be changed."""


@lru_cache(maxsize=16)
def vectors(contract: Contract) -> tuple[Vector, ...]:
    """Return every vector of a contract, in a stable order.

    Raises:
        SuiteError: two have one id.
    """
    found = (*request_vectors(contract), *answer_vectors(contract), *money_vectors(contract))
    seen: set[str] = set()
    for vector in found:
        if vector.id in seen:
            raise SuiteError(f"two vectors have the id {vector.id}")
        seen.add(vector.id)
    return found


def documents(contract: Contract) -> Mapping[str, Mapping[str, Any]]:
    """Return the documents of the three kinds, each by the name of its file."""
    about = {"title": contract.title, "version": contract.version}
    names: Mapping[Kind, str] = {kind: f"{kind}s" if kind != "money" else kind for kind in get_args(Kind)}
    return {
        f"{name}.json": {
            "format": FORMAT,
            "contract": about,
            "vectors": [vector.as_json() for vector in vectors(contract) if vector.kind == kind],
        }
        for kind, name in names.items()
    }


def schema_text() -> str:
    """Return the JSON Schema that every one of the documents keeps."""
    return (resources.files("conformance.vectors") / "schema.json").read_text(encoding="utf-8")
