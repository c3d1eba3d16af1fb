"""What is asked of clients, beyond what the catalogue says of servers, and how binding it is for an operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, Operation
from conformance.data import read_data
from conformance.errors import SuiteError
from conformance.requirements import Catalogue, Layer, Level, Requirement, Source, catalogue
from conformance.requirements.explanations import Explanation, explain

__all__ = ["Obligation", "asked", "explain_asked", "level_of", "obligations"]

_KEYS = {"id", "level", "layer", "source", "statement", "why", "breaks", "mend", "quote"}
_PREFIX = "client/"


@frozen
class Obligation:
    """One sentence about clients, as the data file has it."""

    id: str
    level: Level = field(converter=Level)
    layer: Layer = field(converter=Layer)
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

    @property
    def requirement(self) -> Requirement:
        """The same as the catalogue would have it."""
        source = Source(self.source, "standard") if self.is_of_standard else Source("#", "convention")
        return Requirement(self.id, self.level, self.statement, source, layer=self.layer, quote=self.quote)


@cache
def obligations() -> Mapping[str, Obligation]:
    """Return what is asked of clients, by id.

    Raises:
        SuiteError: an entry lacks a key, has another one, or is listed twice.
    """
    entries: list[Mapping[str, Any]] = read_data("vectors", "requirements.yaml")
    for entry in entries:
        if not _KEYS - {"quote"} <= set(entry) <= _KEYS or not str(entry["id"]).startswith(_PREFIX):
            raise SuiteError(f"vectors/requirements.yaml: {entry.get('id')}: write {', '.join(sorted(_KEYS))}")
    found = {entry["id"]: Obligation(**entry) for entry in entries}
    if len(found) != len(entries):
        raise SuiteError("vectors/requirements.yaml: an id is listed twice")
    return found


def level_of(requirement: str, operation: Operation) -> Level:
    """Return the level of a vector that tests a requirement: no more than what the operation itself rests on."""
    is_documented = operation.provenance == "documented"
    known = obligations().get(requirement)
    if known is not None:
        return known.level if known.is_of_standard or is_documented else Level.SHOULD
    is_form = "/form/" in requirement
    return Level.MUST if is_documented and not is_form else Level.SHOULD


def asked(contract: Contract, ids: Iterable[str]) -> Catalogue:
    """Return the requirements with some ids, of the contract's catalogue and of what is asked of clients, in that order.

    Raises:
        SuiteError: one of them is neither's.
    """
    wanted = set(ids)
    known = (*catalogue(contract), *(obligation.requirement for obligation in obligations().values()))
    found = tuple(requirement for requirement in known if requirement.id in wanted)
    if missing := wanted - {requirement.id for requirement in found}:
        raise SuiteError(f"no requirement has the id {min(missing)}, which vectors name")
    return Catalogue(found)


def explain_asked(requirement_id: str) -> Explanation | None:
    """Return why a requirement that vectors name is there, what breaks without it, and how it is mended."""
    known = obligations().get(requirement_id)
    if known is None:
        return explain(requirement_id)
    return Explanation((known.id,), known.why, known.breaks, known.mend, known.quote)
