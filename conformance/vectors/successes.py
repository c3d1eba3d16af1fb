"""What successes say, member by member: what may be there, what may be absent, and what grows over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from conformance.contract import Operation, Property, Response
from conformance.contract.instance import instance
from conformance.vectors.cases import AnswerCase
from conformance.vectors.valid_answers import fullest, json_answer, reported, shown, smallest_answer

__all__ = ["UNLISTED", "success_cases"]

UNLISTED = "no-such-value-conformance"
_SECONDS, _MILLISECONDS = 1764347090, 1764347090922
_EXTRAS: Mapping[str, Any] = {
    "x_unknown_text": "caf\u00e9", "x_unknown_number": 1.5, "x_unknown_flag": True, "x_unknown_null": None,
    "x_unknown_list": [1, "a", None], "x_unknown_object": {"a": {"b": []}},
}  # fmt: skip


def success_cases(operation: Operation) -> Iterator[AnswerCase]:
    """Yield what the successes of an operation may say in JSON."""
    response = operation.success
    for index, value in enumerate(shown(response)):
        yield _reported(response, f"shown{f'-{index + 1}' if index else ''}", "as the contract shows it", value)
    smallest = smallest_answer(response)
    if smallest is None:
        return
    names = [found.name for found in response.properties if len(found.path) == 1 and found.name not in smallest]
    yield _case(
        response, "smallest", "client/answer/optional", "has only the members that it must have", smallest,
        absent=tuple(names),
    )  # fmt: skip
    if (whole := fullest(response)) is not None:
        yield _reported(response, "fullest", "has every member that it may have", whole)
    for found in response.properties:
        if len(found.path) == 1:
            yield from _of_property(response, found, smallest)
    yield from _unknown_members(response, smallest)
    yield from _loose(response, smallest)


def _of_property(response: Response, found: Property, base: Mapping[str, Any]) -> Iterator[AnswerCase]:
    name, schema = found.name, found.schema
    for value in schema.enum:
        told = f"says that `{name}` is `{value}`"
        yield _reported(response, f"{name}/value/{value}", told, {**base, name: value})
    if (schema.enum and schema.types == {"string"}) or (found.role == "model" and schema.is_text):
        told = f"says that `{name}` is something that the contract does not list"
        yield _case(response, f"{name}/unlisted", "client/answer/open-enum", told, {**base, name: UNLISTED})
    if not found.required:
        requirement = "client/answer/optional" if schema.nullable else "client/answer/null"
        told = f"has null for `{name}`"
        yield _case(response, f"{name}/null", requirement, told, {**base, name: None}, absent=(name,))
    for unit, number in (("seconds", _SECONDS), ("milliseconds", _MILLISECONDS)):
        timed = {**base, name: number}
        if schema.is_valid(number) and name in (reported(response, timed).times or {}):
            yield _case(response, f"{name}/{unit}", "client/answer/time", f"tells `{name}` in {unit}", timed)
    if found.role == "progress":
        for number in (0, 100):
            yield _reported(response, f"{name}/{number}", f"says that `{name}` is {number}", {**base, name: number})


def _unknown_members(response: Response, base: Mapping[str, Any]) -> Iterator[AnswerCase]:
    """Yield what a server that grows may add, at the top and within."""
    told = "has members that the contract does not have"
    yield _known(response, "unknown-members", "client/answer/unknown-member", told, {**_EXTRAS, **base}, base)
    for found in response.properties:
        if len(found.path) == 1 and found.schema.types == {"object"} and found.schema.properties:
            inner = {name: instance(member) for name, member in found.schema.properties.items()}
            whole = {**base, **_failed(response, found)}
            grown = {**whole, found.name: {**_EXTRAS, **inner}}
            told = f"has members within `{found.name}` that the contract does not have"
            name = f"{found.name}/unknown-members"
            yield _known(response, name, "client/answer/unknown-member", told, grown, {**whole, found.name: inner})


def _failed(response: Response, found: Property) -> Mapping[str, Any]:
    """Return the status of a job that failed, for what only such a job has."""
    status = response.by_role("status")
    if found.role != "failure" or status is None or status.lifecycle is None:
        return {}
    return dict.fromkeys([status.name], next(iter(status.lifecycle.statuses("failed")), None))


def _loose(response: Response, base: Mapping[str, Any]) -> Iterator[AnswerCase]:
    """Yield optional members of another type, as servers in other languages write them."""
    wrong = {"string": 8, "integer": "8", "object": "text"}
    for kind, value in wrong.items():
        able = (
            found for found in response.properties
            if len(found.path) == 1 and not found.required and found.role != "failure"
            and found.schema.types == {kind} and not found.schema.enum and not found.schema.is_valid(value)
        )  # fmt: skip
        found = next(able, None)
        if found is not None:
            told = f"has {value!r} for `{found.name}`, which is no {kind}"
            name = f"{found.name}/not-{kind}"
            yield _known(response, name, "client/answer/loose", told, {**base, found.name: value}, base)


def _reported(response: Response, name: str, told: str, value: Any) -> AnswerCase:
    return _case(response, name, "client/answer/value", told, value)


def _known(
    response: Response, name: str, requirement: str, told: str, value: Any, known: Mapping[str, Any]
) -> AnswerCase:
    """Return a case of which only some members must be reported."""
    given = (json_answer(response, value),)
    return AnswerCase(name, requirement, f"The answer {told}.", given, reported(response, known))


def _case(
    response: Response, name: str, requirement: str, told: str, value: Any, *, absent: tuple[str, ...] = ()
) -> AnswerCase:
    there = {key: said for key, said in value.items() if key not in absent} if isinstance(value, dict) else value
    expect = evolve(reported(response, there), absent=absent)
    return AnswerCase(name, requirement, f"The answer {told}.", (json_answer(response, value),), expect)
