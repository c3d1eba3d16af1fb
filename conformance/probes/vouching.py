"""The suite judges its own bytes: what a probe claims has to hold before anything is held against a server.

The bytes are read by another parser than the one that belongs to what wrote them. A claim that does not hold is a
defect of the suite: the run ends with exit 4, and says nothing about the server.
"""

from __future__ import annotations

from collections.abc import Sequence

from conformance.bodies.codecs import documented_media
from conformance.bodies.cost import is_dear
from conformance.bodies.part import Part
from conformance.bodies.requests import read_parameters
from conformance.bodies.second_reading import read_again
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import Problem, Validity, judge
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


_KNOWN: dict[tuple[object, ...], str | None] = {}
"""What was found out about probes of this process: a self-test sends the same ones again and again."""


def _trouble(probe: Probe) -> str | None:
    claim = (probe.id, probe.request, probe.expect, probe.cost, probe.if_accepted, probe.subject, probe.operation.id)
    if claim not in _KNOWN:
        _KNOWN[claim] = _looked_into(probe)
    return _KNOWN[claim]


def _looked_into(probe: Probe) -> str | None:
    hidden = next((pattern for pattern in probe.shows if pattern.search(_written(probe)) is None), None)
    if hidden is not None:
        return f"its bytes do not match {hidden.pattern!r}"
    is_called = probe.request.method == probe.operation.method and probe.operation.serves(probe.address)
    if not is_called or probe.wire is not None:
        return None
    parts, problems, unreadable = _read(probe)
    if probe.expect is Expect.ACCEPT:
        return _why_invalid(problems, unreadable)
    if unreadable or not probe.request.credentials.is_right(probe.operation):
        return None
    return _why_unsafe(probe, parts, problems) or _why_ambiguous(probe, problems)


def _why_invalid(problems: Sequence[Problem], unreadable: str) -> str | None:
    """Say why something that is meant to be accepted need not be; a field that nobody knows is left open."""
    worst = next((problem for problem in problems if problem.aspect != _UNKNOWN), None)
    if unreadable or worst is None:
        return f"it is meant to be valid, but cannot be read: {unreadable}" if unreadable else None
    return f"it is meant to be valid, but `{worst.field}` {worst.message}"


def _why_unsafe(probe: Probe, parts: Sequence[Part], problems: Sequence[Problem]) -> str | None:
    """Say why something that is meant to cost nothing may cost money."""
    names_nothing = any(part.location == "path" and part.value == UNKNOWN.encode() for part in parts)
    if probe.can_create and probe.cost is Cost.FREE and not problems and not names_nothing:
        return "it is valid, and costs money where it is meant to be free"
    missing = next((name for name in probe.if_accepted if not _is_broken(probe, name, problems)), None)
    if missing is not None:
        return f"it lacks the defect that guards it ({missing})"
    if not probe.if_accepted and is_dear(probe.operation, parts):
        return "it asks for more than the contract's examples, and nothing guards it"
    return None


def _why_ambiguous(probe: Probe, problems: Sequence[Problem]) -> str | None:
    """Say why a refusal would not tell what it is for."""
    if probe.expect is not Expect.REFUSE or probe.subject is None:
        return None
    wrong = {problem.field for problem in problems if problem.validity is Validity.INVALID}
    others = ", ".join(sorted(f"`{name}`" for name in wrong - {probe.subject}))
    return f"it is meant to be wrong in `{probe.subject}` alone, but is so in {others}" if others else None


def _read(probe: Probe) -> tuple[tuple[Part, ...], tuple[Problem, ...], str]:
    """Return the parts of a request, what is wrong with them, and why the body cannot be read, if it cannot."""
    request, operation = probe.request, probe.operation
    parts = read_parameters(operation, request.path, request.headers)
    media, unreadable = None, ""
    if operation.body is not None and (request.body or operation.body.required):
        content_type = next((value for name, value in request.headers if name.lower() == "content-type"), "")
        try:
            media = documented_media(operation, content_type)
        except MalformedBody as error:
            unreadable = str(error)
        else:
            inside, troubles = read_again(media, content_type, request.body)
            parts, unreadable = (*parts, *inside), ", ".join(troubles)
    return parts, judge(operation, parts, media).problems, unreadable


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
