"""Defects that every server of the contract refuses, so that the rest of a request can be tried for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from conformance.bodies.part import Part
from conformance.bodies.violations import unlisted_values, violations
from conformance.contract import Contract, Input, Operation
from conformance.contract.resources import Resources
from conformance.requirements.ids import input_prefix

__all__ = [
    "UNKNOWN",
    "KnownDefect",
    "can_be_disguised",
    "can_carry_anything",
    "known_defects",
    "listed_member",
]

UNKNOWN = "conformance-unknown"
_RULES = {"omitted": "required", "unlisted": "enum", "unknown": "unknown"}


@frozen
class KnownDefect:
    """One input that is left out, has a value that is not listed, or names what does not exist.

    Attributes:
        broken: what is sent for the input in place of a valid value; nothing where it is left out.
    """

    input: Input = field(repr=False)
    kind: Literal["omitted", "unlisted", "unknown"]
    broken: tuple[Part, ...] = field(default=(), repr=False, eq=False)

    @property
    def name(self) -> str:
        """Stable name, part of probe ids."""
        place = "" if self.input.location == "body" else f"{self.input.location}."
        return f"{place}{self.input.name}-{self.kind}"

    def requirement(self, operation: Operation) -> str:
        """Return the requirement that a server breaks by accepting a request with the defect."""
        return f"{input_prefix(operation, self.input)}/{_RULES[self.kind]}"

    def is_of(self, part: Part) -> bool:
        """Tell whether a part is of the input that has the defect."""
        return (part.location, part.name) == (self.input.location, self.input.name)

    def apply(self, parts: Iterable[Part]) -> tuple[Part, ...]:
        """Put the defect into what is sent."""
        made: list[Part] = []
        for part in parts:
            if not self.is_of(part):
                made.append(part)
            elif not any(self.is_of(other) for other in made):
                made.extend(self.broken)
        return tuple(made)


def known_defects(operation: Operation, resources: Resources) -> tuple[KnownDefect, ...]:
    """Return the defects that the contract calls invalid without doubt, those first that are found latest."""
    needed = [declared for declared in operation.inputs if declared.required and declared.location != "path"]
    in_body = [declared for declared in needed if declared.location == "body"]
    # Without its only member a body that may be left out is left out.
    spared = in_body if len(in_body) == 1 and operation.body is not None and not operation.body.required else []
    unlisted = [
        KnownDefect(declared, "unlisted", violation.parts)
        for declared in needed
        for name in map(repr, unlisted_values(declared.schema)[:1])
        for violation in violations(declared, operation.media)
        if violation.rule == "enum" and violation.name == name
    ]
    omitted = [KnownDefect(declared, "omitted") for declared in needed if declared not in spared]
    named = resources.names(operation)
    unknown = [
        KnownDefect(declared, "unknown", (Part(declared.name, UNKNOWN.encode(), location="path"),))
        for declared in operation.inputs_in("path")
        if declared.name in named
    ]
    return (*unlisted, *omitted, *unknown)


def listed_member(operation: Operation, resources: Resources) -> tuple[KnownDefect, KnownDefect] | None:
    """Return a member of the body that can be left out by mistake, or have a value that is not listed: both defects."""
    found = {(defect.input.name, defect.kind): defect for defect in known_defects(operation, resources)}
    pairs = (
        (found[declared.name, "omitted"], found[declared.name, "unlisted"])
        for declared in operation.fields
        if {(declared.name, "omitted"), (declared.name, "unlisted")} <= found.keys()
    )
    return next(pairs, None)


def can_be_disguised(contract: Contract, operation: Operation) -> bool:
    """Tell whether a GET can claim to be a request of an operation that would be refused: nothing documents the GET."""
    documented = {other.method for other in contract.operations if other.serves(operation.path)}
    disguised = operation.method == "POST" and not operation.inputs_in("path") and "GET" not in documented
    return disguised and bool(known_defects(operation, Resources(contract)))


def can_carry_anything(operation: Operation, resources: Resources, declared: Input) -> bool:
    """Tell whether any value of an input can be tried for nothing: behind a defect, or where nothing changes."""
    action = resources.action(operation)
    if action == "delete":  # of all values, one might name something
        return False
    return operation.method == "GET" or any(
        defect.input is not declared for defect in known_defects(operation, resources)
    )
