"""Checks of what only shows over a whole run: ids, units of time, the right token."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.checks.coherence import ReportedJob, in_milliseconds, job_of
from conformance.checks.findings import Context, Finding, failed, open_, passed, run_check
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange, Outcome

__all__ = ["one_unit", "right_token", "unique_ids"]

_TIMES = ("created-time", "completed-time", "expiry-time")


@run_check("job/id-unique", "job/id-unique-concurrent")
def unique_ids(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """No id is given twice, in turn or at the same time."""
    resources = Resources(context.contract)
    makers = {operation.id for operation in context.contract.operations if resources.action(operation) == "create"}
    jobs = [
        job for exchange in exchanges if exchange.probe.operation.id in makers and (job := job_of(exchange)) is not None
    ]
    yield from _unique("job/id-unique", [job for job in jobs if not job.exchange.concurrent])
    yield from _unique("job/id-unique-concurrent", [job for job in jobs if job.exchange.concurrent])


def _unique(requirement: str, jobs: Sequence[ReportedJob]) -> Iterator[Finding]:
    if len(jobs) < 2:
        if jobs:
            yield open_(requirement, "only one request was accepted", jobs[0].exchange)
        return
    seen: dict[Any, Exchange] = {}
    for job in jobs:
        key = repr(job.values.get("id"))
        if key in seen:
            yield failed(requirement, f"the id {key} was given to {seen[key].probe.id} too", job.exchange)
            return
        seen[key] = job.exchange
    yield passed(requirement, jobs[-1].exchange)


@run_check("job/time-unit")
def one_unit(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """All times are in seconds, or all in milliseconds."""
    by_unit: dict[bool, list[tuple[str, Exchange]]] = defaultdict(list)
    for exchange in exchanges:
        job = job_of(exchange)
        for role in _TIMES if job is not None else ():
            value = job.number(role) if job is not None else None
            if value:
                by_unit[in_milliseconds(value)].append((role, exchange))
    if len(by_unit) > 1:
        role, exchange = min(by_unit.values(), key=len)[0]
        yield failed("job/time-unit", f"the {role} of this answer is in another unit than the other times", exchange)
    elif by_unit:
        yield passed("job/time-unit", next(iter(by_unit.values()))[-1][1])


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
