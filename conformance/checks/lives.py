"""Checks of a job's life: what several looks at one job show together, told by role and by stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from conformance.checks.coherence import ReportedJob, job_of
from conformance.checks.findings import Context, Finding, failed, is_of_operation, open_, passed, run_check
from conformance.checks.results import asks_for_part
from conformance.contract import Property
from conformance.contract.lives import Life, lives
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange, Outcome
from conformance.requirements.lifecycle import LIFE, content_id, life_id

__all__ = ["History", "life", "secrecy_of_jobs"]

_ORDER = {"waiting": 0, "running": 1, "succeeded": 2, "failed": 2}
_ENDED = ("succeeded", "failed")
_GRAIN = 1.0  # of times in whole seconds, between the answer that makes a job and what is stored of it
_SEEN_TOGETHER = tuple(rule for rule in LIFE if rule != "private")

Judgement = tuple[str, bool, str]
"""The last word of a requirement's id, whether it holds, and what is wrong where it does not."""


@frozen
class History:
    """What a run saw of one job, in the order in which it was asked.

    Attributes:
        made: the answer that made it, where that was seen.
        looks: its own account's looks that showed it.
        fetched: requests for its result by its own account, by nobody else.
        changed: when it was changed from outside, in seconds since the run began.
    """

    life: Life
    id: str
    made: ReportedJob | None
    looks: tuple[ReportedJob, ...]
    fetched: tuple[Exchange, ...]
    changed: tuple[float, ...] = field(default=(), repr=False)

    def pairs(self) -> Iterator[tuple[ReportedJob, ReportedJob]]:
        """Yield each look with the last one that was answered before it was asked, but for what was changed between."""
        for number, now in enumerate(self.looks):
            earlier = (look for look in reversed(self.looks[:number]) if _is_before(look.exchange, now.exchange))
            before = next(earlier, None)
            if before is not None and not self._is_changed_between(before.exchange, now.exchange):
                yield before, now

    def before(self, exchange: Exchange) -> ReportedJob | None:
        """Return the last look that was answered before something was asked."""
        return next((look for look in reversed(self.looks) if _is_before(look.exchange, exchange)), None)

    def after(self, exchange: Exchange) -> ReportedJob | None:
        """Return the first look that was asked after something was answered."""
        return next((look for look in self.looks if _is_before(exchange, look.exchange)), None)

    def is_unchanged(self, look: ReportedJob) -> bool:
        """Tell whether nobody has changed it from outside by the time of a look."""
        return all(time > look.exchange.started + look.exchange.elapsed for time in self.changed)

    def _is_changed_between(self, first: Exchange, last: Exchange) -> bool:
        return any(first.started <= time <= last.started + last.elapsed for time in self.changed)


def _is_before(first: Exchange, second: Exchange) -> bool:
    return first.started + first.elapsed <= second.started


@run_check(*(f"*/life/{rule}" for rule in _SEEN_TOGETHER), "*/content/not-before-success")
def life(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Jobs go forward, end once, stay as they ended, and are the same from look to look."""
    for one in _histories(context, exchanges):
        for requirement, look, holds, message in _judged(one):
            if requirement in context.catalogue:
                yield passed(requirement, look.exchange) if holds else failed(requirement, message, look.exchange)
        yield from (found for found in _result(one) if found.requirement in context.catalogue)
        yield from (found for found in _too_early(one) if found.requirement in context.catalogue)


@run_check("*/life/private", "*/content/private-result")
def secrecy_of_jobs(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """What one account has made, another one does not get; where its own account does."""
    own = {
        (one.probe.operation.id, one.probe.address)
        for one in exchanges
        if one.outcome is Outcome.ACCEPTED and one.probe.request.credentials.is_right(one.probe.operation)
    }
    for one in exchanges:
        probe = one.probe
        if not probe.request.credentials.are_anothers or (probe.operation.id, probe.address) not in own:
            continue
        for requirement in probe.concerns:
            if one.outcome is Outcome.ACCEPTED:
                yield failed(requirement, "the token of another account was answered what is this one's", one)
            elif one.outcome is Outcome.REFUSED or one.status == 403:
                yield passed(requirement, one)
            elif one.outcome is Outcome.UNAUTHENTICATED:
                yield open_(requirement, "the server refuses the second token itself; is it the right one?", one)
            else:
                yield open_(requirement, f"the token of another account was answered: {one.outcome.value}", one)


def _histories(context: Context, exchanges: Sequence[Exchange]) -> Iterator[History]:
    """Yield the histories of jobs; one whose id was given twice has none that could be told."""
    resources = Resources(context.contract)
    ordered = sorted(exchanges, key=lambda one: one.started)
    for watched in lives(context.contract):
        made: dict[str, list[ReportedJob]] = defaultdict(list)
        looks: dict[str, list[ReportedJob]] = defaultdict(list)
        fetched: dict[str, list[Exchange]] = defaultdict(list)
        changed: dict[str, list[float]] = defaultdict(list)
        for one in ordered:
            operation = one.probe.operation
            if operation in watched.makers and (job := job_of(one)) is not None:
                made[str(job.values.get("id"))].append(job)
            name = _named(resources, watched, one)
            if name is None or one.probe.request.credentials.are_anothers:
                continue
            if operation is watched.reader and (job := job_of(one)) is not None:
                looks[name].append(job)
            elif operation in watched.fetchers and is_of_operation(one) and not asks_for_part(one):
                fetched[name].append(one)
            elif resources.action(operation) == "change" and one.outcome is not Outcome.REFUSED:
                changed[name].append(one.started)
        for name, seen in looks.items():
            if len(made[name]) < 2:
                first = next(iter(made[name]), None)
                yield History(watched, name, first, tuple(seen), tuple(fetched[name]), tuple(changed[name]))


def _named(resources: Resources, watched: Life, exchange: Exchange) -> str | None:
    """Return the id of the job that a request names."""
    operation = exchange.probe.operation
    if operation is watched.reader:
        value = exchange.probe.sent.get(watched.name)
    else:
        names = [name for name, maker in resources.names(operation).items() if maker is watched.keeper]
        value = exchange.probe.sent.get(names[0]) if len(names) == 1 else None
    return None if value is None else str(value)


def _judged(one: History) -> Iterator[tuple[str, ReportedJob, bool, str]]:
    reader = one.life.reader
    for before, now in one.pairs():
        for rule, holds, message in _step(before, now):
            yield life_id(reader, rule), now, holds, message
    for look in one.looks:
        shown = look.values.get("id")
        if shown is not None:
            yield life_id(reader, "same-job"), look, str(shown) == one.id, f"it shows the job {shown!r}"
        if one.made is not None and one.is_unchanged(look):
            for rule, holds, message in _since_creation(one.life, one.made, look):
                yield life_id(reader, rule), look, holds, message


def _step(before: ReportedJob, now: ReportedJob) -> Iterator[Judgement]:
    """Compare a look with the one before."""
    old, new = before.values.get("status"), now.values.get("status")
    if before.stage in _ENDED:
        yield "ending-stays", old == new, f"the job had ended as {old!r}, and is {new!r} now"
        ended = before.values.get("completed-time")
        if ended and now.stage in _ENDED:
            again = now.values.get("completed-time")
            yield "ending-time-stays", ended == again, f"the job had ended at {ended!r}, and at {again!r} now"
    elif before.stage is not None and now.stage is not None:
        is_forward = _ORDER[now.stage] >= _ORDER[before.stage]
        yield "never-back", is_forward, f"the job was {old!r}, and is {new!r} now"
    first, last = before.number("progress"), now.number("progress")
    if first is not None and last is not None and now.stage != "failed":  # what fails may well lose it
        yield "progress-grows", last >= first, f"the progress was {first}, and is {last} now"
    created, again = before.values.get("created-time"), now.values.get("created-time")
    if created is not None and again is not None:
        yield "created-stays", created == again, f"the job was created at {created!r}, and at {again!r} now"


def _since_creation(watched: Life, made: ReportedJob, look: ReportedJob) -> Iterator[Judgement]:
    """Compare a look with the answer that made the job."""
    created, again = made.seconds("created-time"), look.seconds("created-time")
    if created is not None and again is not None:
        message = f"the job was created {abs(again - created):.3f} s {'later' if again > created else 'earlier'} than"
        yield "created-stays", abs(again - created) <= _GRAIN, f"{message} the answer said that made it"
    shown = {found.path: found for found in watched.reader.success.properties}
    for said in _echoes(made):
        there, value = said.read(_body(made))
        if not there or value is None or said.path not in shown:
            continue
        still, now = shown[said.path].read(_body(look))
        told = f"`{said.name}` was {value!r} when the job was made, and is "
        yield "echo-stays", still and str(now) == str(value), told + (f"{now!r} now" if still else "left out now")


def _echoes(made: ReportedJob) -> Iterator[Property]:
    yield from (found for found in made.exchange.probe.operation.success.properties if found.echoes)


def _body(job: ReportedJob) -> Mapping[str, Any]:
    body: Mapping[str, Any] = job.exchange.answer.json if job.exchange.answer is not None else {}
    return body


def _result(one: History) -> Iterator[Finding]:
    """A job that has succeeded names its result, or an operation sends it."""
    requirement = life_id(one.life.reader, "has-result")
    done = next((look for look in reversed(one.looks) if look.stage == "succeeded"), None)
    if done is None:
        return
    since = next(look for look in one.looks if look.stage == "succeeded")
    asked = [fetch for fetch in one.fetched if _is_before(since.exchange, fetch)]
    sent = [fetch for fetch in asked if fetch.outcome is Outcome.ACCEPTED and fetch.answer and fetch.answer.body]
    if done.values.get("result-url") or sent:
        yield passed(requirement, done.exchange)
    elif not one.life.fetchers:
        yield failed(requirement, "the job has succeeded, and names no result", done.exchange)
    elif refused := next((fetch for fetch in asked if fetch.outcome is Outcome.REFUSED), None):
        told = f"the job has succeeded and names no result, and its result is refused with {refused.status}"
        yield failed(requirement, told, refused)
    else:
        yield open_(requirement, "the job names no result, and none could be had, or was asked for", done.exchange)


def _too_early(one: History) -> Iterator[Finding]:
    """The result of a job is refused before the job has succeeded, and where it failed."""
    for fetch in one.fetched:
        before = one.before(fetch)
        if before is None or before.stage in (None, "succeeded"):
            continue
        requirement = content_id(fetch.probe.operation, "not-before-success")
        if fetch.outcome is Outcome.REFUSED:
            yield passed(requirement, fetch)
            continue
        after = before if before.stage == "failed" else one.after(fetch)
        if fetch.outcome is Outcome.ACCEPTED and after is not None and after.stage in ("waiting", "running", "failed"):
            status = after.values.get("status")
            yield failed(requirement, f"the result of a job that is {status!r} was sent all the same", fetch)
