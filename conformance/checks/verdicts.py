"""Adds findings up to one verdict for each requirement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from attrs import evolve, field, frozen

from conformance.checks import CHECKS, RUN_CHECKS, Context, Finding, Mark
from conformance.checks.blocking import BrokenRequirement, blockers
from conformance.checks.unseen import accepted_operations, why_unseen
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Expect
from conformance.engine.runner import Skip
from conformance.probes.breaches import breaches, parts_of
from conformance.probes.words import said
from conformance.requirements import Catalogue, Level, Quantifier, Requirement

__all__ = ["Decision", "Verdict", "findings", "verdicts"]


class Decision(Enum):
    """What is known of a requirement after a run."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_RUN = "not-run"


@frozen
class Verdict:
    """The verdict on one requirement, with the finding that it rests on.

    Attributes:
        blocked_by: the id of a failed requirement from which all that was seen of this one follows.
        not_offered: it was not run since it is about an operation that the server does without, as it may.
    """

    requirement: Requirement
    decision: Decision
    reason: str = field(repr=False)  # with whatever a server has said; secrets are taken out where it is reported
    finding: Finding | None
    blocked_by: str | None = None
    not_offered: bool = False


def findings(context: Context, exchanges: Sequence[Exchange]) -> list[Finding]:
    """Apply every check to every exchange, and the run-wide ones to all."""
    ordered = sorted(exchanges, key=lambda exchange: exchange.probe.id)
    found = [
        evolve(finding, check=name)
        for name, check in CHECKS.items()
        for exchange in ordered
        for finding in check(context, exchange)
    ]
    found += [evolve(finding, check=name) for name, check in RUN_CHECKS.items() for finding in check(context, ordered)]
    return found


def verdicts(
    catalogue: Catalogue,
    found: Iterable[Finding],
    skips: Iterable[Skip],
    not_offered: Mapping[str, str] | None = None,
) -> tuple[Verdict, ...]:
    """Return a verdict for every requirement, in the catalogue's order.

    Args:
        catalogue: of the requirements.
        found: everything that was seen.
        skips: what was not sent, and why.
        not_offered: why an operation counts as not offered, by its id; none of its requirements is decided.
    """
    absent = not_offered or {}
    by_requirement: dict[str, list[Finding]] = defaultdict(list)
    found = tuple(finding for finding in found if _operation(finding.requirement) not in absent)
    accepted = accepted_operations(found)
    for finding in found:
        by_requirement[finding.requirement].append(finding)
    skipped: dict[str, str] = {}
    for skip in skips:
        for requirement in (*skip.probe.decides, *skip.probe.guards, *skip.probe.concerns):
            skipped.setdefault(requirement, skip.reason)
    made = [
        Verdict(requirement, Decision.NOT_RUN, absent[operation], None, not_offered=True)
        if (operation := _operation(requirement.id)) in absent
        else _verdict(
            requirement,
            by_requirement.get(requirement.id, []),
            skipped.get(requirement.id) or why_unseen(requirement.id, accepted),
        )
        for requirement in catalogue
    ]
    broken = {verdict.requirement.id: verdict.requirement for verdict in made if verdict.decision is Decision.FAIL}
    against = {name: _against(by_requirement[name]) for name in broken}
    for name, ids in _by_what_was_sent({name: by_requirement[name] for name in broken}):
        against[name] |= ids
    blocked = blockers({name: BrokenRequirement(broken[name], against[name]) for name in broken})
    return tuple(_blocked(verdict, blocked.get(verdict.requirement.id)) for verdict in made)


def _operation(requirement_id: str) -> str:
    """Return the operation that a requirement is about, or the area of one about all of them."""
    return requirement_id.partition("/")[0]


def _against(found: Sequence[Finding]) -> frozenset[int]:
    """Return the exchanges in which a requirement failed, by their identity."""
    return frozenset(map(id, _failing(found)))


def _failing(found: Sequence[Finding]) -> Iterator[Exchange]:
    against = (finding for finding in found if finding.mark is Mark.FAIL and not finding.indirect)
    yield from (finding.exchange for finding in against if finding.exchange is not None)


def _by_what_was_sent(broken: Mapping[str, Sequence[Finding]]) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield what forms that were accepted say of the rules that they break, where each of those failed by itself."""
    accepted = (
        exchange
        for found in broken.values()
        for exchange in _failing(found)
        if exchange.outcome is Outcome.ACCEPTED and exchange.probe.expect is Expect.REFUSE
    )
    for exchange in accepted:
        parts = parts_of(exchange.probe.operation, exchange.probe.request)
        names = breaches(exchange.probe.operation, parts or ())
        if parts is not None and names <= broken.keys():
            yield from ((name, frozenset((id(exchange),))) for name in names)


def _blocked(verdict: Verdict, by: str | None) -> Verdict:
    if by is None:
        return verdict
    reason = f"follows from {by}: {verdict.reason}"
    return evolve(verdict, decision=Decision.INCONCLUSIVE, reason=reason, blocked_by=by)


def _verdict(requirement: Requirement, found: Sequence[Finding], unseen: str) -> Verdict:
    def first(mark: Mark) -> Finding | None:
        return next((finding for finding in found if finding.mark is mark and not finding.indirect), None)

    def smallest(mark: Mark) -> Finding | None:
        """What is easiest to read and to send again."""
        direct = (finding for finding in found if finding.mark is mark and not finding.indirect)
        return min(direct, key=_size, default=None)

    direct, passing, undecided = smallest(Mark.FAIL), first(Mark.PASS), first(Mark.OPEN)
    hint = next((finding for finding in found if finding.indirect and not _is_refuted(finding, found)), None)
    if requirement.quantifier is Quantifier.SOME:
        ranking = (passing, direct, undecided, hint)
    elif requirement.level is Level.MUST:
        ranking = (direct, passing, hint, undecided)
    else:
        ranking = (direct, hint, passing, undecided)
    best = next((finding for finding in ranking if finding is not None), None)
    if best is None:
        return Verdict(requirement, Decision.NOT_RUN, unseen, None)
    decision = {Mark.PASS: Decision.PASS, Mark.FAIL: Decision.FAIL, Mark.OPEN: Decision.INCONCLUSIVE}[best.mark]
    return Verdict(requirement, decision, _reason(best, hint), best)


def _size(finding: Finding) -> int:
    """Return how many bytes a finding's request has; a token counts as its place."""
    if finding.exchange is None:
        return 0
    request = finding.exchange.probe.request
    credentials = request.credentials
    fields = (*request.headers, *((place.name, place.template) for place in credentials.elsewhere))
    head = len(request.path) + sum(len(name) + len(value) for name, value in fields)
    return head + len(credentials.template or "") + len(request.body)


def _is_refuted(hint: Finding, found: Sequence[Finding]) -> bool:
    """Whether the very value that a refusal seemed to object to was accepted in another request."""
    objected = _value_under_test(hint, hint)
    passing = (finding for finding in found if finding.mark is Mark.PASS)
    return objected is not None and any(_value_under_test(hint, finding) == objected for finding in passing)


def _value_under_test(hint: Finding, finding: Finding) -> Any:
    """Return what a finding's request says where the hint's was objected to; None where it says nothing."""
    if hint.exchange is None or finding.exchange is None:
        return None
    return finding.exchange.probe.sent.get(hint.exchange.probe.subject or "")


def _reason(best: Finding, hint: Finding | None) -> str:
    """A hint that is outweighed is still told: it is about one value, and what outweighs it about another."""
    if hint is None or hint is best or hint.exchange is None:
        return best.message
    told = f"yet {said(hint.exchange.probe, hint.requirement)}: {hint.message}"
    return f"{best.message}; {told}" if best.message else told
