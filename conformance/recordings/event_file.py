"""Reads the event stream of a run (`run --events`) as a recording: what was sent, and what came back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from conformance.recordings.recorded import BrokenRecordingError, Recorded, RecordedFields, Unusable, moment

__all__ = ["is_event_stream", "read_events"]

_LONGEST = 32 * 1024 * 1024  # bytes of a line
_BEGINNING = 200
_RIGHT = ("{token}", "{basic}")
_OF_BYTES = "went over a raw socket, byte by byte, which only a run can judge"
_UNANSWERED = "got no answer"
_CREDENTIALS = "was sent with other credentials than the right ones on purpose, which only a run can judge"


def is_event_stream(beginning: bytes) -> bool:
    """Tell whether a file begins as an event stream does."""
    return b'"event"' in beginning[:_BEGINNING] and b'"log"' not in beginning[:_BEGINNING]


def read_events(file: BinaryIO) -> Iterator[Recorded | Unusable]:
    """Yield the exchanges of an event stream.

    Raises:
        BrokenRecordingError: it cannot be read any further, or ends before its run did.
    """
    base, number = "", 0
    is_whole = False
    for line_number, line in enumerate(iter(lambda: file.readline(_LONGEST), b""), 1):
        try:
            event = json.loads(line)
            kind = event["event"]
            if kind == "started":
                base = str(event["target"]["url"])
            elif kind == "exchange":
                number += 1
                yield _exchange(number, base, event)
            is_whole = kind == "finished"
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise BrokenRecordingError(f"line {line_number} is no event: it cannot be read from there on") from None
    if not is_whole:
        raise BrokenRecordingError("it ends before its run did")


def _exchange(number: int, base: str, event: Mapping[str, Any]) -> Recorded | Unusable:
    request, answer = event["request"], event["answer"]
    if "octets" in request:
        return Unusable(number, _OF_BYTES)
    if answer is None:
        return Unusable(number, _UNANSWERED)
    template = request["authorization"]
    if template is not None and not any(word in template for word in _RIGHT):
        return Unusable(number, _CREDENTIALS)
    body, answered = _body(request["body"]), None if answer["cut"] else _body(answer["body"])
    return Recorded(
        number=number,
        method=str(request["method"]),
        url=base + str(request["path"]),
        headers=_fields(request["headers"]),
        body=body,
        is_exact=body is not None,
        status=int(answer["status"]),
        answer_headers=_fields(answer["headers"]),
        answer_body=answered,
        is_answer_exact=True,
        started=moment(event.get("at")),
        elapsed=float(event["seconds"]),
    )


def _fields(pairs: Any) -> RecordedFields:
    return tuple((str(name), str(value)) for name, value in pairs)


def _body(data: Mapping[str, Any]) -> bytes | None:
    if data.get("cut"):
        return None
    if "text" in data:
        return str(data["text"]).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(data["base64"], validate=True)
    except binascii.Error:
        return None
