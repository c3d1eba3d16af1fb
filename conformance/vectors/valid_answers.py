"""Valid answers of an operation, as the contract shows and allows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.bodies.sample_files import sample_file
from conformance.contract import Operation, Response
from conformance.contract.instance import instance
from conformance.vectors.arguments import GivenFile
from conformance.vectors.vector import Expectation, GivenAnswer

__all__ = [
    "fullest",
    "is_text",
    "json_answer",
    "json_type",
    "reported",
    "result_type",
    "shown",
    "smallest_answer",
    "valid_answer",
    "valid_value",
]

_TIMES = ("created-time", "completed-time", "expiry-time")
_MILLISECONDS_FROM = 100_000_000_000  # in seconds the year 5138, in milliseconds 1973


def reported(response: Response, value: Any) -> Expectation:
    """Return what a client must report of a body: its members, and those that are times as times, in any form."""
    times: dict[str, float] = {}
    if isinstance(value, Mapping):
        for found in response.properties:
            number = value.get(found.name)
            if found.role in _TIMES and isinstance(number, int) and len(found.path) == 1:
                times[found.name] = number / 1000 if number >= _MILLISECONDS_FROM else number
        value = {name: member for name, member in value.items() if name not in times}
    return Expectation(outcome=("value",), value=value, times=times or None)


def json_type(response: Response) -> str:
    """Return the media type in which an answer has JSON."""
    return next((media.name for media in response.media if media.kind == "json"), "application/json")


def result_type(response: Response) -> str:
    """Return the media type in which an answer has bytes."""
    name = next((media.name for media in response.media if media.kind != "json"), "application/octet-stream")
    return name.replace("*/*", "application/octet-stream").replace("/*", "/octet-stream")


def is_text(response: Response) -> bool:
    """Tell whether an answer is plain text, and neither JSON nor bytes."""
    return response.schema is None and result_type(response).startswith("text/")


def json_answer(response: Response, value: Any, *headers: tuple[str, str], status: int | None = None) -> GivenAnswer:
    """Return an answer with a value as JSON."""
    told = (("content-type", json_type(response)), *headers)
    return GivenAnswer(response.status if status is None else status, told, {"json": value})


def shown(response: Response) -> tuple[Any, ...]:
    """Return the bodies that the contract shows, or one that it allows."""
    if response.schema is None:
        return ()
    examples = tuple(value for value in response.schema.examples if response.schema.is_valid(value))
    return examples or (instance(response.schema),)


def smallest_answer(response: Response) -> Mapping[str, Any] | None:
    """Return the body with the required members alone; None where it is no object, or invalid without others."""
    schema = response.schema
    if schema is None or schema.types != {"object"}:
        return None
    made = {name: instance(schema.properties[name]) for name in schema.required if name in schema.properties}
    return made if made and schema.is_valid(made) else None


def fullest(response: Response) -> Mapping[str, Any] | None:
    """Return the body with every member but those that tell of a failure; of a job, one that has succeeded."""
    schema = response.schema
    if schema is None or schema.types != {"object"}:
        return None
    made: dict[str, Any] = {}
    for name, member in schema.properties.items():
        if member.role != "failure":
            ended = member.lifecycle.statuses("succeeded")[:1] if member.lifecycle is not None else ()
            made[name] = ended[0] if ended else instance(member)
    return made if schema.is_valid(made) else None


def valid_value(operation: Operation) -> Any:
    """Return what an operation answers in the simplest case, as a value: JSON, a file, or None where it is nothing."""
    response = operation.success
    if response.schema is not None:
        return shown(response)[0]
    if not response.media:
        return None
    sample = sample_file((result_type(response),)).value
    return sample.decode() if is_text(response) else GivenFile(sample).as_json()


def valid_answer(operation: Operation, *headers: tuple[str, str], status: int | None = None) -> GivenAnswer:
    """Return the simplest valid answer of an operation."""
    response, value = operation.success, valid_value(operation)
    if response.schema is not None:
        return json_answer(response, value, *headers, status=status)
    number = response.status if status is None else status
    if value is None:
        return GivenAnswer(number, headers)
    told = (("content-type", result_type(response)), *headers)
    return GivenAnswer(
        number, told, {"text": value} if isinstance(value, str) else {"base64": value["$file"]["base64"]}
    )
