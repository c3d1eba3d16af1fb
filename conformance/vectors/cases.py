"""Cases: a value that clients write wrong, or an answer that they read wrong, and what it tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from conformance.contract import Input
from conformance.vectors.vector import Expectation, GivenAnswer

__all__ = ["AnswerCase", "RequestCase", "Spread"]


@frozen
class RequestCase:
    """One value.

    Attributes:
        name: stable, part of the ids of vectors.
        sentence: what the value is, behind the name of its input.
        value: JSON, a file, or a list of files.
        requirement: what it tests.
        is_refusable: whether a client may refuse the call and send nothing.
        is_refused: whether it must.
    """

    name: str
    sentence: str
    value: Any
    requirement: str
    is_refusable: bool = False
    is_refused: bool = False


class Spread:
    """Deals cases out to the inputs of a place, each to the first one that takes it: one mistake shows once."""

    def __init__(self, cases: Iterable[RequestCase]) -> None:
        self._left = list(cases)

    def dealt(self, declared: Input) -> tuple[RequestCase, ...]:
        """Return the cases that are left and that an input takes, and keep the others for the next one."""
        schema = declared.schema
        taken = [case for case in self._left if schema.is_valid(case.value) and schema.is_advisable(case.value)]
        self._left = [case for case in self._left if case not in taken]
        return tuple(taken)


@frozen
class AnswerCase:
    """Something that a client is answered, and what it must make of it.

    Attributes:
        name: stable, part of the ids of vectors.
        sentence: what happens, in one sentence.
        given: the answers, in their order.
    """

    name: str
    requirement: str
    sentence: str
    given: tuple[GivenAnswer, ...]
    expect: Expectation
