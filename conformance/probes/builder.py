"""Builds forms: ordinary ones, and ones with a defect that every server refuses (known_defects)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from attrs import frozen

from conformance.bodies.parts import Framing, Part, encode
from conformance.bodies.reading import MalformedBody, read
from conformance.bodies.validity import Validity, judge
from conformance.contract import Contract, Operation
from conformance.engine.probe import Auth, Cost, Expect, PreparedRequest, Probe
from conformance.probes.samples import UNLISTED, ordinary

__all__ = ["Builder", "KnownDefect", "known_defects"]


@frozen
class KnownDefect:
    """A defect that makes a form worth refusing, so that the rest of it can be tried for nothing."""

    field: str
    kind: Literal["omitted", "unlisted"]

    @property
    def name(self) -> str:
        """Stable name, part of probe ids."""
        return f"{self.field}-{self.kind}"

    def requirement(self, operation: Operation) -> str:
        """Return the requirement that a server breaks by accepting a form with the defect."""
        return f"{operation.id}/request/{self.field}/{'required' if self.kind == 'omitted' else 'enum'}"

    def apply(self, parts: Iterable[Part]) -> tuple[Part, ...]:
        """Put the defect into a form."""
        if self.kind == "omitted":
            return tuple(part for part in parts if part.name != self.field)
        broken = Part(self.field, UNLISTED.encode())
        return tuple(broken if part.name == self.field else part for part in parts)


def known_defects(operation: Operation) -> tuple[KnownDefect, ...]:
    """Return the defects that the contract calls invalid without doubt."""
    omitted = [KnownDefect(declared.name, "omitted") for declared in operation.fields if declared.required]
    unlisted = [
        KnownDefect(declared.name, "unlisted")
        for declared in operation.fields
        if declared.required and "enum" in declared.schema
    ]
    return (*unlisted, *omitted)


@frozen
class Builder:
    """Makes probes of one operation."""

    contract: Contract
    operation: Operation

    def required(self) -> tuple[Part, ...]:
        """Return the smallest valid form."""
        return tuple(part for declared in self.operation.fields if declared.required for part in ordinary(declared))

    def with_field(self, parts: Iterable[Part], replacement: Sequence[Part]) -> tuple[Part, ...]:
        """Set a field of a form, in place of what stood there."""
        names = {part.name for part in replacement}
        return (*(part for part in parts if part.name not in names), *replacement)

    def request(
        self,
        parts: Sequence[Part],
        framing: Framing | None = None,
        *,
        auth: Auth | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> PreparedRequest:
        """Write a form as a request."""
        framing = framing or Framing()
        return PreparedRequest(
            self.operation.method,
            self.operation.path,
            (("Content-Type", framing.content_type), *headers),
            encode(parts, framing),
            auth or Auth(),
        )

    def probe(self, probe_id: str, parts: Sequence[Part], expect: Expect, group: str, **more: Any) -> Probe:
        """Make a probe of a form; it is billable only where it is meant to be accepted."""
        return self.of(probe_id, self.request(parts), expect, group, **more)

    def hidden(
        self, probe_id: str, defect: KnownDefect, parts: Sequence[Part], expect: Expect, group: str, **more: Any
    ) -> Probe:
        """Make a free probe of a form behind a defect."""
        broken = (defect.requirement(self.operation),)
        return self.probe(
            f"{probe_id}/behind/{defect.name}", defect.apply(parts), expect, group, if_accepted=broken, **more
        )

    def of(self, probe_id: str, message: PreparedRequest, expect: Expect, group: str, **more: Any) -> Probe:
        """Make a probe of a request; what its bytes say is read back from them."""
        cost = Cost.BILLABLE if expect is Expect.ACCEPT and self.operation.billable else Cost.FREE
        reading = self._read(message)
        return Probe(
            probe_id,
            self.operation,
            message,
            expect,
            cost,
            group,
            sent=reading[0],
            validity=reading[1],
            **more,
        )

    def _read(self, message: PreparedRequest) -> tuple[dict[str, Any], Validity]:
        content_type = next((value for name, value in message.headers if name.lower() == "content-type"), None)
        try:
            parts = read(content_type, message.body)
        except MalformedBody:
            return {}, Validity.INVALID
        reading = judge(self.contract, self.operation, parts)
        return dict(reading.values), reading.validity
