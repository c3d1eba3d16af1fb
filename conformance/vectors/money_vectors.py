"""Vectors of money: how many requests one call may cause, and what is said of a call that may have cost something."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from attrs import evolve, field, frozen

from conformance.contract import Operation
from conformance.contract.resources import Resources
from conformance.vectors.arguments import arguments_json, needed
from conformance.vectors.cases import AnswerCase
from conformance.vectors.mishaps import Mishap, mishaps
from conformance.vectors.obligations import Asked
from conformance.vectors.valid_answers import reported, valid_answer, valid_value
from conformance.vectors.vector import Count, Expectation, GivenAnswer, Vector, VectorCall

__all__ = ["money_vectors"]

_ONCE = Count(1, 1)
_FEW = Count(1, 10)
"""Few enough to be no loop, and more than any client is known to send."""

_IDEMPOTENT = ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE")
_TRIED_WITH_READS = ("500", "503", "503-asked-seconds", "503-asked-hour", "429", "429-asked-hour", "404", "silent")
_TRIED_WITH_READS_TOO = ("cut-after-reading", "cut-in-body", "cut-before-reading")
_TOLD = (
    *("500", "503", "503-asked-seconds", "504", "400", "401", "429", "429-asked-hour", "501"),
    *("cut-before-reading", "cut-after-reading", "cut-in-body", "silent", "success-truncated", "success-page"),
)
_PASSING = ("500", "503", "503-asked-seconds", "429-asked-seconds", "cut-after-reading")


def money_vectors(asked: Asked) -> Iterator[Vector]:
    """Yield the vectors of every operation, in the contract's order."""
    resources = Resources(asked.contract)
    for operation in asked.contract.operations:
        is_create = resources.action(operation) == "create"
        call = VectorCall(operation.id, arguments_json(needed(operation)))
        for case in _Money(operation, is_create=is_create).all():
            level = asked.level(case.requirement, operation)
            yield Vector(
                f"{operation.id}/money/{case.name}", "money", level, case.requirement, case.sentence, call, case.expect,
                case.given,
            )  # fmt: skip


@frozen(slots=False)
class _Money:
    """The vectors of one operation."""

    operation: Operation = field(repr=False)
    is_create: bool

    def all(self) -> Iterator[AnswerCase]:
        """Yield all of them: with everything that can happen where it may cost something, else with the usual."""
        is_watched = self.is_create or not self.is_idempotent
        wanted = (*_TRIED_WITH_READS, *_TRIED_WITH_READS_TOO)
        for mishap in mishaps(self.operation):
            if is_watched or mishap.name in wanted:
                yield self._counted(mishap)
            if mishap.name in _PASSING and (mishap.is_refusal or self.is_idempotent):
                yield self._recovered(mishap)
            if is_watched and (mishap.name in _TOLD or mishap.is_free):
                yield self._told(mishap)
            elif mishap.name == "503":
                yield self._repeats(mishap)
        if is_watched:
            yield from self._redirected()

    @cached_property
    def is_idempotent(self) -> bool:
        """Whether doing it twice is the same as doing it once."""
        return self.operation.method in _IDEMPOTENT and not self.operation.billable

    def _counted(self, mishap: Mishap) -> AnswerCase:
        if mishap.is_put_off:
            requirement, count = "client/money/asked-to-wait", _ONCE
        elif mishap.is_refusal:
            requirement, count = "client/money/refused", _FEW
        elif self.is_idempotent:
            requirement, count = "client/money/read", _FEW
        else:
            requirement = "client/money/one-create" if self.operation.billable else "client/money/one-change"
            count = _ONCE
        expect = Expectation(requests=count, outcome=("error",), error=mishap.error)
        return AnswerCase(mishap.name, requirement, mishap.sentence, (mishap.given,), expect)

    def _told(self, mishap: Mishap) -> AnswerCase:
        """What the error says of whether the call may have been carried out."""
        error = {**mishap.error, "ambiguous": not mishap.is_refusal}
        said = "cannot have been" if mishap.is_refusal else "may have been"
        sentence = f"{mishap.sentence} The error says that the call {said} carried out."
        expect = Expectation(outcome=("error",), error=error)
        return AnswerCase(f"said/{mishap.name}", "client/money/ambiguous", sentence, (mishap.given,), expect)

    def _repeats(self, mishap: Mishap) -> AnswerCase:
        sentence = f"{mishap.sentence} The error says how often the call was repeated."
        expect = Expectation(requests=_FEW, outcome=("error",), error={**mishap.error, "repeats": True})
        return AnswerCase("said/repeats", "client/money/repeats", sentence, (mishap.given,), expect)

    def _recovered(self, mishap: Mishap) -> AnswerCase:
        """What is reported where the second request would be answered well."""
        well = reported(self.operation.success, valid_value(self.operation))
        expect = evolve(well, requests=Count(1, 2), outcome=("value", "error"), error=mishap.error)
        sentence = f"{mishap.sentence} Asked again, the server answers as it should."
        given = (mishap.given, valid_answer(self.operation))
        return AnswerCase(f"then-well/{mishap.name}", "client/money/recovered", sentence, given, expect)

    def _redirected(self) -> Iterator[AnswerCase]:
        asks = "client/money/redirected"
        for status in (301, 302, 303, 307, 308):
            moved = GivenAnswer(status, (("location", "{base_url}/conformance/moved"),), {"text": ""})
            sentence = f"The call is redirected to another address of the same host with {status}."
            expect = Expectation(
                requests=Count(1, 2), outcome=("value", "error"), error={"kind": ["http", "invalid_answer"]}
            )
            given = (moved, valid_answer(self.operation))
            yield AnswerCase(f"redirect-{status}", asks, sentence, given, expect)
        loop = GivenAnswer(307, (("location", f"{{base_url}}{self.operation.fixed_path}"),), {"text": ""})
        sentence = "The call is redirected to itself, again and again."
        expect = Expectation(
            requests=Count(1, 2), outcome=("error",), error={"kind": ["http", "invalid_answer", "connection"]}
        )
        yield AnswerCase("redirect-loop", asks, sentence, (loop,), expect)
