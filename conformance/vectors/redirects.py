"""Redirections: to another host, which must not be given the credential, and to nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.contract import Operation
from conformance.vectors.cases import AnswerCase
from conformance.vectors.valid_answers import valid_answer, valid_value
from conformance.vectors.vector import Count, Expectation, GivenAnswer

__all__ = ["redirect_cases"]

_ELSEWHERE = "{elsewhere}/conformance/elsewhere"
_MOST = 2


def redirect_cases(operation: Operation) -> Iterator[AnswerCase]:
    """Yield redirections of a call."""
    secret = _secret_headers(operation)
    for status in (302, 307, 308):
        if not secret:
            break
        error = {"kind": ["http", "invalid_answer", "connection"]}
        expect = Expectation(
            requests=Count(1, 1), elsewhere={"max": _MOST, "without": secret}, outcome=("value", "error"), error=error
        )
        moved = GivenAnswer(status, (("location", _ELSEWHERE),))
        sentence = f"The call is redirected to another host with {status}."
        given = (moved, valid_answer(operation))
        yield AnswerCase(f"redirect/{status}-elsewhere", "client/answer/redirect-secret", sentence, given, expect)
    for name, status, headers, told in (
        ("nowhere", 302, (), "without saying where to"),
        ("other-scheme", 302, (("location", "ftp://127.0.0.1/"),), "to an address of another scheme"),
        ("several", 300, (("content-type", "text/html"),), "to one of several that it does not name"),
    ):
        refused: dict[str, Any] = {"kind": ["http", "invalid_answer", "connection"]}
        sentence = f"The call is redirected {told}."
        answer = GivenAnswer(status, headers, {"text": ""})
        expect = Expectation(requests=Count(1, 1), outcome=("error",), error=refused)
        yield AnswerCase(f"redirect/{name}", "client/answer/redirect-unfollowed", sentence, (answer,), expect)
    if operation.method == "GET":
        moved = GivenAnswer(302, (("location", "{base_url}/conformance/moved"),))
        error = {"kind": "http", "status": 302}
        expect = Expectation(
            requests=Count(1, 2), outcome=("value", "error"), value=valid_value(operation), error=error
        )
        sentence = "The call is redirected to another address of the same host."
        given = (moved, valid_answer(operation))
        yield AnswerCase("redirect/same-host", "client/answer/redirect-unfollowed", sentence, given, expect)


def _secret_headers(operation: Operation) -> list[str]:
    """Return the header fields with a credential, in lower case."""
    schemes = operation.security[0] if operation.scheme is not None else ()
    return [scheme.parameter.lower() for scheme in schemes if scheme.location == "header"]
