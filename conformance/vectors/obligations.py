"""What is asked of clients, beyond what the catalogue says of servers, and how binding it is for an operation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, Operation
from conformance.data import read_data
from conformance.errors import SuiteError
from conformance.requirements import Catalogue, Layer, Level, Requirement, Source, catalogue
from conformance.requirements.explanations import Explanation, explain

__all__ = ["Asked", "Obligation", "explain_asked", "obligations"]

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


@frozen(slots=False)
class Asked:
    """What the vectors of a contract may test: the catalogue of the contract, and what is asked of clients."""

    contract: Contract = field(repr=False)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The requirements that the contract gives, which are about servers."""
        return catalogue(self.contract)

    def first(self, *ids: str) -> str:
        """Return the first of some ids that is known; the last one is an obligation.

        Raises:
            SuiteError: none of them is known.
        """
        found = next((each for each in ids if each in self.catalogue or each in obligations()), None)
        if found is None:
            raise SuiteError(f"no requirement has the id {ids[-1]}, which vectors name")
        return found

    def level(self, requirement: str, operation: Operation) -> Level:
        """Return the level of a vector that tests a requirement: no more than what the operation itself rests on."""
        known = obligations().get(requirement)
        if known is None:
            return self.catalogue[requirement].level
        return known.level if known.is_of_standard or operation.provenance == "documented" else Level.SHOULD

    def tested(self, ids: Iterable[str]) -> Catalogue:
        """Return the requirements with some ids, those of the catalogue first."""
        wanted = set(ids)
        known = (*self.catalogue, *(obligation.requirement for obligation in obligations().values()))
        return Catalogue(tuple(requirement for requirement in known if requirement.id in wanted))


def explain_asked(requirement_id: str) -> Explanation | None:
    """Return why a requirement that vectors name is there, what breaks without it, and how it is mended."""
    known = obligations().get(requirement_id)
    if known is None:
        return explain(requirement_id)
    return Explanation((known.id,), known.why, known.breaks, known.mend, known.quote)
