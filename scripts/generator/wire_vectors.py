"""Writes ``generated/contract/vectors``: the wire vectors, one to a line, and the schema that they keep."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.contract import Contract
from conformance.vectors import documents, schema_text

__all__ = ["write_vectors"]


def write_vectors(contract: Contract, folder: Path) -> None:
    """Write a file for each kind of vectors, and the schema of them all, into a folder that may not exist yet."""
    folder.mkdir(exist_ok=True)
    for name, document in documents(contract).items():
        (folder / name).write_text(_lines(document), encoding="utf-8")
    (folder / "schema.json").write_text(schema_text(), encoding="utf-8")


def _lines(document: Mapping[str, Any]) -> str:
    """Return a document as JSON with a line for each vector, so that a comparison shows which ones changed."""
    about = {key: value for key, value in document.items() if key != "vectors"}
    vectors = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in document["vectors"])
    return f'{json.dumps(about, ensure_ascii=False)[:-1]}, "vectors": [\n{vectors}\n]}}\n'
