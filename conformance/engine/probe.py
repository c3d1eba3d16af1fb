"""A probe: one planned request, the answer that is expected, and whether it could cost money."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from attrs import field, frozen

from conformance.bodies.validity import Validity
from conformance.contract import Operation, SecurityScheme

__all__ = [
    "ANOTHERS",
    "OVERRIDES",
    "UNKNOWN_PASSWORD",
    "UNKNOWN_TOKEN",
    "Cost",
    "Credentials",
    "Expect",
    "Place",
    "PreparedRequest",
    "Probe",
    "Wire",
]

UNKNOWN_TOKEN = "sk-conformance-unknown"  # noqa: S105 - opens nothing
UNKNOWN_PASSWORD = base64.b64encode(b"conformance:conformance").decode()
ANOTHERS = "anothers"
"""The transform that puts the token of another account in the place of the user's own."""
OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")


class Expect(Enum):
    """The answer that a probe is built for."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"
    SAME = "same"  # answered like the control request, which is the same but for what is under test
    DIFFERENT = "different"  # anything but answered like the control request
    UNAUTHENTICATED = "unauthenticated"


class Cost(Enum):
    """What a correct server charges for a probe."""

    FREE = "free"
    BILLABLE = "billable"


@frozen
class Place:
    """One more place of a request that credentials are written into; `template` as in `Credentials`."""

    location: Literal["query", "header", "cookie"]
    name: str
    template: str = "{token}"


@frozen
class Credentials:
    """How a request says who calls.

    Attributes:
        scheme: the contract's, which says in which place they stand; None where the operation asks for none.
        template: their value, in which `{token}` stands for the user's token, which is never kept, and
            `{basic}` for the same in base64; None where they are left out.
        transform: what is done to the token before it is written.
        elsewhere: further places, which the contract does not name, that the untransformed token is written into.
    """

    scheme: SecurityScheme | None = field(default=None, repr=False)
    template: str | None = None
    transform: str = "as-is"
    elsewhere: tuple[Place, ...] = ()

    @classmethod
    def right(cls, operation: Operation) -> Credentials:
        """Return the user's own, written as the contract has it."""
        scheme = operation.scheme
        if scheme is None:
            return cls()
        value = "{basic}" if scheme.kind == "basic" else "{token}"
        return cls(scheme, f"{scheme.word} {value}".lstrip())

    @classmethod
    def unknown(cls, operation: Operation) -> Credentials:
        """Return some that are written as the contract has it, and that no server knows."""
        scheme = operation.scheme
        if scheme is None:
            return cls()
        value = UNKNOWN_PASSWORD if scheme.kind == "basic" else UNKNOWN_TOKEN
        return cls(scheme, f"{scheme.word} {value}".lstrip())

    @classmethod
    def anothers(cls, operation: Operation) -> Credentials:
        """Return those of another account, which the user named for this."""
        right = cls.right(operation)
        return cls(right.scheme, right.template, ANOTHERS)

    @property
    def are_anothers(self) -> bool:
        """Whether they are those of another account."""
        return self.transform == ANOTHERS

    def is_right(self, operation: Operation) -> bool:
        """Tell whether they are the user's own, written as the contract has it."""
        return self == Credentials.right(operation)


@frozen
class PreparedRequest:
    """A request as bytes, all but the credentials; `path` has the query with it.

    Attributes:
        omits: names of header fields that are left out, though every other request has them.
        fresh: whether it is sent on a connection of its own.
        filler: how many bytes more the body is announced to have; they are sent until an answer comes.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    credentials: Credentials = Credentials()
    chunked: bool = False
    omits: tuple[str, ...] = ()
    fresh: bool = False
    filler: int = 0


@frozen
class Wire:
    """How a request is written byte by byte, where no client library would write it so.

    Attributes:
        head: its lines, in which `{method}`, `{small}`, `{target}`, `{host}`, `{origin}`, `{fields}` and `{length}` are
            filled in when it is sent; `{fields}` are the header fields of the request and its credentials.
        said: what it is, for people.
        octets: what follows the empty line after the head.
        pieces: in how many writes.
        awaits: what is waited for: the answer, a go-ahead between head and octets, or nothing, so that the
            next request on the connection goes out in the same write.
    """

    head: tuple[str, ...]
    said: str
    octets: bytes = field(default=b"", repr=False)
    pieces: int = 1
    awaits: Literal["answer", "go-ahead", "nothing"] = "answer"


@frozen
class Probe:
    """One planned request.

    Attributes:
        id: stable name, unique within a plan.
        decides: requirements that its answer can decide by its expectation.
        statuses: what counts as a refusal here; any 4xx where it is empty. Where the answer has to be like the
            control's: by which statuses the server may refuse what is under test all the same.
        shows: what its headers and its body, one after the other, have to match to be what it is for.
        concerns: requirements that the campaign decides by comparing its answer with others.
        guards: requirements that a crash, a hang or a dropped connection breaks.
        group: probes of one group are sent in turn, and stop when one is accepted against expectation.
        sent: values as read back from the bytes, for what must be repeated in the answer.
        validity: what the request is worth by the contract, judged on its bytes.
        subject: the input under test, where there is one.
        control: name of the control request whose answer this one is compared with.
        contrast: name of the control request that is refused for the very reason under test.
        if_accepted: requirements that an acceptance breaks, beyond those that it decides.
        lacks: requirements about inputs that it does not even name, however its bytes are read.
        confirm: what to send next where the answer leaves the matter open.
        alone: nothing else may be under way while it is sent.
        apart: what it tries together, one by one; sent where it is not answered as expected, and then they decide.
        wire: how it is written, where it goes over a raw socket.
    """

    id: str
    operation: Operation = field(repr=False)
    request: PreparedRequest = field(repr=False)
    expect: Expect
    cost: Cost
    group: str
    decides: tuple[str, ...] = ()
    concerns: tuple[str, ...] = ()
    shows: tuple[re.Pattern[str], ...] = field(default=(), repr=False)
    statuses: tuple[int, ...] = ()
    guards: tuple[str, ...] = ()
    sent: Mapping[str, Any] = field(factory=dict, repr=False)
    validity: Validity = Validity.INVALID
    subject: str | None = None
    control: str | None = None
    contrast: str | None = None
    if_accepted: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    confirm: Probe | None = field(default=None, repr=False)
    alone: bool = False
    apart: tuple[Probe, ...] = field(default=(), repr=False)
    wire: Wire | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """The path that was asked for, without its query."""
        return self.request.path.partition("?")[0]

    @property
    def can_create(self) -> bool:
        """Whether some server could make what costs money of these bytes at this address, defects and all.

        Another method does so only where it brings something to make it of: a body, a query, the name of the method.
        """
        request = self.request
        if not self.operation.billable or not self.operation.may_serve(self.address):
            return False
        brings = "?" in request.path or any(name.lower() in OVERRIDES for name, _ in request.headers)
        return request.method == self.operation.method or bool(request.body) or brings
