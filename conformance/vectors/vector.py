"""A vector: one call of a client, what it is answered, and what must come of it; and how one is written as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from conformance.requirements import Level

__all__ = ["ClientOutcome", "Count", "Expectation", "GivenAnswer", "Vector", "VectorCall", "VectorKind"]

VectorKind = Literal["request", "answer", "money"]
ClientOutcome = Literal["value", "error"]


@frozen
class VectorCall:
    """What the client is asked to do.

    Attributes:
        operation: its id in the contract.
        arguments: by place (`path`, `query`, `header`, `cookie`, `body`) and name; a file is `{"$file": {…}}`.
        helper: `wait`: read with `operation` until the job has ended.
    """

    operation: str
    arguments: Mapping[str, Any] = field(repr=False)
    helper: Literal["wait"] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the files have it."""
        return {"operation": self.operation, **_given(helper=self.helper), "arguments": dict(self.arguments)}


@frozen
class GivenAnswer:
    """What a server does when it is called.

    Attributes:
        body: one of `json`, `text`, `base64`, or `repeat` with `text` or `base64` and `times`.
        coding: in which the body is sent, where the request accepts it.
        framing: how its end is told: `chunked`, or by closing the connection (`close`); by its length otherwise.
        interim: statuses of 1xx answers that come before it.
        cut: where the connection is closed instead: before the request is read, after, or half-way through the body.
        silent: whether nothing is ever answered.
    """

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    coding: Literal["gzip"] | None = None
    framing: Literal["chunked", "close"] | None = None
    interim: tuple[int, ...] = ()
    cut: Literal["before-reading", "after-reading", "in-body"] | None = None
    silent: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the files have it."""
        if self.silent:
            return {"silent": True}
        headers = [list(pair) for pair in self.headers]
        said = _given(coding=self.coding, framing=self.framing, interim=list(self.interim) or None)
        answer = {} if self.status is None else {"status": self.status, "headers": headers, **_given(body=self.body)}
        return {**_given(cut=self.cut), **answer, **said}


@frozen
class Count:
    """How many requests a call may cause."""

    min: int
    max: int


@frozen
class Expectation:
    """What must come of a call; what is None is not judged.

    Attributes:
        request: the first request, as it must be on the wire.
        requests: how many the server may see.
        elsewhere: how many another host may see, and header fields that none of these may have.
        outcome: what the client may report: a value, an error, or either.
        value: members that it must report where it reports a value, or `$file`.
        absent: members that it must report as absent: left out, or null.
        times: members that it must report as these times, in seconds since 1970, in whichever form it has for times.
        request_id: the id of the request that it must report with a value.
        error: what it must say where it reports an error.
    """

    request: Mapping[str, Any] | None = field(default=None, repr=False)
    requests: Count | None = None
    elsewhere: Mapping[str, Any] | None = None
    outcome: tuple[ClientOutcome, ...] = ()
    value: Any = field(default=None, repr=False)
    absent: tuple[str, ...] = ()
    times: Mapping[str, float] | None = None
    request_id: str | None = None
    error: Mapping[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the files have it."""
        requests = None if self.requests is None else {"min": self.requests.min, "max": self.requests.max}
        outcome = self.outcome[0] if len(self.outcome) == 1 else list(self.outcome) or None
        return _given(
            request=self.request,
            requests=requests,
            elsewhere=self.elsewhere,
            outcome=outcome,
            value=self.value,
            absent=list(self.absent) or None,
            times=self.times,
            request_id=self.request_id,
            error=self.error,
        )


@frozen
class Vector:
    """One vector.

    Attributes:
        id: unique, and the same for as long as it means the same.
        requirement: the id of what it tests, in the catalogue of the contract or among those of clients.
        sentence: what it is about, for people.
        given: the answers in their order, the last one repeated; any valid one where there is none.
    """

    id: str
    kind: VectorKind
    level: Level
    requirement: str
    sentence: str
    call: VectorCall
    expect: Expectation
    given: tuple[GivenAnswer, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as the files have it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "level": self.level.value,
            "requirement": self.requirement,
            "sentence": self.sentence,
            "call": self.call.as_json(),
            **_given(given=[answer.as_json() for answer in self.given] or None),
            "expect": self.expect.as_json(),
        }


def _given(**members: Any) -> dict[str, Any]:
    """Return the members that say something."""
    return {name: value for name, value in members.items() if value is not None}
