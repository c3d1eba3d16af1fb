"""What the judge's server answers to the requests of one call, in their order."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable, Mapping
from functools import partial
from http.client import responses
from typing import Any

from attrs import field, frozen

from conformance.bodies.strict_json import write_json
from conformance.clients.received import Received
from conformance.contract import Contract, Operation
from conformance.contract.instance import instance
from conformance.vectors import GivenAnswer, Vector

__all__ = ["Scene", "StagedAnswer", "scene"]

_BODILESS = (204, 304)


@frozen
class StagedAnswer:
    """One answer as it goes over the wire, or what comes in the place of one.

    Attributes:
        given: what the vector has of it: where it is cut, how it is framed, whether there is one at all.
        headers: those of the vector, with the hosts of this run in them.
    """

    given: GivenAnswer
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def written(self, request: Received, more: tuple[tuple[str, str], ...], *, closes: bool) -> tuple[bytes, bytes]:
        """Return everything in front of the body, and the body as it is sent.

        Args:
            request: that is answered.
            more: header fields beyond its own.
            closes: the connection is closed behind it.
        """
        status = self.given.status or 200
        fields, body = [*self.headers, *more], self.body
        if self.given.coding == "gzip" and "gzip" in (request.header("accept-encoding") or ""):
            body = gzip.compress(body)
            fields.append(("content-encoding", "gzip"))
        if self.given.framing == "chunked":
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
            fields.append(("transfer-encoding", "chunked"))
        elif self.given.framing is None and status not in _BODILESS:
            fields.append(("content-length", str(len(body))))
        if closes:
            fields.append(("connection", "close"))
        interim = b"".join(_first_line(one) + b"\r\n" for one in self.given.interim)
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
        sent = b"" if request.method == "HEAD" or status in _BODILESS else body
        return interim + _first_line(status) + lines.encode() + b"\r\n", sent


@frozen
class Scene:
    """What one call is answered: the answers in turn, the last one again and again, or else what is `good`."""

    answers: tuple[StagedAnswer, ...]
    good: Callable[[Received], StagedAnswer]

    def answer(self, number: int, request: Received) -> StagedAnswer:
        """Return the answer to the request with a number, counted from 0."""
        return self.upcoming(number) or self.good(request)

    def upcoming(self, number: int) -> StagedAnswer | None:
        """Return the answer to a request of which nothing is known yet; None where that depends on it."""
        return self.answers[min(number, len(self.answers) - 1)] if self.answers else None


def scene(contract: Contract, vector: Vector, hosts: Mapping[str, str]) -> Scene:
    """Return what the call of a vector is answered.

    Args:
        contract: from which a good answer is made where the vector has none.
        vector: with its answers.
        hosts: what stands for the words in braces in header fields: the two hosts of the judge.
    """
    good = partial(_good_answer, contract, contract.operation(vector.call.operation))
    return Scene(tuple(_answer(given, hosts) for given in vector.given), good)


def _answer(given: GivenAnswer, hosts: Mapping[str, str]) -> StagedAnswer:
    headers = [(name, _filled(value, hosts)) for name, value in given.headers]
    body = given.body or {}
    if "json" in body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("content-type", "application/json"))
    return StagedAnswer(given, tuple(headers), _bytes(body))


def _bytes(body: Mapping[str, Any]) -> bytes:
    if "json" in body:
        return write_json(body["json"])
    if "repeat" in body:
        return _bytes(body["repeat"]) * int(body["repeat"]["times"])
    return str(body["text"]).encode() if "text" in body else base64.b64decode(body.get("base64", ""))


def _good_answer(contract: Contract, operation: Operation, request: Received) -> StagedAnswer:
    """Return a valid answer of the operation that a request reached, or else of the one that was meant."""
    path = request.path.decode("latin-1")
    reached = [one for one in contract.operations if one.method == request.method and one.serves(path)]
    success = (reached[0] if reached else operation).success
    given = GivenAnswer(success.status)
    media = next(iter(success.media), None)
    if media is None:
        return StagedAnswer(given)
    kind = (("content-type", media.name.replace("*", "octet-stream")),)
    if media.kind != "json":
        return StagedAnswer(given, kind, b"the bytes of an answer")
    return StagedAnswer(given, kind, write_json({} if media.schema is None else instance(media.schema)))


def _first_line(status: int) -> bytes:
    return f"HTTP/1.1 {status} {responses.get(status, 'Unnamed')}\r\n".encode()


def _filled(text: str, hosts: Mapping[str, str]) -> str:
    for word, host in hosts.items():
        text = text.replace(f"{{{word}}}", host)
    return text
