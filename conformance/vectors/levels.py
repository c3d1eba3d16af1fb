"""How binding a vector is: as what it tests, and no more than what the contract says of the operation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from attrs import field, frozen

from conformance.contract import Operation
from conformance.data import read_data
from conformance.errors import SuiteError
from conformance.requirements import Level

__all__ = ["ClientRequirement", "client_requirements", "level_of"]

_KEYS = {"id", "level", "source", "statement", "why", "breaks", "mend", "quote"}
_PREFIX = "client/"


@frozen
class ClientRequirement:
    """One sentence about clients, as the data file has it."""

    id: str
    level: Level = field(converter=Level)
    source: str
    statement: str
    why: str
    breaks: str
    mend: str
    quote: str = ""

    @property
    def is_of_standard(self) -> bool:
        """Whether a standard asks for it, whatever the contract says."""
        return self.source != "contract"


@cache
def client_requirements() -> Mapping[str, ClientRequirement]:
    """Return what is asked of clients, by id.

    Raises:
        SuiteError: an entry lacks a key, or has another one.
    """
    entries: list[Mapping[str, Any]] = read_data("vectors", "requirements.yaml")
    for entry in entries:
        if not _KEYS - {"quote"} <= set(entry) <= _KEYS or not str(entry["id"]).startswith(_PREFIX):
            raise SuiteError(f"vectors/requirements.yaml: {entry.get('id')}: write {', '.join(sorted(_KEYS))}")
    return {entry["id"]: ClientRequirement(**entry) for entry in entries}


def level_of(requirement: str, operation: Operation, strongest: Level) -> Level:
    """Return the level of a vector of an operation that tests a requirement."""
    known = client_requirements().get(requirement)
    if known is None:
        return strongest if operation.provenance == "documented" else Level.SHOULD
    if known.is_of_standard or operation.provenance == "documented":
        return known.level
    return Level.SHOULD
