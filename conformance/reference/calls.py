"""What travels through the pipeline: one request, and everything learned about it so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import field, frozen
from starlette.requests import Request
from starlette.types import Send

from conformance.bodies.part import Part
from conformance.bodies.validity import Reading
from conformance.contract import Input, MediaType, Operation, Stage

if TYPE_CHECKING:
    from conformance.reference.services import Service
    from conformance.reference.things import Thing
    from conformance.reference.world import World

__all__ = ["Call", "PreparedReply", "Refusal", "Reply", "Script"]


class Refusal(Exception):
    """The request is refused; any stage may raise it, and says which input is at fault and why."""

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
    """An answer before it is written: JSON data, or bytes of another media type (None: no body at all)."""

    status: int
    body: Any = field(repr=False)
    media_type: str | None
    headers: Mapping[str, str] = field(factory=dict)


@frozen
class PreparedReply:
    """An answer as it goes over the wire; the length is declared unless `headers` declare one."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)


@frozen
class Script:
    """What was asked for, in `Prefer` headers (RFC 7240) or otherwise.

    Attributes:
        code: the status of the answer.
        pause: the seconds after which the caller is told to try again.
        wait: the seconds by which the answer is late.
        stage: where the job ends.
        says: a status that the job shows in place of its stage's own.
        looks: how often the job is looked up until it ends.
        progress: what the job shows after its first look, until it ends.
        seconds: how long the job takes.
        applied: the preferences that are followed, each with its value.
        ignored: those that are not, as they were written, each with the reason.
    """

    code: int | None = None
    pause: int | None = None
    wait: float = 0.0
    stage: Stage | None = None
    says: str | None = None
    looks: int | None = None
    progress: tuple[int, ...] | None = None
    seconds: float | None = None
    applied: tuple[tuple[str, str], ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()


_NO_SCRIPT = Script()


@frozen(slots=False)
class Call:
    """One request on its way; every stage returns it with more filled in.

    Attributes:
        service: what the server does for the operation that was called.
        parameters: what was sent outside of the body.
        media: the media type of the body; None where there is no body.
        parts: what was sent in the body.
        account: who calls; empty where nobody is asked.
        thing_id: the id of what is about to be made.
        thing: what the call made, or is about.
    """

    world: World = field(repr=False)
    request: Request = field(repr=False)
    send: Send = field(repr=False)
    ordinal: int
    service: Service | None = None
    parameters: tuple[Part, ...] = ()
    account: str = ""
    script: Script = _NO_SCRIPT
    body: bytes = field(default=b"", repr=False)
    media: MediaType | None = None
    parts: tuple[Part, ...] = ()
    reading: Reading | None = None
    thing_id: Any = None
    thing: Thing | None = None
    refusal: Refusal | None = None
    reply: Reply | None = None
    prepared: PreparedReply | None = None

    def but(self, **changes: Any) -> Call:
        """Return the call with some attributes changed; attrs' own `evolve` takes five times as long."""
        made = object.__new__(Call)
        made.__dict__.update(self.__dict__, **changes)
        return made

    @property
    def served(self) -> Service:
        """What is done for the operation, which is known once the call is routed."""
        if self.service is None:
            raise LookupError("the call is not routed yet")
        return self.service

    @property
    def routed(self) -> Operation:
        """The operation, which is known once the call is routed."""
        return self.served.operation

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of the inputs, as far as they could be read."""
        return self.reading.values if self.reading else {}

    @property
    def own_values(self) -> Mapping[str, Any]:
        """The values but for those that only say which thing is meant."""
        return {name: value for name, value in self.values.items() if name not in self.served.named}

    def sent(self, declared: Input) -> list[Part]:
        """Return what was sent for an input."""
        parts = self.parts if declared.location == "body" else self.parameters
        return [part for part in parts if (part.name, part.location) == (declared.name, declared.location)]

    def texts(self, declared: Input) -> list[bytes]:
        """Return the raw values of what was sent for an input."""
        return [part.value for part in self.sent(declared)]
