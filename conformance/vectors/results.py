"""Results that are bytes: whole, cut, coded, empty, huge, and found elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from conformance.bodies.sample_files import sample_file
from conformance.contract import Operation
from conformance.vectors.cases import AnswerCase
from conformance.vectors.undecodable import PAGE
from conformance.vectors.valid_answers import result_type, valid_answer
from conformance.vectors.vector import Count, Expectation, GivenAnswer

__all__ = ["result_cases"]

_EVERY = bytes(range(256))
_TIMES = 20_000  # five megabytes, more than any buffer


def result_cases(operation: Operation) -> Iterator[AnswerCase]:
    """Yield the results of an operation that answers with bytes."""
    sample = sample_file((result_type(operation.success),)).value
    contents: Mapping[str, tuple[str, bytes]] = {
        "sample": ("is what the contract says that it is", sample),
        "every-byte": ("holds every byte", _EVERY),
        "line-ends": ("has every kind of line end", b"one\ntwo\r\nthree\rfour\r\n\r\n"),
        "text-like": ("looks like text with a byte order mark", b"\xef\xbb\xbfcaf\xc3\xa9 {}\n"),
    }
    for name, (told, content) in contents.items():
        yield _case(name, "client/answer/bytes", f"The result {told}.", (_sent(operation, content),), content)
    usual = _sent(operation, _EVERY)
    for name, asks, told, given in (
        ("chunked", "framing", "comes in chunks, and tells no length", evolve(usual, framing="chunked")),
        ("closed", "framing", "ends where the connection is closed", evolve(usual, framing="close")),
        ("gzip", "coding", "comes in the coding gzip, where the request accepts it", evolve(usual, coding="gzip")),
    ):
        yield _case(name, f"client/answer/{asks}", f"The result {told}.", (given,), _EVERY)
    yield _huge(operation)
    yield from _broken(operation)


def _huge(operation: Operation) -> AnswerCase:
    given = evolve(
        _sent(operation, b""), body={"repeat": {"base64": base64.b64encode(_EVERY).decode(), "times": _TIMES}}
    )
    whole = hashlib.sha256(_EVERY * _TIMES).hexdigest()
    value = {"$file": {"sha256": whole, "size": len(_EVERY) * _TIMES}}
    expect = Expectation(outcome=("value",), value=value)
    return AnswerCase("huge", "client/answer/bytes", "The result has five megabytes.", (given,), expect)


def _broken(operation: Operation) -> Iterator[AnswerCase]:
    """Yield results that break off, for good or at first, and what is none."""
    whole = _sent(operation, _EVERY)
    cut = evolve(whole, cut="in-body")
    kinds = {"kind": ["connection", "invalid_answer"]}
    expect = Expectation(requests=Count(1, 10), outcome=("error",), error=kinds)
    sentence = "The result breaks off, each time that it is asked for."
    yield AnswerCase("cut", "client/answer/cut", sentence, (cut,), expect)
    chunked = evolve(cut, framing="chunked")
    sentence = "The result comes in chunks, and breaks off each time before the last one."
    yield AnswerCase("cut-chunked", "client/answer/cut", sentence, (chunked,), expect)
    again = Expectation(requests=Count(1, 2), outcome=("value", "error"), value=_value(_EVERY), error=kinds)
    sentence = "The result breaks off; asked again, with or without a range, the server sends all of it."
    yield AnswerCase("cut-once", "client/money/recovered", sentence, (cut, whole), again)
    page = GivenAnswer(operation.success.status, (("content-type", "text/html"),), {"text": PAGE})
    refused = Expectation(outcome=("error",), error={"kind": ["invalid_answer", "http"]})
    sentence = "The answer has a status of success and is a page of HTML."
    yield AnswerCase("page", "client/answer/undecodable", sentence, (page,), refused)


def _sent(operation: Operation, content: bytes) -> GivenAnswer:
    return evolve(valid_answer(operation), body={"base64": base64.b64encode(content).decode()})


def _case(name: str, asks: str, sentence: str, given: tuple[GivenAnswer, ...], content: bytes) -> AnswerCase:
    return AnswerCase(name, asks, sentence, given, Expectation(outcome=("value",), value=_value(content)))


def _value(content: bytes) -> Mapping[str, Any]:
    return {"$file": {"base64": base64.b64encode(content).decode()}}
