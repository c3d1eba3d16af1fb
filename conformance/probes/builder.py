"""Builds the requests of one operation, and makes probes of them that know what their bytes are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from conformance.bodies.codecs import codec
from conformance.bodies.multipart import Framing
from conformance.bodies.part import Part
from conformance.bodies.representations import Representation, representations
from conformance.bodies.requests import content_type_of, read_body, read_parameters, write_headers, write_target
from conformance.bodies.samples import ordinary
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import Validity, judge
from conformance.bodies.wholes import smallest
from conformance.contract import BodyKind, Contract, Input, MediaType, Operation
from conformance.contract.resources import Action, Resources
from conformance.engine.probe import Cost, Credentials, Expect, PreparedRequest, Probe
from conformance.requirements.known_defects import UNKNOWN, KnownDefect, known_defects

__all__ = ["Builder"]


@frozen
class Builder:
    """Makes probes of one operation.

    Attributes:
        made: ids of what was made in this run, by the id of the operation that made it.
    """

    contract: Contract
    operation: Operation
    made: Mapping[str, tuple[str, ...]] = field(factory=dict, hash=False)

    @property
    def resources(self) -> Resources:
        """Who makes what a path names."""
        return Resources(self.contract)

    @property
    def action(self) -> Action:
        """What the operation does to the things that it is about."""
        return self.resources.action(self.operation)

    @property
    def named(self) -> Mapping[str, Operation]:
        """The path parameters that name something made, each with the operation that makes it."""
        return self.resources.names(self.operation)

    @property
    def defects(self) -> tuple[KnownDefect, ...]:
        """The defects that the contract calls invalid without doubt."""
        return known_defects(self.operation, self.resources)

    @property
    def is_grounded(self) -> bool:
        """Whether everything that its path names has been made in this run."""
        return all(self.made.get(maker.id) for maker in self.named.values())

    @property
    def is_safe(self) -> bool:
        """Whether its requests change nothing (RFC 9110, 9.2.1)."""
        return self.operation.method in ("GET", "HEAD")

    def kind(self, declared: Input) -> BodyKind | None:
        """Return the kind of body that an input is a member of; None for a parameter."""
        media = self.operation.media
        return media.kind if media is not None and declared.location == "body" else None

    def ways(self, declared: Input) -> tuple[Representation, ...]:
        """Return the documented ways to write an input."""
        return representations(declared, self.kind(declared))

    def ordinary(self, declared: Input) -> tuple[Part, ...]:
        """Return an input as an ordinary client sends it; a path names what was made, if anything was."""
        maker = self.named.get(declared.name) if declared.location == "path" else None
        if maker is None:
            return ordinary(declared, self.kind(declared))
        known = self.made.get(maker.id) or (UNKNOWN,)
        return (Part(declared.name, known[0].encode(), location="path"),)

    def base(self) -> tuple[Part, ...]:
        """Return what stands in the path, and nothing else."""
        return tuple(part for declared in self.operation.inputs_in("path") for part in self.ordinary(declared))

    def required(self) -> tuple[Part, ...]:
        """Return the smallest valid request."""
        return (*self._outside(), *smallest(self.operation), *self._whole())

    def in_media(self, media: MediaType) -> tuple[Part, ...]:
        """Return the smallest valid request, for a body in one of its other media types."""
        needed = (declared for declared in media.inputs if declared.required or declared.is_whole)
        return (*self._outside(), *(part for declared in needed for part in ordinary(declared, media.kind)))

    def everything(self) -> tuple[Part, ...]:
        """Return a request with every input."""
        return tuple(part for declared in self.operation.inputs for part in self.ordinary(declared))

    def with_input(self, parts: Iterable[Part], replacement: Sequence[Part]) -> tuple[Part, ...]:
        """Set an input, in place of what stood there."""
        places = {(part.location, part.name) for part in replacement}
        return (*(part for part in parts if (part.location, part.name) not in places), *replacement)

    def request(
        self,
        parts: Sequence[Part],
        framing: Framing | None = None,
        *,
        credentials: Credentials | None = None,
        media: MediaType | None = None,
    ) -> PreparedRequest:
        """Write parts as a request; a body is sent where the operation has one."""
        framing, media = framing or Framing(), media or self.operation.media
        headers: tuple[tuple[str, str], ...] = write_headers(parts)
        body = b""
        inside = [part for part in parts if part.location == "body"]
        if media is not None and (inside or (self.operation.body is not None and self.operation.body.required)):
            headers = (("Content-Type", codec(media).content_type(media, framing)), *headers)
            body = codec(media).encode(media, inside, framing)
        return PreparedRequest(
            self.operation.method,
            write_target(self.operation, parts),
            headers,
            body,
            Credentials.right(self.operation) if credentials is None else credentials,
        )

    def probe(self, probe_id: str, parts: Sequence[Part], expect: Expect, group: str, **more: Any) -> Probe:
        """Make a probe of parts; it is billable only where it is meant to be accepted."""
        return self.of(probe_id, self.request(parts), expect, group, **more)

    def hidden(
        self, probe_id: str, defect: KnownDefect, parts: Sequence[Part], expect: Expect, group: str, **more: Any
    ) -> Probe:
        """Make a free probe of a request behind a defect."""
        broken = (defect.requirement(self.operation),)
        return self.probe(
            f"{probe_id}/behind/{defect.name}", defect.apply(parts), expect, group, if_accepted=broken, **more
        )

    def of(self, probe_id: str, request: PreparedRequest, expect: Expect, group: str, **more: Any) -> Probe:
        """Make a probe of a request; what its bytes say is read back from them."""
        cost = Cost.BILLABLE if expect is Expect.ACCEPT and self.operation.billable else Cost.FREE
        sent, validity, lacks = _read(self.contract, self.operation, request.path, request.headers, request.body)
        return Probe(
            probe_id, self.operation, request, expect, cost, group, sent=sent, validity=validity, lacks=lacks, **more
        )

    def _outside(self) -> tuple[Part, ...]:
        """Return the required parameters."""
        needed = (declared for declared in self.operation.parameters if declared.required)
        return tuple(part for declared in needed for part in self.ordinary(declared))

    def _whole(self) -> tuple[Part, ...]:
        """Return a body that has no members but has to be sent."""
        body = self.operation.body
        if body is None or not body.required:
            return ()
        return tuple(
            part for declared in self.operation.fields if declared.is_whole for part in self.ordinary(declared)
        )


@lru_cache(maxsize=1024)  # plans share their requests, and many differ in nothing but who calls
def _read(
    contract: Contract, operation: Operation, path: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> tuple[Mapping[str, Any], Validity, tuple[str, ...]]:
    """Return the values that a request says, what it is worth, and what it breaks by what it does not even name."""
    lacks = tuple(_lacking(contract, operation, path, headers, body))
    parts = read_parameters(operation, path, headers)
    media = None
    if operation.body is not None and (body or operation.body.required):
        try:
            media, inside = read_body(operation, content_type_of(headers), body)
        except MalformedBody as error:
            return {}, Validity.UNSPECIFIED if error.tolerable else Validity.INVALID, lacks
        parts = (*parts, *inside)
    reading = judge(operation, parts, media)
    return reading.values, reading.validity, lacks


def _lacking(
    contract: Contract, operation: Operation, path: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> Iterator[str]:
    """Yield what is broken by a request that has the names of required inputs nowhere in it."""
    written = b"\n".join((path.encode(), repr(headers).encode(), body)).lower()
    for defect in known_defects(operation, Resources(contract)):
        if defect.kind == "omitted" and defect.input.name.lower().encode() not in written:
            yield defect.requirement(operation)
