"""What travels through the pipeline: one request, and everything learned about it so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from starlette.requests import Request
from starlette.types import Send

from conformance.bodies.parts import Part
from conformance.bodies.validity import Reading
from conformance.contract import Operation, Stage

if TYPE_CHECKING:
    from conformance.reference.jobs import Job
    from conformance.reference.world import World

__all__ = ["Call", "PreparedReply", "Refusal", "Reply", "Script"]


class Refusal(Exception):
    """The request is refused; any stage may raise it, and says which field is at fault and why."""

    def __init__(
        self, status: int, message: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field = field
        self.headers = headers or {}


@frozen
class Reply:
    """An answer before it is written: JSON data, or bytes of another media type."""

    status: int
    body: Any = field(repr=False)
    media_type: str
    headers: Mapping[str, str] = field(factory=dict)


@frozen
class PreparedReply:
    """An answer as it goes over the wire; the length is declared unless `headers` declare one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@frozen
class Script:
    """What the caller asked for in `Prefer` headers (RFC 7240)."""

    code: int | None = None
    stage: Stage | None = None
    wait: float = 0.0
    applied: tuple[str, ...] = ()


@frozen
class Call:
    """One request on its way; every stage returns it with more filled in."""

    world: World = field(repr=False)
    request: Request = field(repr=False)
    send: Send = field(repr=False)
    ordinal: int
    operation: Operation | None = None
    path_values: Mapping[str, str] = field(factory=dict)
    script: Script = Script()
    body: bytes = field(default=b"", repr=False)
    parts: tuple[Part, ...] = ()
    reading: Reading | None = None
    job_id: str = ""
    job: Job | None = None
    refusal: Refusal | None = None
    reply: Reply | None = None
    prepared: PreparedReply | None = None

    @property
    def routed(self) -> Operation:
        """The operation, which is known once the call is routed."""
        if self.operation is None:
            raise LookupError("the call is not routed yet")
        return self.operation

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the form's fields, as far as they could be read."""
        return self.reading.values if self.reading else {}

    def texts(self, name: str) -> list[bytes]:
        """Return the raw values of the parts with a name."""
        return [part.value for part in self.parts if part.name == name]
