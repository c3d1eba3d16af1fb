"""Checks of times: by the clock of the server itself, over one answer and over a whole run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from conformance.checks.coherence import ReportedJob, in_milliseconds, job_of
from conformance.checks.findings import Context, Finding, check, failed, passed, run_check
from conformance.checks.httplint_adapter import fields_of
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange

__all__ = ["moving", "one_unit", "plausible"]

_TIMES = ("created-time", "completed-time", "expiry-time")
_CREATED, _COMPLETED, _MOVE, _UNIT = (
    "job/created-plausible",
    "job/completed-plausible",
    "job/times-move",
    "job/time-unit",
)
_DAY = 86_400.0  # where nothing tells the server's clock
_SECONDS = 5.0  # between the clocks of one service
_GRAIN = 1.0  # of `Date`, and of times in whole seconds
_ENOUGH = 0.02  # seconds between creates after which a clock that shows fractions has moved
_JOBS = 3


@check(_CREATED, _COMPLETED)
def plausible(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A job is made when it is asked for, and has not ended in the future."""
    job = job_of(exchange)
    if job is None:
        return
    now, tolerance = _now(exchange)
    latest = now + _GRAIN + tolerance
    created, completed = job.seconds("created-time"), job.seconds("completed-time")
    if created is not None and _CREATED in context.catalogue:
        made_now = Resources(context.contract).action(exchange.probe.operation) == "create"
        earliest = now - _GRAIN - (tolerance + exchange.elapsed if made_now else _DAY)
        if earliest <= created <= latest:
            yield passed(_CREATED, exchange)
        else:
            yield failed(_CREATED, f"created {_distance(created - now)} {_by(tolerance)}", exchange)
    if completed and _COMPLETED in context.catalogue:
        if completed <= latest:
            yield passed(_COMPLETED, exchange)
        else:
            yield failed(_COMPLETED, f"completed {_distance(completed - now)} {_by(tolerance)}", exchange)


def _now(exchange: Exchange) -> tuple[float, float]:
    """Return the time by the server's own clock, and how far off a job's may be."""
    date = fields_of(exchange.answer).values.get("date") if exchange.answer is not None else None
    return (exchange.wall + exchange.elapsed, _DAY) if date is None else (float(date), _SECONDS)


def _by(tolerance: float) -> str:
    return "the answer's own `Date`" if tolerance < _DAY else "our clock, and there is no `Date`"


def _distance(seconds: float) -> str:
    side = "after" if seconds > 0 else "before"
    return f"{abs(seconds):.0f} s {side}" if abs(seconds) < _DAY else f"{abs(seconds) / _DAY:.0f} days {side}"


@run_check(_MOVE)
def moving(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Jobs that are made one after the other are not all made at one time."""
    makers = Resources(context.contract)
    jobs = [
        job
        for exchange in exchanges
        if makers.action(exchange.probe.operation) == "create"
        and not exchange.concurrent
        and (job := job_of(exchange)) is not None
        and job.seconds("created-time") is not None
    ]
    if len(jobs) < _JOBS:
        return
    starts = [job.exchange.started for job in jobs]
    span, times = max(starts) - min(starts), {job.seconds("created-time") for job in jobs}
    if len(times) > 1:
        yield passed(_MOVE, jobs[-1].exchange)
    elif span > (_ENOUGH if _has_fractions(jobs) else 2 * _GRAIN):
        message = f"{len(jobs)} jobs that were made over {span:.1f} s have one and the same time of creation"
        yield failed(_MOVE, message, jobs[-1].exchange)


def _has_fractions(jobs: Sequence[ReportedJob]) -> bool:
    return any((job.seconds("created-time") or 0.0) % 1 for job in jobs)


@run_check(_UNIT)
def one_unit(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """All times are in seconds, or all in milliseconds."""
    by_unit: dict[bool, list[tuple[str, Exchange]]] = defaultdict(list)
    for exchange in exchanges:
        job = job_of(exchange)
        for role in _TIMES if job is not None else ():
            value = job.number(role) if job is not None else None
            shown = exchange.probe.operation.success.by_role(role)
            if value and shown is not None:
                by_unit[in_milliseconds(value)].append((shown.name, exchange))
    if len(by_unit) > 1:
        name, exchange = min(by_unit.values(), key=len)[0]
        yield failed(_UNIT, f"`{name}` of this answer is in another unit than the other times", exchange)
    elif by_unit:
        yield passed(_UNIT, next(iter(by_unit.values()))[-1][1])
