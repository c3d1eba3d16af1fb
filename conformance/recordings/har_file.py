"""Reads HAR 1.2, entry by entry, as browsers, proxies and Schemathesis write it; each of them has ways of its own.

What is in the standard and what is in the world differ: bodies in base64 without a word, forms as parameters without
their text, sizes of -1, names that HTTP/2 has for the request line, bodies that are decoded beside a header that says
how they were coded, statuses of 0 where there was no answer.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote_plus

from attrs import frozen

from conformance.bodies.codecs import essence
from conformance.bodies.multipart import Framing, encode
from conformance.bodies.part import Part
from conformance.bodies.requests import content_type_of
from conformance.contract import FORM
from conformance.recordings.cut_strings import CutStrings
from conformance.recordings.recorded import BrokenRecordingError, Recorded, RecordedFields, Unusable, moment

__all__ = ["read_har"]

_LONGEST = 8 * 1024 * 1024  # bytes of one string
_REPLACED = "\ufffd"  # stands where bytes were no text
_BASE64 = "base64"
_URLENCODED = "application/x-www-form-urlencoded"
_NO_ANSWER = "no answer was recorded: it was aborted or blocked, or came to nothing"
_MISSHAPEN = "is no entry of a HAR"
_CACHED = "was answered from a cache, not by the server"


def read_har(file: BinaryIO) -> Iterator[Recorded | Unusable]:
    """Yield the entries of a HAR, none of them held longer than it takes to look at it.

    Raises:
        BrokenRecordingError: it cannot be read any further.
    """
    import ijson  # noqa: PLC0415 - of use only here

    source = CutStrings(file, _LONGEST)
    number = 0
    try:
        for entry in ijson.items(source, "log.entries.item", use_float=True):
            number += 1
            yield _Entry(number, entry, source.mark).read()
    except (ijson.JSONError, ValueError, OverflowError, RecursionError) as error:
        # Only the first line of what is wrong: the others show what stands there.
        reason = (str(error).splitlines() or [type(error).__name__])[0].strip().rstrip(".")
        where = f"behind entry {number}" if number else "in front of its first entry"
        raise BrokenRecordingError(
            f"it cannot be read {where}, at byte {source.at} or shortly before: {reason}"
        ) from None


_Members = Mapping[str, Any]


@frozen
class _Entry:
    """One entry as it stands in the file.

    Attributes:
        mark: ends a text that was cut.
    """

    number: int
    data: Any
    mark: str

    def read(self) -> Recorded | Unusable:
        """Return what it says."""
        request, response = _member(self.data, "request"), _member(self.data, "response")
        method, url, status = request.get("method"), request.get("url"), response.get("status")
        if not isinstance(method, str) or not isinstance(url, str):
            return Unusable(self.number, _MISSHAPEN)
        if not isinstance(status, int) or status < 100:
            return Unusable(self.number, _NO_ANSWER)
        if status == 304 or self.data.get("_fromCache"):
            return Unusable(self.number, _CACHED)
        headers = _fields(request.get("headers"))
        posted = _member(request, "postData")
        if content_type_of(headers) is None and isinstance(posted.get("mimeType"), str) and posted["mimeType"]:
            headers = (*headers, ("Content-Type", posted["mimeType"]))
        body, is_exact = self._sent(request, posted, headers)
        if body is not None and not posted.get("text") and body:
            headers = _announcing(headers)
        answered, is_answer_exact = self._answered(response)
        return Recorded(
            number=self.number,
            method=method.upper(),
            url=url,
            headers=headers,
            body=body,
            is_exact=is_exact,
            status=status,
            answer_headers=_fields(response.get("headers")),
            answer_body=answered,
            is_answer_exact=is_answer_exact,
            started=moment(self.data.get("startedDateTime")),
            elapsed=_seconds(self.data.get("time")),
        )

    def _sent(
        self, request: Mapping[str, Any], posted: Mapping[str, Any], headers: RecordedFields
    ) -> tuple[bytes | None, bool]:
        """Return the body of the request, and whether it is so to the byte."""
        length = _length(headers)
        size = request.get("bodySize")
        text = posted.get("text")
        if any(name.lower() == "content-encoding" and value.lower() != "identity" for name, value in headers):
            return None, False  # nobody says whether it is decoded
        if isinstance(text, str) and text and not text.endswith(self.mark):
            return _written(text, posted, headers, {length, size} - {None, -1})
        if posted.get("params"):
            return _composed(posted["params"], content_type_of(headers)), False
        if posted or length or (isinstance(size, int) and size > 0) or _is_chunked(headers):
            return None, False
        return b"", True

    def _answered(self, response: Mapping[str, Any]) -> tuple[bytes | None, bool]:
        """Return the body of the answer, and whether it is so to the byte."""
        content = _member(response, "content")
        text, size = content.get("text"), content.get("size")
        if isinstance(text, str) and text:
            if text.endswith(self.mark):
                return None, False
            if str(content.get("encoding", "")).lower() == _BASE64:
                return _decoded(text), True
            return text.encode("utf-8", "replace"), False
        return (b"", True) if size == 0 or (size is None and text == "") else (None, False)


def _member(data: Any, name: str) -> Mapping[str, Any]:
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _fields(records: Any) -> RecordedFields:
    """Return header fields; the names that HTTP/2 has for the request line are none, and some browsers join several."""
    found = []
    for record in records if isinstance(records, list) else ():
        name, value = (_member({"it": record}, "it").get(key) for key in ("name", "value"))
        if isinstance(name, str) and isinstance(value, str) and name and not name.startswith(":"):
            found += [(name, line) for line in value.split("\n")]
    return tuple(found)


def _announcing(headers: RecordedFields) -> RecordedFields:
    """Announce a form that was composed anew: its boundary is another one than the form had that was sent."""
    given = content_type_of(headers)
    if essence(given) != FORM:
        return headers
    others = tuple(header for header in headers if header[0].lower() != "content-type")
    return (*others, ("Content-Type", Framing().content_type))


def _written(
    text: str, posted: Mapping[str, Any], headers: RecordedFields, sizes: set[Any]
) -> tuple[bytes | None, bool]:
    """Return the bytes of a text; some tools write base64, and do not always say so."""
    given = content_type_of(headers)
    told = _BASE64 in (str(posted.get("encoding", "")).lower(), str(posted.get("comment", "")).removeprefix("in "))
    is_form = essence(given) == FORM
    if told or (is_form and not text.lstrip().startswith("--")):
        data = _decoded(text)
        if data is not None and (told or data.lstrip().startswith(b"--")):
            return data, True
    data = text.encode("utf-8", "replace")
    if _REPLACED in text or (sizes and len(data) not in sizes):
        return data, False
    return data, bool(sizes) or not is_form


def _composed(params: Any, content_type: str | None) -> bytes | None:
    """Write a form from its parameters, where nothing but those was recorded."""
    records = [_member({"it": record}, "it") for record in params] if isinstance(params, list) else []
    pairs = [(str(record.get("name") or ""), record) for record in records]
    if essence(content_type) == _URLENCODED:
        # Browsers differ in whether these are decoded; what cannot be told apart is taken as it stands.
        return "&".join(f"{quote_plus(name)}={quote_plus(str(r.get('value') or ''))}" for name, r in pairs).encode()
    if essence(content_type) != FORM:
        return None
    return encode([_part(name, record) for name, record in pairs], Framing())


def _part(name: str, record: Mapping[str, Any]) -> Part:
    file, kind = record.get("fileName"), record.get("contentType")
    return Part(
        name,
        str(record.get("value") or "").encode("utf-8", "replace"),
        str(file) if file else None,
        str(kind) if kind else None,
    )


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _length(headers: RecordedFields) -> int | None:
    given = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(given) if given.isascii() and given.isdigit() else None


def _is_chunked(headers: RecordedFields) -> bool:
    return any(name.lower() == "transfer-encoding" for name, _ in headers)


def _seconds(milliseconds: Any) -> float | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)) or not milliseconds > 0:
        return None
    return milliseconds / 1000 if milliseconds < 1e9 else None
