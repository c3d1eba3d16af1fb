"""Reads somebody else's OpenAPI document, 3.0 or 3.1, as a source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance.contract import METHODS, Document
from conformance.contract.document import document_of
from conformance.contract.reading import contract_of
from conformance.contract.versions import modern
from conformance.errors import ContractError
from scripts.source_page.described import FILLED, described
from scripts.source_page.facts import StatedSource

__all__ = ["is_openapi", "read_openapi"]


def is_openapi(text: str) -> bool:
    """Tell whether a text is an OpenAPI document, by what stands at its top."""
    return any(
        line.startswith(("openapi:", "swagger:", '"openapi":', "'openapi':"))
        or (
            text.lstrip()[:1] == "{"
            and line.lstrip().startswith(('"openapi"', '"swagger"', '{"openapi"', '{"swagger"'))
        )
        for line in text.splitlines()
    ) or (text.lstrip()[:1] == "{" and '"paths"' in text and '"openapi"' in text)


def read_openapi(text: str, file: Path, *, first_line: int = 1) -> StatedSource:
    """Read a document; what the normal form wants and a source need not have is filled in.

    Raises:
        ContractError: it is not YAML, no OpenAPI document of version 3, or its references lead nowhere.
    """
    try:
        data: dict[str, Any] = dict(document_of(text.encode(), file, strict=False).data)
    except ContractError as error:
        if error.line is None or first_line == 1:
            raise
        said = str(error).removeprefix(f"{file}:{error.line}: ")
        raise ContractError(said, path=file, line=error.line + first_line - 1) from None
    version = str(data.get("openapi", ""))
    if not version.startswith(("3.0", "3.1")):
        said = f"`openapi: {version}`" if version else "no `openapi` at its top"
        raise ContractError(f"is no OpenAPI document of version 3.0 or 3.1: it has {said}; convert it", path=file)
    if not isinstance(data.get("paths"), dict) or not data["paths"]:
        raise ContractError("states no operation: `paths` is missing, or names no path", path=file)
    document = Document(file, text.encode(), _filled(modern(data)))
    try:
        contract = contract_of(document)
    except RecursionError as error:
        raise ContractError("is nested too deeply to be compared", path=file) from error
    return described(contract, file.name, first_line=first_line)


def _filled(data: dict[str, Any]) -> dict[str, Any]:
    data.setdefault("x-provenance", "documented")
    if not isinstance(data.get("info"), dict):
        data["info"] = {}
    data["info"].setdefault("version", "unsaid")
    for path, item in data["paths"].items():
        for method in METHODS:
            place = item.get(method) if isinstance(item, dict) else None
            if isinstance(place, dict):
                place.setdefault("operationId", f"{method} {path}")
                answers = place.get("responses")
                place["responses"] = {str(status): answer for status, answer in (answers or {}).items()}
                if not any(status.startswith("2") for status in place["responses"]):
                    place["responses"]["2XX"] = {"x-provenance": "convention", "headers": {FILLED: {}}}
    return data
