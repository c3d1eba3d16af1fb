"""Probes of operations without a form, such as one that reads a job back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from attrs import evolve

from conformance.bodies.validity import Validity
from conformance.contract import Operation
from conformance.engine.probe import Auth, Cost, Expect, PreparedRequest, Probe
from conformance.probes.access import BAD_AUTH

__all__ = ["resource_probes"]

_UNKNOWN = "conformance-unknown"
_READS = ("GET", "HEAD")


def resource_probes(operation: Operation, known: Sequence[str]) -> Iterator[Probe]:
    """Yield probes of an operation that reads: of a job that exists, of one that does not, without credentials.

    An operation that could change or cost something is not called: the contract does not say how to undo it.
    """
    names = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
    if operation.method not in _READS or len(names) > 1:
        return
    for value in known[:1] if names else ("",):
        decides = tuple(f"{operation.id}/parameter/{name}/known" for name in names)
        yield _probe(operation, f"known/{bool(value)}", value, Expect.ACCEPT, decides, Auth())
    unknown = tuple(f"{operation.id}/parameter/{name}/unknown" for name in names)
    if names:
        yield _probe(operation, "unknown", _UNKNOWN, Expect.REFUSE, unknown, Auth())
    for kind, name, auth in BAD_AUTH if operation.security else ():
        probe = _probe(
            operation,
            f"auth/{kind}/{name}",
            (*known, _UNKNOWN)[0],
            Expect.UNAUTHENTICATED,
            (f"{operation.id}/auth/{kind}",),
            auth,
        )
        yield evolve(probe, group=f"{operation.id}/auth")


def _probe(operation: Operation, name: str, value: str, expect: Expect, decides: tuple[str, ...], auth: Auth) -> Probe:
    path = operation.path
    for parameter in operation.parameters:
        path = path.replace(f"{{{parameter.name}}}", quote(value, safe=""))
    return Probe(
        f"{operation.id}/{name}",
        operation,
        PreparedRequest(operation.method, path, auth=auth),
        expect,
        Cost.FREE,
        f"{operation.id}/{name}",
        decides=decides,
        guards=(f"{operation.id}/valid/no-server-error",),
        validity=Validity.VALID,
    )
