"""Checks of what only shows over a whole run: ids that are given twice, and the right token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from conformance.checks.coherence import ReportedJob, job_of
from conformance.checks.findings import Context, Finding, failed, is_of_operation, open_, passed, run_check
from conformance.checks.hollow import is_hollow
from conformance.checks.in_front import is_from_in_front
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange, Outcome
from conformance.probes.words import said

__all__ = ["kept_request_ids", "request_ids", "right_token", "unique_ids"]

_UNIQUE, _CONCURRENT, _REPEATED = "job/id-unique", "job/id-unique-concurrent", "job/repeated-create"
_OTHERS = {
    _UNIQUE: "another request too",
    _CONCURRENT: "two requests at the same time",
    _REPEATED: "the same request when it was sent again",
}
_ALONE = {
    _UNIQUE: "only one request was accepted",
    _CONCURRENT: "no two requests that were sent at the same time were accepted",
}
_REQUEST_ID, _KEPT = "http/request-id", "http/request-id-kept"


@run_check(_UNIQUE, _CONCURRENT, _REPEATED)
def unique_ids(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """No id is given twice: in turn, at the same time, or to a request that is sent again."""
    resources = Resources(context.contract)
    makers = {operation.id for operation in context.contract.operations if resources.action(operation) == "create"}
    made = (job_of(exchange) for exchange in exchanges if exchange.probe.operation.id in makers)
    jobs = [job for job in made if job is not None and job.values.get("id") is not None]
    by_id: dict[str, list[ReportedJob]] = {}
    for job in jobs:
        by_id.setdefault(repr(job.values.get("id")), []).append(job)
    broken: dict[str, Finding] = {}
    for key, sharing in by_id.items():
        for first, second in combinations(sharing, 2):
            requirement = _about(first, second)
            message = f"the id {key} was given to {_OTHERS[requirement]}: {said(first.exchange.probe)}"
            broken.setdefault(requirement, failed(requirement, message, second.exchange))
    yield from broken.values()
    yield from _intact(jobs, broken)


def _about(first: ReportedJob, second: ReportedJob) -> str:
    """Return what two jobs with one id break."""
    if _is_same_request(first, second):
        return _REPEATED
    return _CONCURRENT if first.exchange.concurrent and second.exchange.concurrent else _UNIQUE


def _intact(jobs: Sequence[ReportedJob], broken: dict[str, Finding]) -> Iterator[Finding]:
    """Say what held, as far as there were two requests that could have broken it."""
    at_once = [job for job in jobs if job.exchange.concurrent]
    requests = [_request(job) for job in jobs]
    again = [job for index, job in enumerate(jobs) if _request(job) in requests[:index]]
    for requirement, able in ((_UNIQUE, jobs[1:]), (_CONCURRENT, at_once[1:]), (_REPEATED, again)):
        if requirement in broken:
            continue
        if able:
            yield passed(requirement, able[-1].exchange)
        elif jobs and requirement != _REPEATED:
            yield open_(requirement, _ALONE[requirement], jobs[0].exchange)


def _is_same_request(first: ReportedJob, second: ReportedJob) -> bool:
    return _request(first) == _request(second)


def _request(job: ReportedJob) -> tuple[Any, ...]:
    request = job.exchange.probe.request
    return (request.method, request.path, request.headers, request.body)


@run_check(_REQUEST_ID)
def request_ids(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """An id that names a request names no other."""
    if _REQUEST_ID not in context.catalogue:
        return
    names = {
        name
        for operation in context.contract.operations
        for response in operation.responses
        if (name := response.header_by_role("request-id")) is not None
    }
    seen: dict[str, Exchange] = {}
    for exchange in exchanges:
        for name in sorted(names):
            value = exchange.answer.header(name) if exchange.answer is not None else None
            if value is None:
                continue
            if is_hollow(value):
                yield failed(_REQUEST_ID, f"`{name}` is {value!r}", exchange)
                return
            if value in seen:
                message = f"`{name}: {value}` names another request too: {said(seen[value].probe)}"
                yield failed(_REQUEST_ID, message, exchange)
                return
            seen[value] = exchange
    if len(seen) > 1:
        yield passed(_REQUEST_ID, next(iter(seen.values())))


@run_check(_KEPT)
def kept_request_ids(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """What the contract gives a request id to has one, on a server that gives any."""
    if _KEPT not in context.catalogue:
        return
    have: list[Exchange] = []
    lacking: list[tuple[str, Exchange]] = []
    for exchange in exchanges:
        answer, operation = exchange.answer, exchange.probe.operation
        documented = operation.response(answer.status) if answer is not None and is_of_operation(exchange) else None
        name = documented.header_by_role("request-id") if documented is not None else None
        if answer is None or name is None or is_from_in_front(operation, answer):
            continue
        if answer.header(name) is None:
            lacking.append((name, exchange))
        else:
            have.append(exchange)
    if lacking:
        name, exchange = lacking[0]
        status = exchange.answer.status if exchange.answer is not None else None
        if have:
            yield failed(_KEPT, f"an answer of {status} has no `{name}`, and others have one", exchange)
        else:
            yield open_(_KEPT, f"no answer has `{name}`, so that none lacks it", exchange)
    elif have:
        yield passed(_KEPT, have[-1])


@run_check("*/auth/valid")
def right_token(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """The right token is never refused as unauthenticated; a token that always is may not be the right one."""
    for operation in context.contract.operations:
        if operation.scheme is None:
            continue
        requirement = f"{operation.id}/auth/valid"
        sent = [
            e for e in exchanges if e.probe.operation is operation and e.probe.request.credentials.is_right(operation)
        ]
        known = [e for e in sent if e.outcome in (Outcome.ACCEPTED, Outcome.REFUSED)]
        refused = [e for e in sent if e.outcome is Outcome.UNAUTHENTICATED]
        if refused and known:
            yield failed(requirement, "the token was refused with 401, and accepted at other times", refused[0])
        elif refused:
            yield open_(requirement, "the token was never accepted; is it the right one?", refused[0])
        elif known:
            yield passed(requirement, known[0])
