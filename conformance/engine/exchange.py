"""An exchange: what went over the wire and back, as it came; whatever writes it anywhere redacts it first."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import Any

from attrs import field, frozen

from conformance.contract import Operation
from conformance.engine.probe import Probe
from conformance.engine.transcript import Transcript

__all__ = ["REASONS", "Answer", "Exchange", "Outcome", "Silence", "outcome"]

_DEEPEST = 200
_MOST_VALUES = 20_000  # in an answer; what they become in memory is many times what came
_MANY = (b"[", b"{", b",")
REASONS = ("error", "error-message", "error-detail")
"""The roles of what says why a request was refused."""
_FLAG = "success-flag"


class Silence(Enum):
    """Why there is no answer."""

    TIMEOUT = "no answer within the time-out"
    DROPPED = "the connection was dropped"
    UNREADABLE = "the answer is not HTTP"


class Outcome(Enum):
    """What an answer, or its absence, amounts to."""

    ACCEPTED = "accepted"
    MASKED = "a refusal dressed as success"
    REFUSED = "refused"
    UNAUTHENTICATED = "refused as unauthenticated"
    LIMITED = "refused for want of rights, credit or patience"
    UNAVAILABLE = "unavailable, or somewhere else"
    FAILED = "failed"
    SILENT = "silent"

    @property
    def is_breakdown(self) -> bool:
        """Whether the server failed, hung or dropped the connection."""
        return self in (Outcome.FAILED, Outcome.SILENT)

    @property
    def is_undecided(self) -> bool:
        """Whether the answer says nothing about the request: rights, quota, upstream."""
        return self in (Outcome.LIMITED, Outcome.UNAVAILABLE)


@frozen
class Answer:
    """An HTTP answer as it came; `cut` tells that its body was too long to be kept whole."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    cut: bool = False

    def header(self, name: str) -> str | None:
        """Return the first header with a name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def media_type(self) -> str:
        """The media type without parameters, in lower case; empty where there is none."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The decoded body; None where it was cut, is not JSON, or so deep or so full that no reader need follow."""
        if self.cut or sum(map(self.body.count, _MANY)) > _MOST_VALUES:
            return None
        try:
            value = json.loads(self.body)
            if b"\\u" in self.body:  # half of a surrogate pair can be read, but written nowhere
                value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None
        return value if _is_shallow(value, self.body.count(b"[") + self.body.count(b"{")) else None


@frozen
class Exchange:
    """One request and what came of it; times in seconds since the run began.

    Attributes:
        leaks: places of the answer that show the token.
        reused: it went over a connection that had carried others before.
        earlier: what came of it the first time, where that was no answer or a 5xx and it was sent again.
        contrasted: right after it, a plain refusal was answered as it should be.
        transcript: of the connection, where the request went over a raw socket.
        protocol: that the answer came in, or else that the request was written in.
    """

    probe: Probe
    answer: Answer | None
    silence: Silence | None
    detail: str = field(repr=False)
    started: float
    elapsed: float
    leaks: tuple[str, ...] = ()
    concurrent: bool = False
    wall: float = 0.0
    reused: bool = False
    earlier: Exchange | None = field(default=None, repr=False)
    contrasted: bool = False
    transcript: Transcript | None = field(default=None, repr=False)
    protocol: str = "HTTP/1.1"

    @cached_property
    def outcome(self) -> Outcome:
        """What the answer amounts to."""
        return outcome(self.probe.operation, self.answer)

    @property
    def status(self) -> int | None:
        """The status of the answer, if there is one."""
        return self.answer.status if self.answer is not None else None

    @property
    def is_unusable(self) -> bool:
        """Whether there is no answer, or a 5xx: it may be about anything."""
        return self.outcome is Outcome.SILENT or (self.status is not None and self.status >= 500 and self.status != 501)

    @property
    def may_be_chance(self) -> bool:
        """Whether a kept connection was closed: a server may do so between two requests (RFC 9112, 9.3)."""
        return self.silence is Silence.DROPPED and self.reused

    @property
    def is_redirect(self) -> bool:
        """Whether the answer sends the caller elsewhere, which nobody follows."""
        return self.status is not None and 300 <= self.status < 400

    @property
    def is_lasting_breakdown(self) -> bool:
        """Whether the request, and not the moment, made the server fail: it failed again when it was repeated.

        What a gateway says of an upstream (502, 503, 504) counts only beside a refusal that still came.
        """
        if self.earlier is None or not (self.is_unusable and self.earlier.is_unusable):
            return False
        return self.outcome.is_breakdown or self.contrasted

    @property
    def proves_nothing_made(self) -> bool:
        """Whether the answer excludes that something was made: 4xx, or 501."""
        return self.status is not None and (400 <= self.status < 500 or self.status == 501)

    @property
    def shows_something_made(self) -> bool:
        """Whether the answer is beyond doubt an acceptance: it has what the contract says that one must have."""
        if self.outcome is not Outcome.ACCEPTED or self.answer is None:
            return False
        top = [found for found in self.probe.operation.success.properties if len(found.path) == 1]
        needed = [found for found in top if found.required or found.role == "id"]
        return not needed or any(found.read(self.answer.json)[0] for found in needed)


def _is_shallow(value: Any, brackets: int) -> bool:
    if brackets < _DEEPEST:
        return True
    level = [value]
    for _ in range(_DEEPEST):
        inner = [
            node.values() if isinstance(node, Mapping) else node for node in level if isinstance(node, (Mapping, list))
        ]
        level = [child for children in inner for child in children]
    return not level


def outcome(operation: Operation, answer: Answer | None) -> Outcome:
    """Classify an answer."""
    if answer is None:
        return Outcome.SILENT
    status = answer.status
    if status < 300:
        return Outcome.MASKED if _is_masked(operation, answer.json) else Outcome.ACCEPTED
    if status == 401:
        return Outcome.UNAUTHENTICATED
    if status in (402, 403, 429):
        return Outcome.LIMITED
    if status < 400 or status in (502, 503, 504):
        return Outcome.UNAVAILABLE
    return Outcome.REFUSED if status < 500 or status == 501 else Outcome.FAILED


def _is_masked(operation: Operation, body: Any) -> bool:
    """Whether a 2xx body reports a failure: it says so, or has none of what the answer must have."""
    if not isinstance(body, Mapping):
        return False
    required = [found for found in operation.success.properties if found.required and len(found.path) == 1]
    if any(found.read(body)[0] for found in required):
        return False
    # Where a success has to hold nothing, a member that it documents may as well be one of its own.
    own = set() if required else {found.name for found in operation.success.properties}
    told = [found for response in operation.refusals for found in response.properties if len(found.path) == 1]
    shown = [found for found in told if found.name not in own and found.read(body)[0]]
    return any(found.role in REASONS or (found.role == _FLAG and found.read(body)[1] is False) for found in shown)
