"""What a requirement is about, by the contract: which operation, which input or property, and what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import evolve, frozen

from conformance.contract import Contract
from conformance.requirements.ids import answer_prefix, input_prefix

__all__ = ["Subject", "Subjects"]


@frozen
class Subject:
    """What a requirement is about.

    Attributes:
        operation: its id; empty where every operation is meant.
        side: `request` for an input, `answer` for a property of an answer; empty for anything else.
        place: where an input stands (`body`, `query`, …), or the status of an answer; `error` for refusals.
        name: of the input or the property; of the area, where the side is empty.
        aspect: what is asked of it.
        value: of which value or form of it, where each has a requirement of its own.
    """

    operation: str = ""
    side: str = ""
    place: str = ""
    name: str = ""
    aspect: str = ""
    value: str = ""


@frozen(slots=False)
class Subjects:
    """Tells the subjects of the requirements of a contract."""

    contract: Contract

    def of(self, requirement_id: str) -> Subject:
        """Return what a requirement is about."""
        steps = requirement_id.split("/")
        for count in range(len(steps) - 1, 0, -1):
            known = self._by_prefix.get("/".join(steps[:count]))
            if known is not None and known.name:
                return evolve(known, aspect=steps[count], value="/".join(steps[count + 1 :]))
            if known is not None:
                return evolve(known, name=steps[count], aspect="/".join(steps[count + 1 :]))
        return Subject(name=steps[0], aspect="/".join(steps[1:]))

    @cached_property
    def _by_prefix(self) -> Mapping[str, Subject]:
        """What the ids about one thing begin with: an operation, an input, a property of an answer."""
        found: dict[str, Subject] = {}
        for operation in self.contract.operations:
            found[operation.id] = Subject(operation.id)
            for declared in operation.inputs:
                about = Subject(operation.id, "request", declared.location, declared.name)
                found[input_prefix(operation, declared)] = about
            for response in (*operation.successes, *operation.refusals):
                kind = response.pattern if response in operation.successes else "error"
                for member in response.properties:
                    about = Subject(operation.id, "answer", kind, member.name)
                    found.setdefault(f"{answer_prefix(operation, kind)}/{member.name}", about)
        return found
