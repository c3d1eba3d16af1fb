"""HAR 1.2: every exchange of a run, read from its event stream, in which no token stands.

HAR has no place for what some exchanges over raw sockets are about, such as a request line that is none: these are
left out, and counted in the comment of the log. It has none for a request's body that is no text either: that one
stands in base64, and its comment says so.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, urljoin, urlsplit

from harfile import Content, Creator, HarFile, PostData, Record, Request, Response, Timings

from conformance.errors import UsageError
from conformance.reports.formats import Material
from conformance.reports.report import Report

__all__ = ["write"]

_REQUEST_LINE = re.compile(
    r"(?P<method>[!#$%&'*+\-.^_`|~0-9A-Za-z]+) (?P<target>[\x21-\x7e]+) (?P<version>HTTP/1\.[01])"
)
_FIELD = re.compile(r"(?P<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?P<value>[^\r\n]*)")
_BASE64 = "base64"


def write(material: Material, stream: TextIO) -> None:
    """Write the exchanges of a run in the order in which they began, a repeated one twice.

    Raises:
        UsageError: there is no event stream to write them from, or it is another's.
    """
    if material.events is None:
        raise UsageError("HAR is written from an event stream")
    try:
        _write(material.report, material.events, stream)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        place, number = material.events, material.report.format
        raise UsageError(f"{place}: holds an exchange that is none of format {number}") from error


def _write(report: Report, events: Path, stream: TextIO) -> None:
    base = report.target["url"]
    places: list[tuple[str, float, int]] = []  # of each exchange in the stream, which may not fit into memory
    left_out = 0
    for offset, event in _exchanges(events):
        if _request(event, base) is None:
            left_out += 1
        else:
            places.append((event["at"], event["started"], offset))
    total = report.ledger["requests"]
    comment = f"{len(places)} of {total} requests; {left_out} over raw sockets are more than HAR can hold"
    creator = Creator(name=report.tool["name"], version=report.tool["version"])
    with HarFile(stream, creator=creator, comment=comment) as har, events.open("rb") as source:
        for _, _, offset in sorted(places):
            source.seek(offset)
            event = json.loads(source.readline())
            request = _request(event, base)
            if request is not None:
                _add(har, request, event)
    stream.write("\n")


def _exchanges(events: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the exchanges of a stream, each with its place; one that was cut off ends where it was cut."""
    offset = 0
    with events.open("rb") as stream:
        for line in stream:
            try:
                event = json.loads(line)
            except ValueError:
                return
            if event["event"] == "exchange":
                yield offset, event
            offset += len(line)


def _add(har: HarFile, request: Request, event: Mapping[str, Any]) -> None:
    milliseconds = round(event["seconds"] * 1000, 3)
    har.add_entry(
        startedDateTime=event["at"],
        time=milliseconds,
        request=request,
        response=_response(event),
        timings=Timings(send=0, wait=milliseconds, receive=0),
        comment=event["probe"],
    )


def _request(event: Mapping[str, Any], base: str) -> Request | None:
    """Return what was sent; None where HAR cannot hold it."""
    sent, body = event["as_sent"], event["request"]["body"]
    if "url" in sent:
        return _made(event["request"]["method"], sent["url"], event["protocol"], sent["headers"], body)
    head, _, _ = sent["head"].partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    line, fields = _REQUEST_LINE.fullmatch(first), [_FIELD.fullmatch(line) for line in lines]
    if line is None:
        return None
    headers = [[field["name"], field["value"]] for field in fields if field is not None]
    if len(headers) < len(fields):
        return None
    return _made(line["method"], urljoin(base, line["target"]), line["version"], headers, event["request"]["octets"])


def _made(method: str, url: str, version: str, headers: list[list[str]], body: Mapping[str, Any]) -> Request:
    size, text, encoding = _content(body)
    posted = None
    if size:
        kind = _first(headers, "content-type")
        said = [*(["its beginning"] if "cut" in body else []), *([f"in {encoding}"] if encoding else [])]
        posted = PostData(mimeType=kind, text=text, comment=", ".join(said) or None)
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    records = [Record(name, value) for name, value in headers]
    asked = [Record(name, value) for name, value in query]
    return Request(method, url, version, headers=records, queryString=asked, postData=posted, bodySize=size)


def _response(attempt: Mapping[str, Any]) -> Response:
    """Return what came back; the status is 0 where nothing did, as browsers have it."""
    answer = attempt["answer"]
    if answer is None:
        return Response(0, "", "", comment=attempt["detail"])
    size, text, encoding = _content(answer["body"])
    kind = _first(answer["headers"], "content-type")
    is_cut = answer["cut"] or "cut" in answer["body"]
    content = Content(size, mimeType=kind, text=text, encoding=encoding, comment="its beginning" if is_cut else None)
    return Response(
        answer["status"],
        _phrase(answer["status"]),
        attempt["protocol"],
        headers=[Record(name, value) for name, value in answer["headers"]],
        content=content,
        redirectURL=_first(answer["headers"], "location"),
        bodySize=size,
    )


def _content(body: Mapping[str, Any]) -> tuple[int, str, str | None]:
    """Return the size of a body, its text, and the text's encoding where it is no plain one."""
    if "text" in body:
        return len(body["text"].encode("utf-8", "surrogatepass")), body["text"], None
    return body.get("size", len(base64.b64decode(body[_BASE64]))), body[_BASE64], _BASE64


def _first(headers: list[list[str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
