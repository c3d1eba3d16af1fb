"""Writes ``generated/contract``: the contract in the forms that tools take.

``older_document`` says it in OpenAPI 3.0, schema by schema (``older_schema``), and ``plainer_document`` leaves out of
that what generators of clients stumble over; both change it element by element (``rewriting``), as the grammar of the
specification has them. ``component_schemas``, ``listed_values`` and ``requirement_rows`` are data; ``reach`` says what
an operation sends and answers. ``example_requests`` has the requests of a ``collection``, each as the parts that our
own codecs write, with ``credentials_sent``; ``postman`` and ``bruno`` (by ``bru_text``) transcribe them. ``writing``
writes YAML and JSON that every reader takes for the same.
"""

from __future__ import annotations

from pathlib import Path

from conformance.contract import Contract
from scripts.generator.exports.bruno import write_bruno
from scripts.generator.exports.component_schemas import component_schemas
from scripts.generator.exports.listed_values import listed_values
from scripts.generator.exports.older_document import older_document
from scripts.generator.exports.plainer_document import plainer_document
from scripts.generator.exports.postman import write_postman
from scripts.generator.exports.requirement_rows import requirement_rows
from scripts.generator.exports.writing import write_json, write_yaml

__all__ = ["write_exports"]


def write_exports(contract: Contract, folder: Path) -> None:
    """Write all of them: keys in the contract's own order, requirements in that of the catalogue."""
    write_json(folder / "openapi.json", contract.document.data)
    write_json(folder / "requirements.json", requirement_rows(contract))
    write_json(folder / "components.schema.json", component_schemas(contract))
    write_json(folder / "enums.json", listed_values(contract))
    older = older_document(contract.document)
    write_yaml(folder / "openapi-3.0.yaml", older, _OLDER)
    write_yaml(folder / "openapi.codegen.yaml", plainer_document(contract.document), _PLAINER)
    write_postman(contract, folder / "postman")
    write_bruno(contract, folder / "bruno")


_OLDER = """\
Written by ./scripts/regenerate. The contract in OpenAPI 3.0, for tools that stop there; what 3.0 cannot say is kept in
members that begin with x-, which `x-kept` lists."""

_PLAINER = """\
Written by ./scripts/regenerate. The contract in OpenAPI 3.0 for generators of clients, without what they stumble over:
`x-reduced` lists each place and what became of it."""
