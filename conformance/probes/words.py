"""Says in a few words what a probe sends: read back from its bytes, so that nobody writes it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, unquote

from conformance.bodies.codecs import essence
from conformance.bodies.part import Part
from conformance.bodies.requests import content_type_of
from conformance.bodies.validity import Validity, judge
from conformance.contract import Operation
from conformance.engine.probe import ANOTHERS, Credentials, Expect, PreparedRequest, Probe
from conformance.probes.breaches import parts_of
from conformance.probes.other_roads import elsewhere
from conformance.requirements.ids import input_prefix

__all__ = ["said", "said_of"]

_LONGEST = 48  # characters of a value
_MOST = 2  # inputs that are named beside each other
_CHANGED_TOKENS = {
    "cut": "the token without its last character",
    "first-half": "the first half of the token",
    "extended": "the token with one more character",
    "other-case": "the token in the other case",
    "without-prefix": "the token without its prefix",
    "last-changed": "the token with another last character",
    "percent-encoded": "the token in percent-encoding",
    ANOTHERS: "the token of another account",
}


def said(probe: Probe, requirement: str = "") -> str:
    """Return what a probe sends that matters for a requirement, such as "`duration=abc`"."""
    operation, request = probe.operation, probe.request
    if probe.wire is not None:
        return probe.wire.said
    about = _input_of(operation, requirement)
    if about is None and not request.credentials.is_right(operation):
        return _credentials(request.credentials)
    if request.method != operation.method or not operation.serves(probe.address):
        return _code(f"{request.method} {request.path}")
    parts = parts_of(operation, request)
    missing = elsewhere(operation, request, parts or ())
    if missing:
        return missing
    subject = about or probe.subject
    if subject is not None and parts is not None:
        return _given(subject, parts, _thing(probe))
    return _query(operation, request) or _body(operation, request) or _whole(probe, parts)


def _input_of(operation: Operation, requirement: str) -> str | None:
    """Return the name of the input that a requirement is about, where it is about one."""
    about = (d.name for d in operation.inputs if requirement.startswith(f"{input_prefix(operation, d)}/"))
    return next(about, None)


def _thing(probe: Probe) -> str:
    """Return the word for what was sent."""
    media = probe.operation.media
    if media is None or not probe.request.body:
        return "request"
    return "form" if media.kind in ("multipart", "urlencoded") else "body"


def _whole(probe: Probe, parts: tuple[Part, ...] | None) -> str:
    """Name what is in a valid request, what is wrong in one to be refused, or what another has that nobody knows."""
    thing = _thing(probe)
    if parts is None:
        return f"such a {thing}"
    fields = dict.fromkeys(part.name for part in parts if part.name is not None)
    if probe.expect not in (Expect.ACCEPT, Expect.REFUSE):
        known = {declared.name for declared in probe.operation.inputs}
        fields = dict.fromkeys(name for name in fields if name not in known)
        return _named(fields if len(fields) <= _MOST else (), parts, thing)
    if probe.expect is Expect.REFUSE:
        found = judge(probe.operation, parts).problems
        fields = dict.fromkeys(problem.field for problem in found if problem.validity is Validity.INVALID)
    elif len(fields) > _MOST:
        return f"a valid {thing} of {len(fields)} fields"
    return _named(fields, parts, thing)


def _named(fields: Iterable[str], parts: tuple[Part, ...], thing: str) -> str:
    return " with ".join(_given(name, parts, thing) for name in [*fields][:_MOST]) or f"such a {thing}"


def _credentials(credentials: Credentials) -> str:
    scheme = credentials.scheme
    if scheme is None or credentials.template is None:
        return "a request without credentials"
    if credentials.transform != "as-is":
        return _CHANGED_TOKENS.get(credentials.transform, f"the token changed as `{credentials.transform}`")
    shown = credentials.template.replace("{token}", "TOKEN").replace("{basic}", "BASE64-OF-TOKEN")
    return _code(f"{scheme.parameter}: {shown}")


def _given(name: str, parts: tuple[Part, ...], thing: str) -> str:
    """Say what was sent for one input."""
    found = [part for part in parts if part.name == name]
    return said_of(found) if found else f"a {thing} without `{name}`"


def said_of(parts: Sequence[Part]) -> str:
    """Return what the parts of one input say."""
    return _part(parts[0]) if len(parts) == 1 else f"a repeated {_code(parts[0].name or '')} ({len(parts)} parts)"


def _part(part: Part) -> str:
    if part.filename is not None:
        kind = f"`{part.content_type}` " if part.content_type else ""
        return f"{_code(part.name or '')} as a {kind}file of {_size(part.value)}"
    if not part.value:
        return f"an empty {_code(part.name or '')}"
    text = part.value.decode("utf-8", "backslashreplace")
    return _code(f"{part.name}={text}", len(text)) + (" as JSON" if part.content_type == "application/json" else "")


def _query(operation: Operation, request: PreparedRequest) -> str:
    """What stands in the query that the contract does not define."""
    declared = {parameter.name for parameter in operation.inputs_in("query")}
    _, _, query = request.path.partition("?")
    names = {name for name, _ in parse_qsl(query, keep_blank_values=True, errors="replace")}
    return _code(f"?{unquote(query, errors='replace')}") if names - declared else ""


def _body(operation: Operation, request: PreparedRequest) -> str:
    """How a body differs as a whole."""
    if operation.body is None:
        return ""
    if not request.body:
        return "a request without a body" if operation.body.required else ""
    given = content_type_of(request.headers)
    if given is None:
        return "a body without a `Content-Type`"
    if all(essence(media.name) != essence(given) for media in operation.body.media):
        return f"a body of type {_code(given)}"
    return ""


def _code(text: str, length: int | None = None) -> str:
    """Set a text apart; a long one is cut and its length told, or another one, and what does not print written out."""
    shown = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text).replace("`", "'")
    if len(shown) <= _LONGEST:
        return f"`{shown}`"
    return f"`{shown[:_LONGEST]}…` ({len(text) if length is None else length} characters)"


def _size(data: bytes) -> str:
    return f"{len(data)} byte{'' if len(data) == 1 else 's'}"
