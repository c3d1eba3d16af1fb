"""Recordings of real exchanges, as browsers and proxies write them: each with the ways of its own."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from attrs import field, frozen

from conformance.bodies.multipart import read
from conformance.bodies.troubles import MalformedBody
from conformance.campaign import Options, plan
from conformance.contract import Contract
from conformance.engine.head import head
from conformance.engine.probe import Probe
from conformance.engine.target import target
from tests.suite.runs import ENV, TOKEN, Said

Json = dict[str, Any]
Shape = Callable[["Traffic"], Json]
Replayed = Callable[..., tuple[Said, Json]]
"""Replays a file, or entries; returns how the command ended, and the report."""


@frozen
class Traffic:
    """One request as it was sent, and the answer as it came."""

    request: httpx.Request = field(repr=False)
    response: httpx.Response = field(repr=False)
    started: float
    elapsed: float

    @property
    def sent(self) -> bytes:
        return self.request.content

    @property
    def came(self) -> bytes:
        return self.response.content


def probes(contract: Contract) -> list[Probe]:
    """What a run would send, free and not, but for raw sockets: the traffic of a long day."""
    return [probe for probe in plan(contract, Options(40)) if probe.wire is None and not probe.request.filler]


def carried_out(url: str, planned: Iterable[Probe]) -> list[Traffic]:
    """Send requests one after the other."""
    under_test, made = target(url, TOKEN, ENV), []
    with httpx.Client(trust_env=False) as client:
        client.headers.clear()
        for probe in planned:
            path, headers = head(under_test, probe.request)
            request = client.build_request(
                probe.request.method, under_test.address(path), headers=headers, content=probe.request.body
            )
            started, clock = time.time(), time.monotonic()
            try:
                response = client.send(request)
            except httpx.TransportError:
                continue  # a recording has nothing to say of it
            made.append(Traffic(request, response, started, time.monotonic() - clock))
    return made


def chrome(one: Traffic) -> Json:
    """HTTP/2 names, small letters, text for bytes, members with an underscore, form parameters beside the text."""
    parts = urlsplit(str(one.request.url))
    pseudo = {":authority": parts.netloc, ":method": one.request.method, ":path": parts.path, ":scheme": parts.scheme}
    entry = _entry(one, _pairs([*pseudo.items(), *_headers(one.request.headers, lower=True)]))
    entry |= {"_initiator": {"type": "script"}, "_priority": "High", "_resourceType": "fetch", "connection": "443"}
    if one.sent:
        entry["request"]["postData"] = {
            "mimeType": one.request.headers.get("content-type", ""),
            "text": _withheld(one).decode("utf-8", "replace"),
            "params": [],
        }
    entry["response"] |= {"bodySize": -1, "_transferSize": 321}
    entry["response"]["headers"] = _pairs(_headers(one.response.headers, lower=True))
    return entry


def firefox(one: Traffic) -> Json:
    """Numbers for sizes that are none, and bodies that are decoded beside a header that says how they were coded."""
    entry = _entry(one, _pairs(_headers(one.request.headers)))
    if one.sent:
        kind = one.request.headers.get("content-type", "")
        entry["request"]["postData"] = {"mimeType": kind, "params": [], "text": one.sent.decode("utf-8", "replace")}
    entry["response"]["headers"] = _pairs([*_headers(one.response.headers), ("Content-Encoding", "br")])
    entry["response"]["content"]["size"] = -1
    entry["time"] = round(one.elapsed * 1000)
    return entry


def mitmproxy(one: Traffic) -> Json:
    """Base64 for what is no text, compression told apart, form parameters, times to the microsecond."""
    entry = _entry(one, _pairs(_headers(one.request.headers)))
    entry["request"]["cookies"] = []
    if one.sent:
        kind = one.request.headers.get("content-type", "")
        entry["request"]["postData"] = {"mimeType": kind, "text": one.sent.decode("utf-8", "surrogateescape")}
        entry["request"]["postData"]["text"] = one.sent.decode("utf-8", "replace")
        entry["request"]["postData"]["params"] = _params(one)
    if one.came:
        entry["response"]["content"] |= {"text": base64.b64encode(one.came).decode(), "encoding": "base64"}
        entry["response"]["content"]["compression"] = 0
    entry["serverIPAddress"] = "127.0.0.1"
    return entry


def parameters_only(one: Traffic) -> Json:
    """What sanitized exports leave: forms as parameters without their text, and no credentials."""
    entry = _entry(one, _pairs(_headers(one.request.headers, without=("authorization", "cookie"))))
    params = _params(one)
    if params:
        kind = one.request.headers.get("content-type", "")
        entry["request"]["postData"] = {"mimeType": kind, "params": params}
    return entry


def har(entries: Sequence[Any], **more: Any) -> Json:
    creator = {"name": "test", "version": "1"}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], **more, "entries": list(entries)}}


def written_har(path: Path, traffic: Iterable[Traffic], shape: Shape) -> Path:
    path.write_text(json.dumps(har([shape(one) for one in traffic])), encoding="utf-8")
    return path


def _entry(one: Traffic, headers: list[Json]) -> Json:
    query = parse_qsl(urlsplit(str(one.request.url)).query, keep_blank_values=True)
    kind = one.response.headers.get("content-type", "")
    content: Json = {"size": len(one.came), "mimeType": kind}
    if one.came:
        content["text"] = one.came.decode("utf-8", "replace")
    return {
        "startedDateTime": datetime.fromtimestamp(one.started, UTC).isoformat().replace("+00:00", "Z"),
        "time": one.elapsed * 1000,
        "request": {
            "method": one.request.method,
            "url": str(one.request.url),
            "httpVersion": "HTTP/1.1",
            "headers": headers,
            "queryString": _pairs(query),
            "cookies": [],
            "headersSize": -1,
            "bodySize": len(one.sent),
        },
        "response": {
            "status": one.response.status_code,
            "statusText": one.response.reason_phrase,
            "httpVersion": "HTTP/1.1",
            "headers": _pairs(_headers(one.response.headers)),
            "cookies": [],
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(one.came),
        },
        "cache": {},
        "timings": {"blocked": -1, "dns": -1, "connect": -1, "send": 0, "wait": one.elapsed * 1000, "receive": 0},
    }


def _headers(headers: httpx.Headers, *, lower: bool = False, without: Sequence[str] = ()) -> list[tuple[str, str]]:
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw]
    return [(name.lower() if lower else name, value) for name, value in pairs if name.lower() not in without]


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Json]:
    return [{"name": name, "value": value} for name, value in pairs]


def _parts(one: Traffic) -> tuple[Any, ...]:
    try:
        return read(one.request.headers.get("content-type"), one.sent)
    except MalformedBody:
        return ()


def _params(one: Traffic) -> list[Json]:
    found = []
    for part in _parts(one):
        param: Json = {"name": part.name}
        if part.filename is None:
            param["value"] = part.value.decode("utf-8", "replace")
        else:
            param["fileName"] = part.filename
        if part.content_type is not None:
            param["contentType"] = part.content_type
        found.append(param)
    return found


def _withheld(one: Traffic) -> bytes:
    """Leave out the bytes of files: a browser does not show them."""
    body = one.sent
    for part in _parts(one):
        if part.filename is not None and part.value:
            body = body.replace(part.value, b"")
    return body


def failed(report: Json) -> set[str]:
    return {line["id"] for line in report["verdicts"] if line["verdict"] == "fail"}


def verdict(report: Json, requirement: str) -> Json:
    found: Json = next(line for line in report["verdicts"] if line["id"] == requirement)
    return found


def creates(small: Contract, entries: list[Json]) -> list[Json]:
    """The entries that were accepted."""
    path = small.billable[0].path
    return [one for one in entries if one["response"]["status"] < 300 and one["request"]["url"].endswith(path)]
