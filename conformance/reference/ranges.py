"""Parts of results on request (RFC 9110, 14): one range of bytes; whatever else is asked for is answered whole."""

from __future__ import annotations

import re

from attrs import evolve

from conformance.reference.calls import Call, Refusal, Reply

__all__ = ["part_of"]

_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_UNSATISFIABLE = 416


def part_of(call: Call, made: Reply) -> Reply:
    """Return the part of a result that a call asks for.

    Raises:
        Refusal: it lies beyond the end.
    """
    if not isinstance(made.body, bytes) or made.status != 200:
        return made
    size = len(made.body)
    whole = evolve(made, headers={**made.headers, "Accept-Ranges": "bytes"})
    asked = _ONE_RANGE.fullmatch(call.request.headers.get("range", ""))
    if asked is None or not any(asked.groups()) or call.request.method != "GET":
        return whole
    first, last = _bounds(asked[1], asked[2], size)
    if first >= size:
        raise Refusal(_UNSATISFIABLE, "the range lies beyond the end", headers={"Content-Range": f"bytes */{size}"})
    if last < first:  # which is no range (RFC 9110, 14.1.1)
        return whole
    headers = {**whole.headers, "Content-Range": f"bytes {first}-{last}/{size}"}
    return evolve(whole, status=206, body=made.body[first : last + 1], headers=headers)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and the last position that a range names in a result of some size."""
    if not first:
        return (max(size - int(last), 0) if int(last) else size), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
