"""What a request is worth by the contract, judged on its bytes.

Everything outside of JSON is text, so a value is read as the contract's encoding says before it is judged.
What the contract leaves open is `UNSPECIFIED`: a server may take it or refuse it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from conformance.bodies import values
from conformance.bodies.part import Part
from conformance.contract import Input, Location, MediaType, Operation

__all__ = ["Problem", "Reading", "Validity", "judge", "problems_of"]

_MEMBERS = "members"


class Validity(IntEnum):
    """How good a request is; the worst of its problems decides."""

    VALID = 0
    DISCOURAGED = 1
    UNSPECIFIED = 2
    INVALID = 3


@frozen
class Problem:
    """Something about one input that is not plainly valid; `aspect` is the rule that it breaks."""

    field: str
    aspect: str
    validity: Validity
    message: str


@frozen
class Reading:
    """A request read back: the values that it carries, and what is wrong with them."""

    values: Mapping[str, Any] = field(repr=False)
    problems: tuple[Problem, ...]

    @property
    def validity(self) -> Validity:
        """The worst of the problems."""
        return max((problem.validity for problem in self.problems), default=Validity.VALID)


def judge(operation: Operation, parts: Sequence[Part], media: MediaType | None = None) -> Reading:
    """Read every input of a request and judge it.

    Args:
        operation: that was called.
        parts: all that was sent for it, in every place of the request.
        media: the media type of the body, the operation's first one where it is not given.
    """
    media = media or operation.media
    by_place: dict[tuple[Location, str], list[Part]] = defaultdict(list)
    for part in parts:
        by_place[part.location, _key(part.location, part.name or "")].append(part)
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for place, declared in _declared(operation, media).items():
        given = by_place.pop(place, None)
        if given is None:
            if declared.required:
                problems.append(Problem(declared.name, "required", Validity.INVALID, "is required"))
            continue
        value, found = _read(declared, given, media)
        problems.extend(found)
        if value is not values.UNREAD:
            read[declared.name] = value
    problems.extend(_unknown(location, name, media) for location, name in by_place if location in ("body", "query"))
    if media is not None and not any(problem.field in media.names for problem in problems):
        problems.extend(_of_the_whole(media, read))
    return Reading(read, tuple(problems))


@lru_cache(maxsize=256)
def _declared(operation: Operation, media: MediaType | None) -> Mapping[tuple[Location, str], Input]:
    """Return the inputs of a request by their place."""
    inputs = (*operation.parameters, *(media.inputs if media is not None else ()))
    return {(declared.location, _key(declared.location, declared.name)): declared for declared in inputs}


def problems_of(declared: Input, parts: Sequence[Part], media: MediaType | None) -> list[Problem]:
    """Return what is wrong with what was sent for one input."""
    return _read(declared, parts, media)[1]


def _unknown(location: Location, name: str, media: MediaType | None) -> Problem:
    schema = media.schema if media is not None and location == "body" else None
    if schema is not None and schema.keywords.get("additionalProperties") is False:
        return Problem(name, "additionalProperties", Validity.INVALID, "is not allowed here")
    return Problem(name, "unknown", Validity.UNSPECIFIED, "is nothing that this operation knows")


def _of_the_whole(media: MediaType, read: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a body as a whole though each of its members is right."""
    if media.schema is None or not media.schema.judges_whole or any(declared.is_whole for declared in media.inputs):
        return
    members = {name: _plain(read[name]) for name in media.names & read.keys()}
    for error in media.schema.errors(members):
        if not error.instance_path and _aspect(error) != _MEMBERS:  # what is missing is said of each member
            yield Problem("", _aspect(error), Validity.INVALID, error.message)


def _plain(value: Any) -> Any:
    """Return a value without its files, which no JSON Schema can judge."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return "" if isinstance(value, bytes) else value


def _key(location: Location, name: str) -> str:
    return name.lower() if location == "header" else name


def _read(declared: Input, parts: Sequence[Part], media: MediaType | None) -> tuple[Any, list[Problem]]:
    kind = media.kind if media is not None and declared.location == "body" else None
    try:
        value = values.read(declared, parts, kind)
    except values.UnreadableValue as error:
        validity = Validity.UNSPECIFIED if error.tolerable else Validity.INVALID
        return values.UNREAD, [Problem(declared.name, error.aspect, validity, str(error))]
    return value, _violations(declared, value)


def _violations(declared: Input, value: Any) -> list[Problem]:
    if isinstance(value, bytes) or (isinstance(value, list) and any(isinstance(item, bytes) for item in value)):
        return []
    if value is None and not declared.schema.nullable and not declared.required:
        return [Problem(declared.name, "null", Validity.UNSPECIFIED, "is null, as if it had been left out")]
    schema = declared.schema
    if not schema.is_valid(value):
        errors, validity = schema.errors(value), Validity.INVALID
    elif not schema.is_advisable(value):
        errors, validity = schema.advice(value), Validity.DISCOURAGED
    else:
        return []
    return [Problem(declared.name, _aspect(error), validity, error.message) for error in errors]


def _aspect(error: Any) -> str:
    """Return the rule that a value breaks: a keyword, as far as the value itself and not a member is at fault."""
    keyword = str(error.schema_path[-1]) if error.schema_path else "schema"
    if keyword in ("anyOf", "oneOf"):
        return "type"
    nested = any(not isinstance(step, int) for step in error.instance_path)
    return _MEMBERS if keyword == "required" or nested else keyword
