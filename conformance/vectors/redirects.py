"""Redirections: to another host, which must not be given the credential, and to nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from conformance.contract import Operation
from conformance.vectors.cases import AnswerCase
from conformance.vectors.valid_answers import reported, valid_answer, valid_value
from conformance.vectors.vector import ClientOutcome, Count, Expectation, GivenAnswer

__all__ = ["redirect_cases"]

_ELSEWHERE = "{elsewhere}/conformance/elsewhere"
_MOST = 2
_EITHER: tuple[ClientOutcome, ...] = ("value", "error")
_LOST = {"kind": ["http", "invalid_answer", "connection"]}


def redirect_cases(operation: Operation, *, is_model: bool) -> Iterator[AnswerCase]:
    """Yield redirections of a call; those that lead nowhere for one operation alone."""
    yield from _elsewhere(operation)
    if operation.method == "GET":
        moved = GivenAnswer(302, (("location", "{base_url}/conformance/moved"),))
        kind = {"kind": "http", "status": 302}
        expect = evolve(
            reported(operation.success, valid_value(operation)), requests=Count(1, 2), outcome=_EITHER, error=kind
        )
        sentence = "The call is redirected to another address of the same host."
        given = (moved, valid_answer(operation))
        yield AnswerCase("redirect/same-host", "client/answer/redirect-unfollowed", sentence, given, expect)
    if is_model:
        yield from _nowhere()


def _elsewhere(operation: Operation) -> Iterator[AnswerCase]:
    schemes = operation.security[0] if operation.scheme is not None else ()
    secret = [scheme.parameter.lower() for scheme in schemes if scheme.location == "header"]
    is_bearer = any(scheme.kind == "bearer" for scheme in schemes)
    asks = "client/answer/redirect-token" if is_bearer else "client/answer/redirect-secret"
    for status in (302, 307, 308) if secret else ():
        elsewhere = {"max": _MOST, "without": secret}
        expect = Expectation(requests=Count(1, 1), elsewhere=elsewhere, outcome=_EITHER, error=_LOST)
        moved = GivenAnswer(status, (("location", _ELSEWHERE),))
        sentence = f"The call is redirected to another host with {status}."
        given = (moved, valid_answer(operation))
        yield AnswerCase(f"redirect/{status}-elsewhere", asks, sentence, given, expect)


def _nowhere() -> Iterator[AnswerCase]:
    for name, status, headers, told in (
        ("nowhere", 302, (), "without saying where to"),
        ("other-scheme", 302, (("location", "ftp://127.0.0.1/"),), "to an address of another scheme"),
        ("several", 300, (("content-type", "text/html"),), "to one of several that it does not name"),
    ):
        answer = GivenAnswer(status, headers, {"text": ""})
        expect = Expectation(requests=Count(1, 1), outcome=("error",), error=_LOST)
        sentence = f"The call is redirected {told}."
        yield AnswerCase(f"redirect/{name}", "client/answer/redirect-unfollowed", sentence, (answer,), expect)
