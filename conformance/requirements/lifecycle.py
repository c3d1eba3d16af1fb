"""Requirements of a job's life, as looks at it show it, and of the bytes that it ends in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.contract import Contract, Operation
from conformance.contract.lives import Life, downloads, lives
from conformance.requirements.requirement import Layer, Level, Requirement, Source

__all__ = ["CONTENT", "LIFE", "content_id", "life_id", "lifecycle_requirements"]

LIFE: Mapping[str, str] = {
    "never-back": "From one look to the next, a job that has not ended goes forward: it waits, and then it runs.",
    "progress-grows": "From one look to the next, the progress of a job does not fall.",
    "ending-stays": "A job that has ended stays as it ended.",
    "ending-time-stays": "The time at which a job ended is the same in every look.",
    "created-stays": "The time at which a job was created is the same in every look, and that of its creation.",
    "same-job": "A look at a job shows that job, by its id.",
    "echo-stays": "What the answer that made a job said of the request, every look says.",
    "has-result": "A job that has succeeded has its result: an address, or an operation that sends it.",
    "private": "A job is not shown to another account.",
}
"""What is asked of the operation that shows jobs, by the last word of the requirement's id."""

CONTENT: Mapping[str, str] = {
    "not-before-success": "The result of a job that has not succeeded is refused.",
    "true-to-type": "A result is what its media type says, and no JSON or HTML under another name.",
    "part": "A range of a result is sent as asked for, with its place in the whole, or ignored, or refused.",
    "part-beyond": "A range beyond the end of a result is refused or left out of account, and makes nobody fail.",
    "head": "HEAD on a result is answered as GET is, without its body, or refused with 405, 501 or 404.",
    "head-length": "A `Content-Length` in the answer to HEAD is the length of what GET sends.",
    "private-result": "The result of a job is not sent to another account.",
}
"""What is asked of an operation that sends results."""

_SECRETIVE = frozenset({"private", "private-result"})
_OF_HTTP: Mapping[str, tuple[Level, str, str]] = {
    "part": (
        Level.MUST,
        "RFC 9110, 15.3.7",
        (
            "If a single part is being transferred, the server generating the 206 response MUST generate a "
            "Content-Range header field, describing what range of the selected representation is enclosed, and a "
            "content consisting of the range."
        ),
    ),
    "part-beyond": (Level.SHOULD, "RFC 9110, 14.2 and 15.5.17", ""),
    "head": (
        Level.SHOULD,
        "RFC 9110, 9.3.2",
        (
            "The server SHOULD send the same header fields in response to a HEAD request as it would have sent if the "
            "request method had been GET."
        ),
    ),
    "head-length": (
        Level.MUST,
        "RFC 9110, 8.6",
        (
            "A server MAY send a Content-Length header field in a response to a HEAD request (Section 9.3.2); a server "
            "MUST NOT send Content-Length in such a response unless its field value equals the decimal number of "
            "octets that would have been sent in the content of a response if the same request had used the GET method."
        ),
    ),
}
"""Level, place and sentence of the standard, for what a standard asks; a MUST quotes what demands it."""

_NEEDED_ROLES: Mapping[str, tuple[str, ...]] = {
    "progress-grows": ("progress",),
    "ending-time-stays": ("completed-time",),
    "created-stays": ("created-time",),
    "same-job": ("id",),
}


def life_id(reader: Operation, rule: str) -> str:
    """Return the id of a requirement of the operation that shows jobs."""
    return f"{reader.id}/life/{rule}"


def content_id(fetcher: Operation, rule: str) -> str:
    """Return the id of a requirement of an operation that sends results."""
    return f"{fetcher.id}/content/{rule}"


def lifecycle_requirements(contract: Contract, operation: Operation) -> Iterator[Requirement]:
    """Yield what is asked of an operation that shows jobs, or sends what they have become."""
    life = next((life for life in lives(contract) if operation in (life.reader, *life.fetchers)), None)
    if life is not None and operation is life.reader:
        for rule, statement in LIFE.items():
            if _is_about(life, rule):
                yield _requirement(life_id(operation, rule), rule, statement, operation)
    if not downloads(contract, operation):
        return
    for rule, statement in CONTENT.items():
        is_watched = life is not None or rule not in ("not-before-success", "private-result")
        if is_watched and (rule not in _SECRETIVE or operation.scheme is not None):
            yield _requirement(content_id(operation, rule), rule, statement, operation)


def _is_about(life: Life, rule: str) -> bool:
    """Tell whether the answers of the reader have what a rule is about."""
    shown = life.reader.success.properties
    if rule == "never-back":
        return {"waiting", "running"} <= set(life.stages)
    if rule == "ending-stays":
        return not {"succeeded", "failed"}.isdisjoint(life.stages)
    if rule == "private":
        return life.reader.scheme is not None
    if rule == "has-result":
        return bool(life.fetchers) or any(found.role == "result-url" for found in shown)
    if rule == "echo-stays":
        names = {found.path for maker in life.makers for found in maker.success.properties if found.echoes}
        return any(found.path in names for found in shown)
    return all(any(found.role == role for found in shown) for role in _NEEDED_ROLES.get(rule, ()))


def _requirement(requirement_id: str, rule: str, statement: str, operation: Operation) -> Requirement:
    level, reference, quote = _OF_HTTP.get(rule, (Level.SHOULD, operation.pointer, ""))
    of_http = rule in _OF_HTTP
    layer = Layer.HTTP if of_http else Layer.HARDENING if rule in _SECRETIVE else Layer.API
    source = Source(reference, "standard" if of_http else "convention")
    return Requirement(requirement_id, level, statement, source, layer=layer, quote=quote)
