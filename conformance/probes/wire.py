"""Exchanges over a raw socket, from `wire.yaml`: what no HTTP library sends, and what none shows of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from attrs import evolve, field, frozen

from conformance.contract import Contract, Operation
from conformance.data import read_data
from conformance.engine.probe import Credentials, Expect, PreparedRequest, Probe, Wire
from conformance.probes.addresses import unknown_path
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, anonymous

__all__ = ["EVERY_ANSWER", "Conversation", "conversations", "subject"]

EVERY_ANSWER = ("wire/status-line", "wire/fields", "wire/content-length", "wire/length")
"""What every answer has to keep, whatever it answers."""


@frozen
class Conversation:
    """Requests over one connection, and how what comes back is judged.

    Attributes:
        rules: the rule that each requirement is judged by.
        after: the conversation without which it is not sent, and with which only where that one did not show that
            the same requirement holds; empty where it is sent in any case.
        given: the conversation that has to show that its own requirement holds before this one can tell anything.
    """

    name: str
    probes: tuple[Probe, ...] = field(repr=False)
    rules: Mapping[str, str]
    after: str = ""
    given: str = ""


def subject(contract: Contract, made: Mapping[str, tuple[str, ...]], taught: Mapping[str, Controls]) -> Builder:
    """Return the builder of the operation that can be called most for nothing: with a body, behind a defect.

    One of those whose controls have taught something, where any have: what is not offered has none.
    """
    known = [operation for operation in contract.operations if operation.id in taught] or contract.operations
    builders = [Builder(contract, operation, made) for operation in known]

    def worth(builder: Builder) -> tuple[bool, bool]:
        controls = taught.get(builder.operation.id)
        free = controls is not None and controls.defect() is not None
        return free and builder.operation.body is not None, free or (builder.is_safe and builder.is_grounded)

    return max(builders, key=worth)  # the first of several


def conversations(builder: Builder, controls: Controls) -> Iterator[Conversation]:
    """Yield the exchanges, those first that others come after."""
    for entry in _entries():
        if entry.get("needs") == "body" and builder.operation.body is None:
            continue
        decides = (*entry["decides"], *EVERY_ANSWER)
        probes = tuple(
            _probe(builder, controls, f"wire/{entry['name']}/{number}", request, decides)
            for number, request in enumerate(_sent(builder, entry["send"]), 1)
        )
        yield Conversation(entry["name"], probes, entry["decides"], entry.get("after", ""), entry.get("given", ""))


def _sent(builder: Builder, given: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the requests of an exchange; where anybody may call, nobody is no other caller."""
    yield from (request for request in given if builder.operation.scheme is not None or "caller" not in request)


@cache
def _entries() -> tuple[Mapping[str, Any], ...]:
    return tuple(read_data("probes", "wire.yaml"))


def _probe(
    builder: Builder, controls: Controls, probe_id: str, given: Mapping[str, Any], decides: tuple[str, ...]
) -> Probe:
    defect = controls.defect()
    more: dict[str, Any] = {"decides": decides}
    if given["to"] == "nowhere" or (defect is None and not (builder.is_safe and builder.is_grounded)):
        request = _nowhere(builder.operation, given.get("method", "GET"))
    elif defect is None:
        request = builder.request(builder.required())
    else:
        request = _asked(builder.request(defect.apply(builder.required())), given)
        control = anonymous(defect) if given.get("caller") == "nobody" else defect.name
        more |= {"control": control, "if_accepted": (defect.requirement(builder.operation),)}
    octets, pieces, awaits = _octets(request, given), given.get("pieces", 1), given.get("awaits", "answer")
    wire = Wire(tuple(given["head"]), given["said"], octets, pieces, awaits)
    return evolve(builder.of(probe_id, request, Expect.EITHER, "wire", **more), wire=wire)


def _asked(request: PreparedRequest, given: Mapping[str, Any]) -> PreparedRequest:
    """Return a request as it is to be sent: by nobody, or of another media type."""
    if given.get("caller") == "nobody":
        request = evolve(request, credentials=Credentials(request.credentials.scheme))
    if "type" in given:
        others = tuple(header for header in request.headers if header[0] != "Content-Type")
        request = evolve(request, headers=(("Content-Type", given["type"]), *others), body=_octets(request, given))
    return request


def _nowhere(operation: Operation, method: str) -> PreparedRequest:
    return PreparedRequest(method, unknown_path(operation), credentials=Credentials())


def _octets(request: PreparedRequest, given: Mapping[str, Any]) -> bytes:
    if "octets" in given:
        octets: str = given["octets"]
        return octets.encode("latin-1")
    if "chunks" in given:
        return b"".join(_chunks(request.body, **given["chunks"]))
    return request.body if given.get("form") else b""


def _chunks(body: bytes, size: int, zeros: int = 0, extension: str = "", trailer: str = "") -> Iterator[bytes]:
    """Write a body in the chunked transfer coding (RFC 9112, 7.1)."""
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        yield f"{'0' * zeros}{len(chunk):x}{extension}\r\n".encode() + chunk + b"\r\n"
    last = (f"0{extension}", *filter(None, [trailer]), "")
    yield "".join(f"{line}\r\n" for line in last).encode()
