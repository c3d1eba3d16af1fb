"""When a behaviour shows: conditions on how a multipart form is written."""

from __future__ import annotations

import re

from conformance.reference.calls import Call
from conformance.reference.heads import boundary, declared_boundary, heads
from conformance.reference.registry import condition

__all__: list[str] = []


@condition
def many_parts(call: Call, *, more_than: int) -> bool:
    """The body has many parts."""
    return len(heads(call)) > more_than


@condition
def empty_part(call: Call, *, file: bool) -> bool:
    """A part has no bytes: a file, or a text."""
    return any(not part.value and (part.filename is not None) is file for part in call.parts)


@condition
def large_file(call: Call, *, more_than: int) -> bool:
    """A file is larger than a number of bytes."""
    return any(part.filename is not None and len(part.value) > more_than for part in call.parts)


@condition
def part_head_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The headers of a part have a pattern in them."""
    return any(pattern.search(head) for head in heads(call))


@condition
def part_head_lacks(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The headers of a part do not have a pattern in them."""
    return any(not pattern.search(head) for head in heads(call))


@condition
def boundary_matches(call: Call, *, pattern: re.Pattern[str]) -> bool:
    """The boundary has a pattern in it."""
    return bool(pattern.search(declared_boundary(call)))


@condition
def boundary_in_a_value(call: Call, *, length: int) -> bool:
    """A value has the beginning of the line that parts begin with in it."""
    return any(boundary(call)[:length] in part.value for part in call.parts)


@condition
def has_preamble(call: Call) -> bool:
    """Something comes before the first part."""
    return boundary(call) != b"--" and not call.body.startswith(boundary(call))


@condition
def has_epilogue(call: Call) -> bool:
    """Something comes after the last part."""
    _, closing, rest = call.body.rpartition(b"\r\n" + boundary(call) + b"--")
    return bool(closing) and bool(rest.strip(b"\r\n"))


@condition
def ends_bare(call: Call) -> bool:
    """Nothing comes after the last boundary, not even a line end."""
    return call.body.endswith(boundary(call) + b"--")


@condition
def bare_line_feeds(call: Call) -> bool:
    """The lines of the body end without a carriage return."""
    return boundary(call) + b"\n" in call.body
