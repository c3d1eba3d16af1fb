"""Jobs that are waited for: that end, fail, stand for nothing known, or cannot be looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from conformance.contract import Contract, Lifecycle, Operation, Property
from conformance.contract.lives import lives
from conformance.vectors.cases import AnswerCase
from conformance.vectors.refused import REASON, error_body
from conformance.vectors.successes import UNLISTED
from conformance.vectors.undecodable import PAGE
from conformance.vectors.valid_answers import json_answer, shown, smallest_answer
from conformance.vectors.vector import ClientOutcome, Count, Expectation, GivenAnswer

__all__ = ["wait_cases"]

_EITHER: tuple[ClientOutcome, ...] = ("value", "error")
_ANY = ["timeout", "invalid_answer", "job"]
"""What an error may be that says of a status that nobody knows it."""

_MANY = 100_000
"""More looks than any client may take in the time of a call: what counts there is that the call ends."""


def wait_cases(contract: Contract, operation: Operation) -> Iterator[AnswerCase]:
    """Yield the lives of a job, as looks at it show them, where an operation shows jobs."""
    status = operation.success.by_role("status")
    is_reader = any(life.reader is operation for life in lives(contract))
    if is_reader and status is not None and status.lifecycle is not None:
        yield from _Waits(operation, status.name, status.lifecycle).all()


@frozen
class _Waits:
    """The waits for jobs of one kind; `status` is the member that says how a job stands."""

    operation: Operation = field(repr=False)
    status: str
    life: Lifecycle

    def all(self) -> Iterator[AnswerCase]:
        """Yield all of them."""
        yield from self._endings()
        yield from self._failures()
        yield from self._unknown()
        yield from self._troubles()

    @property
    def _done(self) -> str | None:
        """The status of a job that has succeeded."""
        return next(iter(self.life.statuses("succeeded")), None)

    def _endings(self) -> Iterator[AnswerCase]:
        done = self._done
        if done is None:
            return
        before = [self._job(name) for name in self.life.statuses("waiting", "running")]
        ended = self._job(done)
        yield self._ends("at-once", "A job has ended already at the first look.", (ended,), done)
        yield self._ends("whole-life", "A job waits, runs and succeeds.", (*before, ended), done)
        still = (*before[:1] * 3, ended)
        yield self._ends("unmoved", "A job stands still for three looks, and then has succeeded.", still, done)
        if len(before) > 1:
            back = (*before[::-1], ended)
            yield self._ends("back", "A job that runs waits again, and then has succeeded.", back, done)
        progress = self.operation.success.by_role("progress")
        if progress is not None and before:
            full = self._job(self.life.statuses("waiting", "running")[-1], {progress.name: 100})
            sentence = "A job that runs has made all of its progress, and has not ended for all that."
            yield self._ends("full-progress", sentence, (full, full, ended), done)
        failure = self.operation.success.by_role("failure")
        if failure is not None:
            given = (self._job(done, {failure.name: None}),)
            yield self._ends("no-failure", "A job that has succeeded has null for its failure.", given, done)

    def _failures(self) -> Iterator[AnswerCase]:
        failure = self.operation.success.by_role("failure")
        for failed in self.life.statuses("failed"):
            told = {self.status: failed}
            yield self._failed(f"failed/{failed}", "A job has failed, and nobody says why.", told, {})
            if failure is None:
                continue
            for name, body in _reasons(failure).items():
                sentence = "A job has failed, and its failure says why."
                reason = {"message": REASON}
                yield self._failed(f"failed/{failed}-{name}", sentence, {**told, failure.name: body}, reason)

    def _failed(self, name: str, sentence: str, told: Mapping[str, Any], error: Mapping[str, Any]) -> AnswerCase:
        expect = Expectation(outcome=_EITHER, value=told, error={"kind": "job", **error})
        given = (self._job(told[self.status], told),)
        return AnswerCase(name, "client/wait/failed", sentence, given, expect)

    def _unknown(self) -> Iterator[AnswerCase]:
        done, asks = self._done, "client/wait/unknown-status"
        known = self.operation.success.by_role("status")
        listed = [value for value in (known.schema.enum if known is not None else ()) if value not in self.life.stages]
        for name, value, told in (
            ("unlisted", UNLISTED, "that the contract does not list"),
            *(("without-stage", value, "that the contract lists without a stage") for value in listed[:1]),
            ("no-text", "", "that is an empty text"),
        ):
            if done is not None:
                expect = Expectation(outcome=_EITHER, value={self.status: done}, error={"kind": _ANY})
                sentence = f"A job has a status {told}, and then has succeeded."
                given = (self._job(value), self._job(value), self._job(done))
                yield AnswerCase(f"status-{name}-passes", asks, sentence, given, expect)
            expect = Expectation(requests=Count(1, _MANY), outcome=("error",), error={"kind": _ANY})
            sentence = f"A job has a status {told}, and keeps it until time is up."
            yield AnswerCase(f"status-{name}-stays", asks, sentence, (self._job(value),), expect)
        for name in self.life.statuses("waiting", "running")[-1:]:
            expect = Expectation(requests=Count(2, _MANY), outcome=("error",), error={"kind": ["timeout", "job"]})
            sentence = "A job does not end before time is up."
            yield AnswerCase("never-ends", "client/wait/ends", sentence, (self._job(name),), expect)

    def _troubles(self) -> Iterator[AnswerCase]:
        running = next(iter(self.life.statuses("running", "waiting")), None)
        done = self._done
        if running is None or done is None:
            return
        passing: Mapping[str, tuple[str, GivenAnswer]] = {
            "503": ("is answered with 503", self._refusal(503)),
            "502-page": (
                "is answered with 502 and a page of HTML",
                GivenAnswer(502, (("content-type", "text/html"),), {"text": PAGE}),
            ),
            "429": ("is refused with 429, which asks for a second", self._refusal(429, ("retry-after", "1"))),
            "524": ("is answered with 524", GivenAnswer(524, (), {"text": "error code: 524"})),
            "cut": ("is cut off before it is answered", GivenAnswer(cut="after-reading")),
        }
        for name, (told, trouble) in passing.items():
            given = (self._job(running), trouble, self._job(done))
            yield self._ends(
                f"trouble/{name}", f"A look at a job that runs {told}; then the job has succeeded.", given, done,
                "client/wait/passing",
            )  # fmt: skip
        for status in (401, 404):
            answer = self._refusal(status)
            expect = Expectation(requests=Count(1, 20), outcome=("error",), error={"kind": ["http", "job"]})
            sentence = f"Every look at a job is refused with {status}."
            yield AnswerCase(f"refused/{status}", "client/wait/refused", sentence, (answer,), expect)

    def _ends(
        self, name: str, sentence: str, given: tuple[GivenAnswer, ...], status: str, asks: str = "client/wait/ends"
    ) -> AnswerCase:
        expect = Expectation(
            requests=Count(len(given), len(given) + 2), outcome=("value",), value={self.status: status}
        )
        return AnswerCase(name, asks, sentence, given, expect)

    def _job(self, status: str, more: Mapping[str, Any] | None = None) -> GivenAnswer:
        """Return the job with a status, its progress as it is at that stage."""
        response = self.operation.success
        body = {**(smallest_answer(response) or shown(response)[0]), self.status: status}
        progress = response.by_role("progress")
        if progress is not None and self.life.stage(status) == "succeeded":
            body[progress.name] = 100
        return json_answer(response, {**body, **(more or {})})

    def _refusal(self, status: int, *headers: tuple[str, str]) -> GivenAnswer:
        documented = self.operation.response(status) or next(iter(self.operation.refusals), None)
        body = error_body(documented) if documented is not None else {}
        return GivenAnswer(status, (("content-type", "application/json"), *headers), {"json": body})


def _reasons(failure: Property) -> Mapping[str, Mapping[str, Any]]:
    """Return what a failure may say, with its reason alone and beside a code."""
    names = {member.role: name for name, member in failure.schema.properties.items()}
    message, code = names.get("error-message"), names.get("error-code")
    if message is None:
        return {}
    alone = {"explained": {message: REASON}}
    return alone if code is None else {**alone, "coded": {message: REASON, code: "moderation_blocked"}}
