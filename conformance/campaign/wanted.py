"""Which probes are sent where a user wants some requirements only."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from attrs import field, frozen

from conformance.checks import COVERS
from conformance.checks.unseen import needs_acceptance, needs_one_acceptance
from conformance.contract import Contract, Operation
from conformance.contract.resources import Resources
from conformance.engine.probe import Expect, Probe
from conformance.probes.filling import Row
from conformance.requirements import Catalogue, Requirement
from conformance.requirements.selection import Selection

__all__ = ["Wanted"]


@frozen
class Wanted:
    """Tells which probes serve a wanted requirement.

    Attributes:
        chosen: ids of the requirements that are wanted.
        of_accepted: whether checks judge some of them of every request that was accepted, and of no other.
        of_one: whether a single request that was accepted shows some of them, and no other does.
        of_any: whether they are all such as checks judge of whatever was answered, whatever a probe was for.
    """

    chosen: frozenset[str] = field(repr=False)
    of_accepted: bool
    of_one: bool
    of_any: bool

    @classmethod
    def by(cls, selection: Selection, requirements: Catalogue, contract: Contract) -> Wanted:
        """Return what a selection of a contract's requirements needs."""
        chosen, resources = selection.of(requirements), Resources(contract)
        behind = {operation.id for operation in contract.operations if resources.names(operation)}
        seen = [requirement for requirement in chosen if _is_seen_by_checks(requirement)]
        of_accepted = [requirement for requirement in seen if needs_acceptance(requirement.id)]
        of_one = [requirement for requirement in chosen if _needs_one(requirement, behind)]
        of_any = len(seen) == len(chosen) > len({*of_accepted, *of_one})
        return cls(frozenset(chosen.by_id), bool(of_accepted), bool(of_one), of_any)

    def among(self, probes: Iterable[Probe]) -> Iterator[Probe]:
        """Yield the probes that are to be sent."""
        yield from filter(self.sends, probes)

    def rows(self, array: Sequence[Row], written: Callable[[Row], Probe]) -> list[Row]:
        """Return the rows that are to be sent, and the smallest in front of them, which the rest is compared with."""
        serving = [self.sends(written(row)) for row in array]
        if not any(serving):
            return [*array[: self.of_one]]
        return [row for index, row in enumerate(array) if serving[index] or index == 0]

    def sends(self, probe: Probe) -> bool:
        """Tell whether a probe serves a wanted requirement, by what it is for or by what it would be answered with.

        What is for no requirement is there for the run itself.
        """
        if self.is_for(probe):
            return True
        return self.of_accepted if probe.expect is Expect.ACCEPT else self.of_any

    def names(self, operation: Operation) -> bool:
        """Tell whether a wanted requirement is about an operation by its id."""
        return any(name.startswith(f"{operation.id}/") for name in self.chosen)

    def asks_for(self, probe: Probe) -> bool:
        """Tell whether a probe is there for a wanted requirement, and not for the run itself."""
        return bool(_served(probe)) and self.sends(probe)

    def is_for(self, probe: Probe) -> bool:
        """Tell whether a probe is there for a wanted requirement, or for the run itself."""
        named = _served(probe)
        return not named or not named.isdisjoint(self.chosen)


def _served(probe: Probe) -> set[str]:
    """Return what a probe is there for; nothing where it is for the run itself."""
    return {*probe.decides, *probe.concerns, *probe.guards}


def _needs_one(requirement: Requirement, behind: Container[str]) -> bool:
    """Whether one thing that was made shows it: by itself, or to an operation behind the path of what was made."""
    operation = requirement.id.partition("/")[0]
    return needs_one_acceptance(requirement.id) or (operation in behind and needs_acceptance(requirement.id))


def _is_seen_by_checks(requirement: Requirement) -> bool:
    """Whether a check can fail it by itself."""
    return any(fnmatchcase(requirement.id, pattern) for patterns in COVERS.values() for pattern in patterns)
