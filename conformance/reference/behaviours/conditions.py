"""When a behaviour shows: conditions on the call, on what came of it, and on how often."""

from __future__ import annotations

import re

from conformance.bodies.codecs import documented_media, essence
from conformance.bodies.troubles import MalformedBody
from conformance.contract import Input, Operation
from conformance.reference.calls import Call
from conformance.reference.receiving import media_type
from conformance.reference.registry import condition
from conformance.reference.security import presented

__all__: list[str] = []


@condition
def calls(call: Call, *, operation: Operation) -> bool:
    """An operation is called."""
    return call.service is not None and call.routed.id == operation.id


@condition
def no_body(call: Call) -> bool:
    """There is no body."""
    return not call.body


@condition
def foreign_media_type(call: Call) -> bool:
    """The body is of a media type that the operation does not document."""
    try:
        documented_media(call.routed, media_type(call))
    except MalformedBody:
        return bool(call.body)
    return False


@condition
def media_type_is(call: Call, *, name: str) -> bool:
    """The body is of a media type."""
    return media_type(call) == essence(name)


@condition
def answers_json(call: Call) -> bool:
    """The answer, where there is one already, is JSON."""
    return call.reply is not None and not isinstance(call.reply.body, bytes)


@condition
def accepted(call: Call) -> bool:
    """The call was not refused."""
    return call.refusal is None


@condition
def refused(call: Call) -> bool:
    """The call was refused."""
    return call.refusal is not None


@condition
def refused_with(call: Call, *, statuses: tuple[int, ...]) -> bool:
    """The call was refused with one of some statuses."""
    return call.refusal is not None and call.refusal.status in statuses


@condition
def refused_for(call: Call, *, fields: tuple[Input, ...]) -> bool:
    """The call was refused for one of some fields."""
    return call.refusal is not None and call.refusal.field in {field.name for field in fields}


@condition
def not_refused_for(call: Call, *, fields: tuple[Input, ...]) -> bool:
    """The call was refused for a field other than some."""
    field = call.refusal.field if call.refusal else None
    return field is not None and field not in {field.name for field in fields}


@condition
def every(call: Call, *, nth: int) -> bool:
    """Every so many requests."""
    return call.ordinal % nth == 0


@condition
def every_time(call: Call, *, nth: int) -> bool:
    """Every so many times that a call comes so far."""
    times = call.world.memory["times"] = call.world.memory.get("times", 0) + 1
    return bool(times % nth == 0)


@condition
def every_create(call: Call, *, nth: int) -> bool:
    """Every so many jobs; for stages after the job was made."""
    return call.world.creates % nth == 0


@condition
def request_header_matches(call: Call, *, header: str, pattern: re.Pattern[str]) -> bool:
    """A request header has a pattern in it."""
    return any(pattern.search(value) for value in call.request.headers.getlist(header))


@condition
def request_header_lacks(call: Call, *, header: str) -> bool:
    """A request header is not there."""
    return header not in call.request.headers


@condition
def long_header(call: Call, *, more_than: int) -> bool:
    """A request header is long."""
    return any(len(value) > more_than for value in call.request.headers.values())


@condition
def many_headers(call: Call, *, more_than: int) -> bool:
    """The request has many header fields."""
    return len(call.request.headers.raw) > more_than


@condition
def path_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The path has a pattern in it, once it is decoded."""
    return bool(pattern.search(str(call.request.scope["path"])))


@condition
def long_body(call: Call, *, more_than: int) -> bool:
    """The body is announced to be longer than a number of bytes."""
    return int(call.request.headers.get("content-length", "0")) > more_than


@condition
def some_header_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """Some request header has a name in which a pattern occurs."""
    return any(pattern.search(name) for name in call.request.headers)


@condition
def has_query(call: Call) -> bool:
    """The URL has a query."""
    return bool(call.request.url.query)


@condition
def method_is(call: Call, *, methods: tuple[str, ...]) -> bool:
    """The method is one of some."""
    return call.request.method in methods


@condition
def version_is(call: Call, *, version: str) -> bool:
    """The request is of a version of HTTP."""
    return str(call.request.scope.get("http_version")) == version


@condition
def no_credential(call: Call) -> bool:
    """The call brings no credential."""
    return not presented(call)
