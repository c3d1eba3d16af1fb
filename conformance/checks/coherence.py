"""Checks that a job makes sense in itself; values are found by role, statuses by the stage that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import frozen

from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, passed
from conformance.contract import Property, Response, Stage
from conformance.engine.exchange import Exchange, Outcome

__all__ = ["ReportedJob", "coherence", "in_milliseconds", "job_of"]

_FOREVER = 1e18
_MILLISECONDS_FROM = 100_000_000_000  # as seconds this is the year 5138, as milliseconds 1973


@frozen
class ReportedJob:
    """The values of a job by role; None where absent or null."""

    values: Mapping[str, Any]
    stage: Stage | None
    exchange: Exchange

    def number(self, role: str) -> float | None:
        """Return a value that is a number."""
        value = self.values.get(role)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def seconds(self, role: str) -> float | None:
        """Return a time in seconds, whatever unit it is in."""
        value = self.number(role)
        if value is None:
            return None
        value = max(-_FOREVER, min(value, _FOREVER))  # JSON knows integers that no float can hold
        return value / 1000 if in_milliseconds(value) else float(value)


def in_milliseconds(value: float) -> bool:
    """Tell whether a Unix time can only be in milliseconds."""
    return abs(value) >= _MILLISECONDS_FROM


def job_of(exchange: Exchange) -> ReportedJob | None:
    """Return the job that an answer describes, if it describes one."""
    if exchange.outcome is not Outcome.ACCEPTED or exchange.answer is None or not is_of_operation(exchange):
        return None
    documented: Response = exchange.probe.operation.success
    body = exchange.answer.json
    if not isinstance(body, Mapping) or documented.by_role("id") is None:
        return None
    values = {found.role: found.read(body)[1] for found in documented.properties if found.role is not None}
    status: Property | None = documented.by_role("status")
    stage = status.lifecycle.stage(values.get("status")) if status is not None and status.lifecycle else None
    return ReportedJob(values, stage, exchange)


JobRule = Callable[[ReportedJob], tuple[bool, str] | None]
_RULES: dict[str, JobRule] = {}


def _rule(requirement: str) -> Callable[[JobRule], JobRule]:
    def register(rule: JobRule) -> JobRule:
        _RULES[requirement] = rule
        return rule

    return register


@_rule("job/legacy-id")
def _legacy_id(job: ReportedJob) -> tuple[bool, str] | None:
    legacy = job.values.get("legacy-id")
    if legacy is None or job.values.get("id") is None:
        return None
    return legacy == job.values["id"], f"the legacy id is {legacy!r}"


@_rule("job/failure-explained")
def _failure_explained(job: ReportedJob) -> tuple[bool, str] | None:
    if job.stage != "failed":
        return None
    failure = job.values.get("failure")
    reasons = failure.values() if isinstance(failure, Mapping) else [failure]
    said = any(reason.strip() if isinstance(reason, str) else reason for reason in reasons)
    return said, "the job failed without a reason"


@_rule("job/failure-only-when-failed")
def _failure_only_when_failed(job: ReportedJob) -> tuple[bool, str] | None:
    if job.stage in (None, "failed"):
        return None
    return not job.values.get("failure"), f"a job that has not failed carries {job.values.get('failure')!r}"


@_rule("job/progress-waiting")
def _progress_waiting(job: ReportedJob) -> tuple[bool, str] | None:
    progress = job.number("progress")
    return (
        None
        if job.stage != "waiting" or progress is None
        else (progress == 0, f"a waiting job has progress {progress}")
    )


@_rule("job/progress-unfinished")
def _progress_unfinished(job: ReportedJob) -> tuple[bool, str] | None:
    progress = job.number("progress")
    if job.stage not in ("waiting", "running") or progress is None:
        return None
    return progress < 100, f"a job that has not ended has progress {progress}"


@_rule("job/progress-succeeded")
def _progress_succeeded(job: ReportedJob) -> tuple[bool, str] | None:
    progress = job.number("progress")
    return (
        None
        if job.stage != "succeeded" or progress is None
        else (progress == 100, f"a job that succeeded has progress {progress}")
    )


@_rule("job/completed-time-only-terminal")
def _completed_time_only_terminal(job: ReportedJob) -> tuple[bool, str] | None:
    if job.stage not in ("waiting", "running"):
        return None
    return not job.values.get("completed-time"), "a job that has not ended carries a time of completion"


@_rule("job/completed-after-created")
def _completed_after_created(job: ReportedJob) -> tuple[bool, str] | None:
    created, completed = job.seconds("created-time"), job.seconds("completed-time")
    if created is None or not completed:
        return None
    return completed >= created - 1, "the job ended before it was created"


@_rule("job/expiry-after-created")
def _expiry_after_created(job: ReportedJob) -> tuple[bool, str] | None:
    created, expiry = job.seconds("created-time"), job.seconds("expiry-time")
    return (
        None if created is None or not expiry else (expiry > created, "the result expired before its job was created")
    )


@_rule("job/expiry-after-completed")
def _expiry_after_completed(job: ReportedJob) -> tuple[bool, str] | None:
    completed, expiry = job.seconds("completed-time"), job.seconds("expiry-time")
    return None if not completed or not expiry else (expiry >= completed, "the result expired before its job ended")


@_rule("job/parent-only-remix")
def _parent_only_remix(job: ReportedJob) -> tuple[bool, str] | None:
    operation = job.exchange.probe.operation
    if not operation.billable or operation.inputs_in("path"):
        return None
    return not job.values.get("parent-id"), f"a new job names {job.values.get('parent-id')!r} as its parent"


@_rule("job/result-only-succeeded")
def _result_only_succeeded(job: ReportedJob) -> tuple[bool, str] | None:
    if job.stage in (None, "succeeded"):
        return None
    return not job.values.get("result-url"), "a job that has not succeeded offers a result"


@check(*_RULES)
def coherence(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Every rule that applies to the job holds."""
    job = job_of(exchange)
    if job is None:
        return
    for requirement, rule in _RULES.items():
        if requirement not in context.catalogue:
            continue
        result = rule(job)
        if result is not None:
            holds, message = result
            yield passed(requirement, exchange) if holds else failed(requirement, message, exchange)
