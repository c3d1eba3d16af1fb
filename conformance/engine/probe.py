"""What a probe is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from attrs import field, frozen

from conformance.bodies.validity import Validity
from conformance.contract import Operation

__all__ = ["Auth", "Cost", "Expect", "PreparedRequest", "Probe"]


class Expect(Enum):
    """The answer that a probe is built for."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    EITHER = "either"
    SAME = "same"  # answered like the control request, which is the same but for what is under test
    UNAUTHENTICATED = "unauthenticated"


class Cost(Enum):
    """What a correct server charges for a probe."""

    FREE = "free"
    BILLABLE = "billable"


@frozen
class Auth:
    """How credentials are written; `{token}` stands for the user's token, which is never kept."""

    template: str | None = "Bearer {token}"
    transform: str = "as-is"


@frozen
class PreparedRequest:
    """A request as bytes, all but the token."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    auth: Auth = Auth()
    chunked: bool = False


@frozen
class Probe:
    """One planned request.

    Attributes:
        id: stable name, unique within a plan.
        decides: requirements that its answer can decide by its expectation.
        statuses: what counts as a refusal here; any 4xx where it is empty.
        guards: requirements that a crash, a hang or a dropped connection breaks.
        group: probes of one group are sent in turn, and stop when one is accepted by surprise.
        sent: form values as read back from the bytes, for what must be repeated in the answer.
        validity: what the body is worth by the contract, judged on its bytes.
        subject: the field under test, where there is one.
        control: name of the control request whose answer this one is compared with.
        if_accepted: requirements that an acceptance breaks, beyond those that it decides.
        contrast: name of the control request that is refused for the very reason under test.
        confirm: what to send next where the answer leaves the matter open.
        alone: nothing else may be under way while it is sent.
    """

    id: str
    operation: Operation = field(repr=False)
    request: PreparedRequest = field(repr=False)
    expect: Expect
    cost: Cost
    group: str
    decides: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    guards: tuple[str, ...] = ()
    sent: Mapping[str, Any] = field(factory=dict, repr=False)
    validity: Validity = Validity.INVALID
    subject: str | None = None
    control: str | None = None
    contrast: str | None = None
    if_accepted: tuple[str, ...] = ()
    confirm: Probe | None = field(default=None, repr=False)
    alone: bool = False

    @property
    def address(self) -> str:
        """The path that was asked for, without its query."""
        return self.request.path.partition("?")[0]

    @property
    def can_create(self) -> bool:
        """Whether an acceptance would cost money."""
        return (
            self.operation.billable
            and self.request.method == self.operation.method
            and self.address == self.operation.path
        )
