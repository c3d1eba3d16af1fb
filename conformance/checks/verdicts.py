"""Adds findings up to one verdict for each requirement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import Enum

from attrs import evolve, frozen

from conformance.checks import CHECKS, RUN_CHECKS, Context, Finding, Mark
from conformance.checks.unseen import accepted_operations, why_unseen
from conformance.engine.exchange import Exchange
from conformance.engine.runner import Skip
from conformance.requirements import Catalogue, Quantifier, Requirement

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
        blocked_by: the id of a broken requirement because of which this one could not be decided.
    """

    requirement: Requirement
    decision: Decision
    reason: str
    finding: Finding | None
    blocked_by: str | None = None


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


def verdicts(catalogue: Catalogue, found: Iterable[Finding], skips: Iterable[Skip]) -> tuple[Verdict, ...]:
    """Return a verdict for every requirement, in the catalogue's order."""
    by_requirement: dict[str, list[Finding]] = defaultdict(list)
    found = tuple(found)
    accepted = accepted_operations(found)
    for finding in found:
        by_requirement[finding.requirement].append(finding)
    skipped: dict[str, str] = {}
    for skip in skips:
        for requirement in (*skip.probe.decides, *skip.probe.guards):
            skipped.setdefault(requirement, skip.reason)
    return tuple(
        _verdict(
            requirement,
            by_requirement.get(requirement.id, []),
            skipped.get(requirement.id) or why_unseen(requirement.id, accepted),
        )
        for requirement in catalogue
    )


def _verdict(requirement: Requirement, found: Sequence[Finding], unseen: str) -> Verdict:
    def first(mark: Mark, *, indirect: bool | None = None) -> Finding | None:
        wanted = (f for f in found if f.mark is mark and (indirect is None or f.indirect is indirect))
        return next(wanted, None)

    direct, hint = first(Mark.FAIL, indirect=False), first(Mark.FAIL, indirect=True)
    passing, undecided = first(Mark.PASS), first(Mark.OPEN)
    if requirement.quantifier is Quantifier.SOME:
        ranking = (passing, direct, undecided, hint)
    else:
        ranking = (direct, passing, hint, undecided)
    best = next((finding for finding in ranking if finding is not None), None)
    if best is None:
        return Verdict(requirement, Decision.NOT_RUN, unseen, None)
    decision = {Mark.PASS: Decision.PASS, Mark.FAIL: Decision.FAIL, Mark.OPEN: Decision.INCONCLUSIVE}[best.mark]
    return Verdict(requirement, decision, best.message, best)
