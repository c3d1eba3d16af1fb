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

from conformance.reports.formats import Material

__all__ = ["write"]

_REQUEST_LINE = re.compile(
    r"(?P<method>[!#$%&'*+\-.^_`|~0-9A-Za-z]+) (?P<target>[\x21-\x7e]+) (?P<version>HTTP/1\.[01])"
)
_FIELD = re.compile(r"(?P<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(?P<value>[^\r\n]*)")
_HTTP = "HTTP/1.1"
_BASE64 = "base64"


def write(material: Material, stream: TextIO) -> None:
    """Write the exchanges of a run in the order in which they ended, a repeated one twice.

    Raises:
        ValueError: there is no event stream to write them from.
    """
    if material.events is None:
        raise ValueError("HAR is written from an event stream")
    report, base = material.report, material.report.target["url"]
    held = left_out = 0
    for event in _exchanges(material.events):
        is_held = _request(event, base) is not None
        held += is_held * len(_attempts(event))
        left_out += not is_held
    comment = f"{held} of {report.ledger['requests']} requests; {left_out} over raw sockets are more than HAR can hold"
    creator = Creator(name=report.tool["name"], version=report.tool["version"])
    with HarFile(stream, creator=creator, comment=comment) as har:
        for event in _exchanges(material.events):
            request = _request(event, base)
            if request is not None:
                for attempt in _attempts(event):
                    _add(har, event["probe"], request, attempt)
    stream.write("\n")


def _attempts(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [attempt for attempt in (event["earlier"], event) if attempt is not None]


def _exchanges(events: Path) -> Iterator[dict[str, Any]]:
    """Yield the exchanges of a stream; one that was cut off ends where it was cut."""
    with events.open(encoding="utf-8", newline="\n") as stream:
        for line in stream:
            try:
                event = json.loads(line)
            except ValueError:
                return
            if event["event"] == "exchange":
                yield event


def _add(har: HarFile, probe: str, request: Request, attempt: Mapping[str, Any]) -> None:
    milliseconds = round(attempt["seconds"] * 1000, 3)
    har.add_entry(
        startedDateTime=attempt["at"],
        time=milliseconds,
        request=request,
        response=_response(attempt),
        timings=Timings(send=0, wait=milliseconds, receive=0),
        comment=probe,
    )


def _request(event: Mapping[str, Any], base: str) -> Request | None:
    """Return what was sent; None where HAR cannot hold it."""
    sent, body = event["as_sent"], event["request"]["body"]
    if "url" in sent:
        return _made(event["request"]["method"], sent["url"], _HTTP, sent["headers"], body)
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
        posted = PostData(mimeType=kind, text=text, comment=f"in {encoding}" if encoding else None)
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
        _HTTP,
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
