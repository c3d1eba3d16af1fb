"""The catalogue: every requirement that a contract gives, in a stable order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from attrs import field, frozen

from conformance.bodies.representations import representations
from conformance.contract import Contract, Operation
from conformance.contract.members import members
from conformance.contract.resources import Resources
from conformance.data import read_data
from conformance.errors import ContractError, SuiteError
from conformance.requirements.derived import derive
from conformance.requirements.known_defects import can_be_disguised, known_defects
from conformance.requirements.requirement import Layer, Level, Requirement, Source

__all__ = ["Catalogue", "catalogue", "unresolved_roles"]

_KEYS = {"id", "layer", "level", "needs", "quote", "role", "source", "statement"}
_NEEDED = {"id", "layer", "level", "source", "statement"}


@frozen
class Catalogue:
    """Requirements by id."""

    requirements: tuple[Requirement, ...] = field(repr=False)

    @cached_property
    def by_id(self) -> Mapping[str, Requirement]:
        """The requirements, keyed by id."""
        return {requirement.id: requirement for requirement in self.requirements}

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self.requirements)

    def __len__(self) -> int:
        return len(self.requirements)

    def __contains__(self, requirement_id: object) -> bool:
        return requirement_id in self.by_id

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self.by_id[requirement_id]


def catalogue(contract: Contract) -> Catalogue:
    """Return the derived requirements of a contract, then the authored ones.

    Raises:
        ContractError: something edge_case stands where the contract is read.
        SuiteError: the registry is malformed or repeats an id.
    """
    try:
        requirements = (*derive(contract), *_authored(contract))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise ContractError(
            f"is not usable ({detail}); run the lint command for the place", path=contract.path
        ) from error
    seen: set[str] = set()
    for requirement in requirements:
        if requirement.id in seen:
            raise SuiteError(f"two requirements have the id {requirement.id}")
        seen.add(requirement.id)
    return Catalogue(requirements)


def unresolved_roles(contract: Contract) -> tuple[str, ...]:
    """Return the ids of authored requirements about a role that no response property of the contract has."""
    roles = _roles(contract)
    return tuple(entry["id"] for entry in _registry() if "role" in entry and entry["role"] not in roles)


def _authored(contract: Contract) -> Iterator[Requirement]:
    roles, has = _roles(contract), _abilities(contract)
    for entry in _registry():
        needs = entry.get("needs")
        if needs is not None and needs not in _ABILITIES:
            raise SuiteError(f"registry.yaml: {entry['id']}: there is no need of {needs!r}")
        if (entry.get("role") is None or entry["role"] in roles) and needs in (None, *has):
            yield _requirement(entry, roles)


_ABILITIES = (
    "authorization",
    "body",
    "credentials",
    "file",
    "fixed-path",
    "hiding",
    "json",
    "json-part",
    "multipart",
    "override",
)


def _abilities(contract: Contract) -> set[str]:
    """Return what a contract has that some requirements are about."""
    resources = Resources(contract)
    found: set[str] = set()
    for operation in contract.operations:
        if operation.scheme is not None:
            found |= {"credentials", "authorization"} if operation.scheme.word else {"credentials"}
        found |= set() if operation.inputs_in("path") else {"fixed-path"}
        hides = operation.method == "GET" or bool(known_defects(operation, resources))
        found |= {"hiding"} if hides else set()
        found |= {"override"} if can_be_disguised(contract, operation) else set()
        if operation.body is not None and hides:
            whole = any(declared.is_whole for declared in operation.fields)
            kind = operation.media.kind if operation.media is not None and not whole else "octets"
            found |= {"body", kind}
            found |= _parts(operation) if kind == "multipart" else set()
    return found


def _parts(operation: Operation) -> set[str]:
    """Return the kinds of parts that a form may have and some requirements are about."""
    ways = {way.kind for declared in operation.fields for way in representations(declared, "multipart")}
    return {name for name, kind in (("file", "file"), ("json-part", "json")) if kind in ways}


@cache
def _registry() -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = read_data("requirements", "registry.yaml")
    return entries


def _roles(contract: Contract) -> Mapping[str, str]:
    """Return the roles of what answers say, in headers and bodies, each with a place where it is written."""
    headers = {
        header.role: header.pointer
        for operation in contract.operations
        for response in operation.responses
        for header in response.headers.values()
        if header.role is not None
    }
    refusals = {
        member.role: member.pointer
        for operation in contract.operations
        for response in operation.refusals
        for _, member in (members(response.schema) if response.schema is not None else ())
        if member.role is not None
    }
    successes = {
        found.role: found.pointer
        for operation in contract.operations
        for found in operation.success.properties
        if found.role is not None
    }
    return headers | refusals | successes


def _requirement(entry: Mapping[str, Any], roles: Mapping[str, str]) -> Requirement:
    if unknown := set(entry) - _KEYS:
        raise SuiteError(f"registry.yaml: {entry.get('id')}: unknown keys {sorted(unknown)}")
    if missing := _NEEDED - set(entry):
        raise SuiteError(f"registry.yaml: {entry.get('id')}: {min(missing)!r} is missing")
    reference = entry["source"]
    convention = reference == "contract"
    source = Source(
        roles.get(entry.get("role", ""), "#") if convention else reference, "convention" if convention else "standard"
    )
    level = Level(entry["level"])
    if level is Level.MUST and not entry.get("quote"):
        raise SuiteError(f"registry.yaml: {entry['id']}: a MUST quotes the sentence of the standard that demands it")
    return Requirement(
        entry["id"], level, entry["statement"], source, layer=Layer(entry["layer"]), quote=entry.get("quote", "")
    )
