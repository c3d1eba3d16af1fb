"""Makes of what was recorded an exchange that the checks can judge: what was sent decides what had to be answered.

Nobody knows what a recorded request was for. What is judged is what its bytes say: a form that the contract allows is
to be accepted, one that it forbids is to be refused, and of any other the answer alone is judged. Where the bytes were
not written down as they were sent, nothing is held against an answer that only their exact form could show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote_plus

from attrs import evolve, field, frozen

from conformance.bodies.part import Part
from conformance.bodies.representations import representations
from conformance.bodies.requests import content_type_of, read_body, read_parameters
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import Problem, Validity, judge
from conformance.bodies.violations import rules
from conformance.contract import Input, MediaType, Operation
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Cost, Credentials, Expect, PreparedRequest, Probe
from conformance.probes.breaches import breaches
from conformance.recordings.addressing import RecordedCall
from conformance.recordings.recorded import Recorded, RecordedFields
from conformance.recordings.secrets_seen import credentials_of, is_placeholder, is_secret, withheld
from conformance.requirements.ids import input_prefix

__all__ = ["Interpreted", "interpret"]

_OF_THE_LINE = frozenset((
    "host", "connection", "keep-alive", "content-length", "transfer-encoding", "te", "trailer", "upgrade",
    "proxy-connection",
))  # fmt: skip
_NO_REQUEST = ("*/no-server-error", "state/same-again")  # nobody knows whether it was valid, or the same
_REPLACED = "\ufffd".encode()  # stands where bytes were no text
_NO_TIME = ("time/*",)
_NO_CLOCK = ("job/created-plausible", "job/completed-plausible", "job/times-move")
_NO_BODY = ("secrecy/*", "json/*", "meaning/*", "http/content-type-present")
_TEXT_ALONE = ("json/utf-8",)
_NO_VALUES = ("http/challenge-*", "http/field-syntax", "http/request-id")
_NO_FIELDS = ("http/*", "*/response/*/content-type", "*/response/*/header/*")


@frozen
class Interpreted:
    """An exchange, and what it cannot show because of the way in which it was recorded.

    Attributes:
        blind: patterns of requirements.
    """

    exchange: Exchange
    blind: tuple[str, ...]

    def shows(self, requirement: str) -> bool:
        """Tell whether it can show anything about a requirement."""
        return not any(fnmatchcase(requirement, pattern) for pattern in self.blind)


@frozen
class _Said:
    """What a request says by its bytes, as far as these are known; `is_exact`: all that is judged was so sent."""

    values: Mapping[str, Any] = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)
    media: MediaType | None
    validity: Validity
    is_exact: bool
    problems: tuple[Problem, ...] = ()


def interpret(recorded: Recorded, call: RecordedCall, epoch: float) -> Interpreted:
    """Return a recorded exchange as one that the checks judge.

    Args:
        recorded: what was written down.
        call: the operation that it called.
        epoch: when the recording began.
    """
    operation = call.operation
    request = _request(recorded, call)
    said = _read(operation, request, is_known=recorded.body is not None, is_exact=recorded.is_exact)
    if not said.is_exact and recorded.status >= 300:  # what was not taken may have been something else
        said = evolve(said, validity=max(said.validity, Validity.UNSPECIFIED))
    probe = _probe(f"entry/{recorded.number:06d}", operation, request, said)
    body = recorded.answer_body
    headers = tuple((name, withheld(name, value)) for name, value in recorded.answer_headers)
    answer = Answer(recorded.status, headers, body or b"", cut=body is None)
    shown = (body or b"").decode("utf-8", "surrogateescape") + "\n".join(value for _, value in headers)
    leaks = ("answer",) if any(secret.are_in(shown) for secret in credentials_of(recorded, operation)) else ()
    wall = recorded.started
    exchange = Exchange(
        probe,
        answer,
        None,
        "",
        started=max(wall - epoch, 0.0) if wall is not None else float(recorded.number),
        elapsed=recorded.elapsed or 0.0,
        leaks=leaks,
        wall=wall or 0.0,
    )
    return Interpreted(exchange, tuple(_blind(recorded, said)))


def _blind(recorded: Recorded, said: _Said) -> Iterator[str]:
    if not said.is_exact:
        yield from _NO_REQUEST
    if recorded.elapsed is None:
        yield from _NO_TIME
    if recorded.elapsed is None or recorded.started is None:
        yield from _NO_CLOCK
    if recorded.answer_body is None:
        yield from _NO_BODY
    if not recorded.is_answer_exact:
        yield from _TEXT_ALONE
    if any(is_placeholder(value) for _, value in recorded.answer_headers):
        yield from _NO_VALUES
    if not recorded.answer_headers:
        yield from _NO_FIELDS


def _request(recorded: Recorded, call: RecordedCall) -> PreparedRequest:
    """Return the request without its secrets, and without what belongs to its connection."""
    operation = call.operation
    headers = tuple(
        (name, value)
        for name, value in recorded.headers
        if name.lower() not in _OF_THE_LINE and not is_secret(name, operation)
    )
    cookies = _own_cookies(operation, recorded.headers)
    return PreparedRequest(
        recorded.method,
        _without_secrets(operation, call.target),
        (*headers, *((("Cookie", cookies),) if cookies else ())),
        recorded.body or b"",
        Credentials.right(operation),
    )


def _own_cookies(operation: Operation, headers: RecordedFields) -> str:
    """Return the cookies that are inputs of the operation; all others are the caller's own affair."""
    wanted = {declared.name for declared in operation.inputs_in("cookie")}
    pairs = [pair.strip() for name, value in headers if name.lower() == "cookie" for pair in value.split(";")]
    return "; ".join(pair for pair in pairs if pair.partition("=")[0] in wanted)


def _without_secrets(operation: Operation, target: str) -> str:
    """Return path and query without the parameters that hold a secret."""
    path, _, query = target.partition("?")
    kept = [
        pair for pair in query.split("&") if pair and not is_secret(unquote_plus(pair.partition("=")[0]), operation)
    ]
    return path + (f"?{'&'.join(kept)}" if kept else "")


def _read(operation: Operation, request: PreparedRequest, *, is_known: bool, is_exact: bool) -> _Said:
    """Read a request; what is wrong with bytes that may be others than those that were sent is held against nobody."""
    parts, media = read_parameters(operation, request.path, request.headers), None
    if not is_known:
        return _Said(judge(operation, parts).values, parts, None, Validity.UNSPECIFIED, is_exact=False)
    if operation.body is not None and (request.body or operation.body.required):
        try:
            media, inside = read_body(operation, content_type_of(request.headers), request.body)
        except MalformedBody as error:
            is_wrong = is_exact and not error.tolerable
            validity = Validity.INVALID if is_wrong else Validity.UNSPECIFIED
            return _Said({}, parts, None, validity, is_exact)
        is_exact = is_exact or _is_lost_in_files(inside)
        parts = (*parts, *inside)
    reading = judge(operation, parts, media)
    validity = reading.validity
    if validity is Validity.INVALID and not is_exact:
        validity = Validity.UNSPECIFIED
    return _Said(reading.values, parts, media, validity, is_exact, reading.problems)


def _is_lost_in_files(inside: Sequence[Part]) -> bool:
    """Tell whether what is not as it was sent stands in files alone, whose bytes nobody judges."""
    files = [part for part in inside if part.filename is not None]
    return bool(files) and not any(_REPLACED in part.value for part in inside if part.filename is None)


def _probe(name: str, operation: Operation, request: PreparedRequest, said: _Said) -> Probe:
    """Return what a request would have been for, had somebody planned it."""
    probe = Probe(
        name, operation, request, Expect.EITHER, Cost.FREE, operation.id, sent=said.values, validity=said.validity
    )
    broken = tuple(sorted(_forbidding(operation, said)))
    if said.validity is Validity.INVALID or (said.validity is Validity.DISCOURAGED and broken):
        wrong = {problem.field for problem in said.problems}  # a refusal may be about what is merely doubtful too
        is_plain = len(broken) == 1 and len(wrong) == 1
        return evolve(
            probe,
            expect=Expect.REFUSE,
            decides=broken if is_plain else (),
            if_accepted=() if is_plain else broken,
            subject=next(iter(wrong), None) if is_plain else None,
            guards=(f"{operation.id}/invalid/no-server-error",),
        )
    # What may be accepted costs as much as what has to be.
    cost = Cost.BILLABLE if operation.billable else Cost.FREE
    if said.validity is not Validity.VALID:
        return evolve(probe, cost=cost)
    return evolve(
        probe,
        expect=Expect.ACCEPT,
        cost=cost,
        decides=tuple(dict.fromkeys(_decided(operation, said))),
        guards=(f"{operation.id}/valid/no-server-error",),
    )


def _forbidding(operation: Operation, said: _Said) -> Iterator[str]:
    """Yield the requirements that forbid what a request says, or advise against it where nothing is forbidden."""
    if said.validity is Validity.INVALID and said.problems:
        yield from breaches(operation, said.parts)
    elif said.validity is Validity.DISCOURAGED:
        known = {declared.name: declared for declared in operation.inputs}
        for problem in said.problems:
            declared = known.get(problem.field)
            if declared is not None and problem.aspect in rules(declared, operation.media):
                yield f"{input_prefix(operation, declared)}/{problem.aspect}"


def _decided(operation: Operation, said: _Said) -> Iterator[str]:
    """Yield what is shown where a valid request is accepted."""
    media = said.media or operation.media
    inputs = (*operation.parameters, *(media.inputs if media is not None and said.media is not None else ()))
    given: set[str] = set()
    for declared in inputs:
        own = [part for part in said.parts if (part.location, part.name) == (declared.location, declared.name)]
        if not own:
            continue
        given.add(declared.name)
        prefix = input_prefix(operation, declared)
        if declared.location == "path":
            yield f"{prefix}/known"
        yield f"{prefix}/accepted"
        if declared.schema.enum:
            yield f"{prefix}/value/{said.values.get(declared.name)}"
        elif (kind := _way(declared, own, media)) is not None:
            yield f"{prefix}/form/{kind}"
    needed = {declared.name for declared in operation.inputs if declared.required or declared.is_whole}
    if given <= needed and operation.body is not None:
        yield f"{operation.id}/request/minimal"


def _way(declared: Input, own: Sequence[Part], media: MediaType | None) -> str | None:
    """Return in which of several documented ways an input was written; None where that cannot be told."""
    ways = representations(declared, media.kind if media is not None and declared.location == "body" else None)
    first = own[0]
    if len(ways) < 2 or (media is not None and media.kind != "multipart"):
        return None
    is_json = (first.content_type or "").partition(";")[0].strip().lower() == "application/json"
    is_list = first.value.lstrip()[:1] == b"["
    told = {
        "file": first.filename is not None,
        "array": is_json and is_list,
        "items": not is_list and any(way.kind == "items" for way in ways),
        "json": is_json and not is_list,
        "json-untyped": first.content_type is None and first.value.lstrip()[:1] == b"{",
        "text": first.filename is None and not is_json,
    }
    fitting = [way.kind for way in ways if told.get(way.kind)]
    return fitting[0] if len(fitting) == 1 else None
