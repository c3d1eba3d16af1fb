"""The suite judges its own bytes: what a probe claims has to hold before anything is held against a server.

The bytes are read by another parser than the one that belongs to what wrote them. A claim that does not hold is a
defect of the suite: the run ends with exit 4, and says nothing about the server.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from conformance.bodies.codecs import documented_media
from conformance.bodies.cost import is_dear
from conformance.bodies.requests import content_type_of, read_parameters
from conformance.bodies.second_reading import read_again
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import Problem, Validity, judge
from conformance.contract import Operation
from conformance.engine.probe import Cost, Expect, Probe
from conformance.errors import SuiteError
from conformance.requirements.ids import input_prefix
from conformance.requirements.known_defects import UNKNOWN

__all__ = ["vouch"]

_UNKNOWN = "unknown"
_SEEN = ("required", "enum")  # what the bytes show of a guard


def vouch(probe: Probe) -> None:
    """Hold a probe to what it claims.

    Raises:
        SuiteError: it is not what it claims to be; the message says which claim does not hold.
    """
    trouble = _trouble(probe)
    if trouble is not None:
        raise SuiteError(f"{probe.id} is not what it claims to be: {trouble}")


@frozen
class _Reading:
    """What a request says when it is read again.

    Attributes:
        problems: what is wrong with its inputs.
        unreadable: why its body cannot be read; empty where it can.
        names_nothing: whether its path names something that was never made.
        is_dear: whether it asks for more than the contract's examples.
    """

    problems: tuple[Problem, ...]
    unreadable: str
    names_nothing: bool
    is_dear: bool


def _trouble(probe: Probe) -> str | None:
    hidden = next((pattern for pattern in probe.shows if pattern.search(_written(probe)) is None), None)
    if hidden is not None:
        return f"its bytes do not match {hidden.pattern!r}"
    is_called = probe.request.method == probe.operation.method and probe.operation.serves(probe.address)
    if not is_called or probe.wire is not None:
        return None
    reading = _read(probe.operation, probe.request.path, probe.request.headers, probe.request.body)
    if probe.expect is Expect.ACCEPT:
        return _why_invalid(reading)
    if reading.unreadable or not probe.request.credentials.is_right(probe.operation):
        return None
    return _why_unsafe(probe, reading) or _why_ambiguous(probe, reading)


def _why_invalid(reading: _Reading) -> str | None:
    """Say why something that is meant to be accepted need not be; a field that nobody knows is left open."""
    worst = next((problem for problem in reading.problems if problem.aspect != _UNKNOWN), None)
    if reading.unreadable or worst is None:
        return f"it is meant to be valid, but cannot be read: {reading.unreadable}" if reading.unreadable else None
    return f"it is meant to be valid, but `{worst.field}` {worst.message}"


def _why_unsafe(probe: Probe, reading: _Reading) -> str | None:
    """Say why something that is meant to cost nothing may cost money."""
    if probe.can_create and probe.cost is Cost.FREE and not reading.problems and not reading.names_nothing:
        return "it is valid, and costs money where it is meant to be free"
    missing = next((name for name in probe.if_accepted if not _is_broken(probe, name, reading.problems)), None)
    if missing is not None:
        return f"it lacks the defect that guards it ({missing})"
    if not probe.if_accepted and reading.is_dear:
        return "it asks for more than the contract's examples, and nothing guards it"
    return None


def _why_ambiguous(probe: Probe, reading: _Reading) -> str | None:
    """Say why a refusal would not tell what it is for."""
    if probe.expect is not Expect.REFUSE or probe.subject is None:
        return None
    wrong = {problem.field for problem in reading.problems if problem.validity is Validity.INVALID}
    others = ", ".join(sorted(f"`{name}`" for name in wrong - {probe.subject}))
    return f"it is meant to be wrong in `{probe.subject}` alone, but is so in {others}" if others else None


@lru_cache(maxsize=1024)  # many requests differ in nothing but who calls, and a self-test sends all of them again
def _read(operation: Operation, path: str, headers: tuple[tuple[str, str], ...], body: bytes) -> _Reading:
    parts = read_parameters(operation, path, headers)
    media, unreadable = None, ""
    if operation.body is not None and (body or operation.body.required):
        content_type = content_type_of(headers) or ""
        try:
            media = documented_media(operation, content_type)
        except MalformedBody as error:
            unreadable = str(error)
        else:
            inside, troubles = read_again(media, content_type, body)
            parts, unreadable = (*parts, *inside), ", ".join(troubles)
    names_nothing = any(part.location == "path" and part.value == UNKNOWN.encode() for part in parts)
    return _Reading(judge(operation, parts, media).problems, unreadable, names_nothing, is_dear(operation, parts))


def _is_broken(probe: Probe, requirement: str, problems: Sequence[Problem]) -> bool:
    """Tell whether a request has the defect that a requirement forbids, as far as its inputs can have it."""
    operation = probe.operation
    prefix, _, rule = requirement.rpartition("/")
    guarded = next((d for d in operation.inputs if input_prefix(operation, d) == prefix), None)
    if guarded is None or rule not in _SEEN:
        return True
    return any(problem.field == guarded.name for problem in problems)


def _written(probe: Probe) -> str:
    lines = [f"{name}: {value}" for name, value in probe.request.headers]
    return "\r\n".join([*lines, "", probe.request.body.decode("latin-1")])
