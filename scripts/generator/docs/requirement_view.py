"""What there is to show of the requirements: what `videos-conformance explain` says, and the faults that break each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from conformance.contract import Contract
from conformance.contract.document import pointer, tokens
from conformance.reference.found_by import FoundFault, faults_found
from conformance.requirements import Requirement, catalogue
from conformance.requirements.explanations import Explanation, explain
from conformance.requirements.subjects import Subjects

__all__ = ["ORIGINS", "RequirementGroup", "RequirementView", "RequirementsView"]

ORIGINS = ("documented", "observed", "convention", "standard")


@frozen(slots=False)
class RequirementView:
    """A requirement on the page."""

    requirement: Requirement
    source: str
    faults: tuple[FoundFault, ...]

    @property
    def anchor(self) -> str:
        """The id of its place: its own."""
        return self.requirement.id

    @property
    def level(self) -> str:
        """How binding it is."""
        return self.requirement.level.value

    @property
    def layer(self) -> str:
        """Who can mend it."""
        return self.requirement.layer.value

    @property
    def origin(self) -> str:
        """Where it comes from, in a word: the provenance of its place in the contract, or a standard."""
        provenance = self.requirement.source.provenance
        return provenance if provenance in ORIGINS else ORIGINS[-1]

    @cached_property
    def explanation(self) -> Explanation | None:
        """Why it is asked, what breaks without it and how it is mended."""
        return explain(self.requirement.id)

    @property
    def quote(self) -> str:
        """The sentence of the standard that asks for it, if one is quoted."""
        return self.requirement.quote or (self.explanation.quote if self.explanation else "")


@frozen
class RequirementGroup:
    """Requirements that stand together: of one operation and one side or area of it."""

    name: str
    operation: str
    entries: tuple[RequirementView, ...]


@frozen(slots=False)
class RequirementsView:
    """All requirements of a contract; `anchors` are the places on the contract's page, by JSON pointer."""

    contract: Contract = field(repr=False)
    anchors: Mapping[str, str] = field(repr=False)

    @cached_property
    def all(self) -> tuple[RequirementView, ...]:
        """Every one of them, in the order of the catalogue."""
        faults = faults_found(self.contract)
        return tuple(
            RequirementView(requirement, self._place(requirement), faults.get(requirement.id, ()))
            for requirement in catalogue(self.contract)
        )

    @cached_property
    def groups(self) -> tuple[RequirementGroup, ...]:
        """The same by operation and area, in the order in which these first occur."""
        subjects = Subjects(self.contract)
        found: dict[tuple[str, str], list[RequirementView]] = {}
        for entry in self.all:
            subject = subjects.of(entry.requirement.id)
            side = {"request": "request", "answer": "response"}.get(subject.side, subject.name)
            found.setdefault((f"{subject.operation} {side}".strip(), subject.operation), []).append(entry)
        return tuple(RequirementGroup(name, operation, tuple(some)) for (name, operation), some in found.items())

    def of(self, operation: str) -> tuple[RequirementView, ...]:
        """Return the requirements of one operation."""
        return tuple(entry for group in self.groups if group.operation == operation for entry in group.entries)

    def about(self, prefix: str) -> tuple[RequirementView, ...]:
        """Return the requirements whose ids begin with the steps of another."""
        return tuple(entry for entry in self.all if entry.requirement.id.startswith(f"{prefix}/"))

    def _place(self, requirement: Requirement) -> str:
        """Return the place on the contract's page that a requirement comes from; empty where it is a standard's."""
        reference = requirement.source.reference
        steps = tokens(reference) if reference.startswith("#") else ()
        for count in range(len(steps), 0, -1):
            if (anchor := self.anchors.get(pointer(steps[:count]))) is not None:
                return anchor
        return "top" if reference.startswith("#") else ""
