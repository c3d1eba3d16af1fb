"""The faults that each requirement finds: what tells whether a suite notices, and shows what is meant."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from conformance.contract import Contract
from conformance.reference.generic_faults import generic_faults
from conformance.reference.named_behaviours import named_behaviours

__all__ = ["FoundFault", "faults_found"]


@frozen
class FoundFault:
    """A fault; `behaviour` is what `serve` takes, and empty where it is only derived from the contract."""

    behaviour: str
    says: str


def faults_found(contract: Contract) -> Mapping[str, tuple[FoundFault, ...]]:
    """Return the faults by the requirements that find them: those with a name, or else one that any contract has."""
    found: dict[str, list[FoundFault]] = {}
    for entry in named_behaviours().faults:
        for name in entry.fails:
            found.setdefault(name, []).append(FoundFault(entry.name, entry.says))
    for entry in generic_faults(contract):
        for name in entry.fails:
            found.setdefault(name, [FoundFault("", entry.says)])
    return {name: tuple(faults) for name, faults in found.items()}
