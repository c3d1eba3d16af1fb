"""Defects that every server of the contract refuses, so that the rest of a request can be tried for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from conformance.bodies.part import Part
from conformance.bodies.violations import UNLISTED, rules
from conformance.contract import Input, Operation
from conformance.contract.resources import Resources
from conformance.requirements.ids import input_prefix

__all__ = ["UNKNOWN", "KnownDefect", "known_defects"]

UNKNOWN = "conformance-unknown"
_RULES = {"omitted": "required", "unlisted": "enum", "unknown": "unknown"}


@frozen
class KnownDefect:
    """One input that is left out, has a value that is not listed, or names what does not exist."""

    input: Input = field(repr=False)
    kind: Literal["omitted", "unlisted", "unknown"]

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
        if self.kind == "omitted":
            return tuple(part for part in parts if not self.is_of(part))
        value = UNKNOWN if self.kind == "unknown" else UNLISTED
        text = f'"{value}"'.encode() if self.kind == "unlisted" and self._is_json(parts) else value.encode()
        broken = Part(self.input.name, text, location=self.input.location)
        return tuple(broken if self.is_of(part) else part for part in parts)

    def _is_json(self, parts: Iterable[Part]) -> bool:
        """Whether the value is JSON text: it is then sent in quotes."""
        return any(self.is_of(part) and part.value.startswith(b'"') for part in parts)


def known_defects(operation: Operation, resources: Resources) -> tuple[KnownDefect, ...]:
    """Return the defects that the contract calls invalid without doubt, those first that are found latest."""
    needed = [declared for declared in operation.inputs if declared.required and declared.location != "path"]
    unlisted = [
        KnownDefect(declared, "unlisted")
        for declared in needed
        if declared.schema.enum and "enum" in rules(declared, operation.media)
    ]
    omitted = [KnownDefect(declared, "omitted") for declared in needed]
    named = resources.names(operation)
    unknown = [KnownDefect(declared, "unknown") for declared in operation.parameters if declared.name in named]
    return (*unlisted, *omitted, *unknown)
