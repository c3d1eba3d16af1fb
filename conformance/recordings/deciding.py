"""Which requirements recorded traffic can decide, and why it cannot decide the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property

from attrs import evolve, field, frozen

from conformance.bodies.violations import rules
from conformance.bodies.wholes import body_rules
from conformance.checks import COVERS
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract import Contract, Operation
from conformance.requirements.ids import body_prefix, input_prefix

__all__ = ["Decidable"]

_MADE_FOR_IT = "recorded traffic cannot decide it: that takes a request that is made for it"
_WHOSE = "recorded traffic does not tell which account is whose"
_WHY_NOT = (
    ("*/auth/*", "recorded traffic does not tell which credentials are the right ones"),
    ("*/life/private", _WHOSE),
    ("*/content/private-result", _WHOSE),
    ("state/no-leak", "recorded traffic does not tell what the server knew before"),
    ("state/refusals-unchanged", _MADE_FOR_IT),
    ("job/repeated-create", "recorded traffic does not tell whether a repetition was meant to make another one"),
    ("job/id-unique-concurrent", "recorded traffic does not tell which requests were under way at the same time"),
    ("http/method-not-allowed", _MADE_FOR_IT),
    ("http/unknown-path", _MADE_FOR_IT),
)


@frozen
class Decidable:
    """Tells which requirements of a contract recorded traffic can decide."""

    contract: Contract
    _known: dict[str, bool] = field(factory=dict, init=False, repr=False, eq=False)

    def takes(self, requirement: str) -> bool:
        """Tell whether it can decide a requirement."""
        if requirement not in self._known:
            self._known[requirement] = self._takes(requirement)
        return self._known[requirement]

    def _takes(self, requirement: str) -> bool:
        if self._why_not(requirement) is not None:
            return False
        patterns = (pattern for covered in COVERS.values() for pattern in covered)
        return requirement in self._shown or any(fnmatchcase(requirement, pattern) for pattern in patterns)

    def explained(self, verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
        """Say of what no recording decides that it is so."""
        return tuple(map(self._explained, verdicts))

    def _explained(self, verdict: Verdict) -> Verdict:
        if verdict.decision is not Decision.NOT_RUN or self.takes(verdict.requirement.id):
            return verdict
        return evolve(verdict, reason=self._why_not(verdict.requirement.id) or _MADE_FOR_IT)

    @cached_property
    def _shown(self) -> frozenset[str]:
        return frozenset(name for operation in self.contract.operations for name in _of(operation))

    def _why_not(self, requirement: str) -> str | None:
        return next((reason for pattern, reason in _WHY_NOT if fnmatchcase(requirement, pattern)), None)


def _of(operation: Operation) -> Iterator[str]:
    """Yield what an acceptance of a valid request, or the answer to one that breaks a rule, can show."""
    yield f"{operation.id}/request/minimal"
    yield from (f"{body_prefix(operation)}/{rule}" for rule in body_rules(operation))
    for declared in operation.inputs:
        prefix = input_prefix(operation, declared)
        forms = ("json", "json-untyped", "items", "array", "file", "text")
        yield from (f"{prefix}/{word}" for word in ("accepted", "known", "required", "offered"))
        yield from (f"{prefix}/{rule}" for rule in rules(declared, operation.media))
        yield from (f"{prefix}/value/{value}" for value in declared.schema.enum)
        yield from (f"{prefix}/form/{form}" for form in forms)
