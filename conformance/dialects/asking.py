"""The questions as probes: free requests, of which none has in it what it takes to make anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from attrs import evolve

from conformance.bodies.validity import Validity
from conformance.campaign.order import in_order
from conformance.contract import Contract, Operation
from conformance.contract.resources import Resources
from conformance.dialects.signs import Question
from conformance.engine.probe import Cost, Credentials, Expect, PreparedRequest, Probe
from conformance.errors import SuiteError, UsageError
from conformance.probes.builder import Builder
from conformance.probes.controls import controls
from conformance.requirements.known_defects import UNKNOWN

__all__ = ["creating", "empty_create", "probes_of"]

_EMPTY = "empty"


def creating(contract: Contract) -> Builder:
    """Return the builder of what creates, by whose address a server is found.

    Raises:
        UsageError: nothing does.
    """
    resources = Resources(contract)
    found = [o for o in in_order(contract) if resources.action(o) == "create" and not resources.names(o)]
    if not found:
        raise UsageError(f"{contract.path}: no operation creates anything, so that there is nothing to ask for")
    return Builder(contract, found[0])


def empty_create(builder: Builder) -> Probe:
    """Return a create that lacks everything it needs.

    Raises:
        UsageError: it needs nothing.
    """
    found = next((probe for probe in controls(builder) if probe.id.split("/")[2] == _EMPTY), None)
    if found is None:
        raise UsageError(
            f"{builder.operation.id} needs nothing, so that no request to it is sure to make nothing; name a contract"
            " whose operation has required fields with --contract"
        )
    return found


def probes_of(builder: Builder, questions: Iterable[Question]) -> Mapping[str, Probe]:
    """Return the request of each question, by its name.

    Raises:
        SuiteError: one of them could make something.
    """
    found = {question.name: _probe(builder, question) for question in questions}
    for probe in found.values():
        if probe.can_create and not (probe.validity is Validity.INVALID and probe.lacks):
            raise SuiteError(f"{probe.id} could make something, and nothing is to be made")
    return found


def _probe(builder: Builder, question: Question) -> Probe:
    operation, contract = builder.operation, builder.contract
    name = f"{operation.id}/identify/{question.name}"
    if question.ask == "create":
        empty = empty_create(builder)
        if not question.anonymous:
            return empty
        request = evolve(empty.request, credentials=Credentials(operation.scheme))
        return evolve(empty, id=name, group=name, expect=Expect.EITHER, request=request)
    created = operation.path.rstrip("/")
    path = question.at.replace("{create}", created).replace("{made}", f"{created}/{quote(UNKNOWN)}")
    asked = _operation(contract, question.ask, path) or operation
    credentials = Credentials(asked.scheme) if question.anonymous else Credentials.right(operation)
    request = PreparedRequest(question.ask, path, credentials=credentials)
    return Probe(name, asked, request, Expect.EITHER, Cost.FREE, name)


def _operation(contract: Contract, method: str, path: str) -> Operation | None:
    """Return the contract's operation at an address, where it has one."""
    return next((found for found in contract.operations if found.method == method and found.serves(path)), None)
