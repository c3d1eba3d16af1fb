"""Writes ``generated/contract/vectors``: the wire vectors, one to a line, their schema, and what they test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.contract import Contract
from conformance.vectors import asked_document, documents, schema_text

__all__ = ["write_vectors"]


def write_vectors(contract: Contract, folder: Path) -> None:
    """Write a file for each kind of vectors, and what goes with them, into a folder that may not exist yet."""
    folder.mkdir(exist_ok=True)
    for name, document in documents(contract).items():
        (folder / name).write_text(_lines(document, "vectors"), encoding="utf-8")
    asked = _lines(asked_document(contract), "requirements")
    (folder / "requirements.json").write_text(asked, encoding="utf-8")
    (folder / "schema.json").write_text(schema_text(), encoding="utf-8")


def _lines(document: Mapping[str, Any], listed: str) -> str:
    """Return a document as JSON with a line for each item of its list, so that a comparison shows what changed."""
    about = {key: value for key, value in document.items() if key != listed}
    items = ",\n".join(json.dumps(item, ensure_ascii=False) for item in document[listed])
    return f'{json.dumps(about, ensure_ascii=False)[:-1]}, "{listed}": [\n{items}\n]}}\n'
