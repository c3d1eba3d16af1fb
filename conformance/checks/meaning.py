"""Checks that an answer means what its status says, and says what the server decided rather than the caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from conformance.bodies.requests import content_type_of, read_body
from conformance.bodies.troubles import MalformedBody
from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, passed
from conformance.contract import Operation, Property
from conformance.contract.members import members
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Expect
from conformance.probes.words import said

__all__ = ["assignment", "consistency", "naming"]

_REFUSAL, _ACCEPTANCE = "meaning/refusal-says-failure", "meaning/acceptance-says-success"
_NO_JOB, _ASSIGNED = "meaning/refusal-shows-no-job", "meaning/not-assigned"
_AT_FAULT = "meaning/refusal-names-the-field"
_GOOD = frozenset(("success", "succeeded", "successful", "ok", "okay"))
_BAD = frozenset(("error", "fail", "failed", "failure"))
_FINE = (0, "0", 200, "200")  # as codes
_DEEPEST = 2


@check(_REFUSAL, _ACCEPTANCE, _NO_JOB)
def consistency(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A refusal holds no words of success and no job, and an accepted request no words of failure."""
    answer, operation = exchange.answer, exchange.probe.operation
    if answer is None or not is_of_operation(exchange) or not isinstance(answer.json, Mapping):
        return
    if answer.status >= 400:
        yield _judged(_REFUSAL, _praise(operation, answer.json), "the refusal says", exchange)
        if _NO_JOB in context.catalogue:
            yield _judged(_NO_JOB, _described_job(operation, answer.json), "the refusal describes a job:", exchange)
    elif exchange.outcome is Outcome.ACCEPTED:
        yield _judged(_ACCEPTANCE, _blame(operation, answer.json), "the accepted request is told", exchange)


def _judged(requirement: str, contradiction: str | None, message: str, exchange: Exchange) -> Finding:
    if contradiction is None:
        return passed(requirement, exchange)
    return failed(requirement, f"{message} {contradiction}", exchange)


def _praise(operation: Operation, body: Mapping[str, Any]) -> str | None:
    """Return what reads like success in a refusal, if anything does."""
    codes = _names(operation, "error-code")
    for name, value in _members(body, _DEEPEST):
        word = value.strip().lower() if isinstance(value, str) else None
        code = name in codes and not isinstance(value, bool) and value in _FINE
        if word in _GOOD or code or (value is True and name.lower() in _GOOD):
            return f"`{name}`: {value!r}"
    return None


def _blame(operation: Operation, body: Mapping[str, Any]) -> str | None:
    """Return what reads like failure in the answer to an accepted request; its documented members are its own."""
    documented = {found.name for found in operation.success.properties}
    codes = _names(operation, "error-code")
    for name, value in _members(body, 1):
        if name in documented:
            continue
        word = value.strip().lower() if isinstance(value, str) else None
        code = name in codes and isinstance(value, int) and value >= 400
        if word in _BAD or code or (value is False and name.lower() in _GOOD):
            return f"`{name}`: {value!r}"
    return None


@check(_AT_FAULT)
def naming(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Where a refusal names a field of the request, it is the one that is wrong."""
    probe, answer = exchange.probe, exchange.answer
    is_plain = probe.expect is Expect.REFUSE and probe.subject is not None and exchange.outcome is Outcome.REFUSED
    if _AT_FAULT not in context.catalogue or not is_plain or answer is None or not is_of_operation(exchange):
        return
    for found in _told(probe.operation, "error-field"):
        _, blamed = found.read(answer.json)
        if blamed == probe.subject:
            yield passed(_AT_FAULT, exchange)
        elif blamed in {declared.name for declared in probe.operation.inputs}:
            message = f"{said(probe)} was answered with `{'.'.join(found.path)}`: {blamed!r}"
            yield failed(_AT_FAULT, message, exchange)


def _names(operation: Operation, role: str) -> set[str]:
    """Return the names under which refusals have what a role stands for."""
    return {found.path[-1] for found in _told(operation, role)}


@cache
def _told(operation: Operation, role: str) -> tuple[Property, ...]:
    """Return the members of refusals, each once, that have what a role stands for."""
    schemas = [refusal.schema for refusal in operation.refusals if refusal.schema is not None]
    found = {path: member for schema in schemas for path, member in members(schema) if member.role == role}
    return tuple(Property(path, member, required=False) for path, member in found.items())


def _members(body: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in body.items():
        yield name, value
        if depth > 1 and isinstance(value, Mapping):
            yield from _members(value, depth - 1)


def _described_job(operation: Operation, body: Mapping[str, Any]) -> str | None:
    """Return the id of the job that a refusal describes: it has an id, a published status, and more of what it must."""
    identity, status = operation.success.by_role("id"), operation.success.by_role("status")
    if identity is None or status is None:
        return None
    given, stage = identity.read(body)[1], status.read(body)[1]
    known = isinstance(stage, str) and (stage in status.schema.enum or _has_stage(operation, stage))
    others = [found for found in operation.success.properties if found.required and found not in (identity, status)]
    told = [found for found in others if found.read(body)[0] and found.schema.is_valid(found.read(body)[1])]
    return repr(given) if given and known and (told or not others) else None


def _has_stage(operation: Operation, value: str) -> bool:
    status = operation.success.by_role("status")
    return status is not None and status.lifecycle is not None and status.lifecycle.stage(value) is not None


@check(_ASSIGNED)
def assignment(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """No property of the answer has its value from a field that the operation does not define."""
    operation, answer = exchange.probe.operation, exchange.answer
    if _ASSIGNED not in context.catalogue or exchange.outcome is not Outcome.ACCEPTED or answer is None:
        return
    foreign = _foreign_fields(exchange) if is_of_operation(exchange) else {}
    for found in operation.success.properties:
        present, value = found.read(answer.json)
        if len(found.path) > 1 or found.name not in foreign or not present:
            continue
        if str(value) == foreign[found.name]:
            yield failed(_ASSIGNED, f"`{found.name}` is {value!r}, as the request said", exchange)
        else:
            yield passed(_ASSIGNED, exchange)


def _foreign_fields(exchange: Exchange) -> Mapping[str, str]:
    """Return what the body of a request says in fields that the operation does not define."""
    operation, request = exchange.probe.operation, exchange.probe.request
    if operation.body is None or not request.body:
        return {}
    try:
        media, parts = read_body(operation, content_type_of(request.headers), request.body)
    except MalformedBody:
        return {}
    unknown = (part for part in parts if part.name is not None and part.name not in media.names)
    return {part.name or "": part.value.decode("utf-8", "replace").strip('"') for part in unknown}
