"""HAR 1.2: every exchange with its bytes, for other tools to load, and no token in any of them."""

from __future__ import annotations

import base64
import json
from asyncio import StreamReader, StreamWriter
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from haralyzer import HarParser

from conformance.contract import Contract
from conformance.errors import ExitCode
from tests.suite.rendered import Rendered
from tests.suite.runs import command
from tests.suite.servers import listening

_TEXT: dict[str, Any] = {"type": "string"}
_SIZE: dict[str, Any] = {"type": "integer", "minimum": -1}


def _object(needed: dict[str, Any], **more: Any) -> dict[str, Any]:
    allowed = {**needed, **more, "comment": _TEXT}
    return {"type": "object", "required": list(needed), "properties": allowed, "additionalProperties": False}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


# HAR 1.2 as its specification has it: what must be there, of which type, and what else may be.
_PAIRS = _list(_object({"name": _TEXT, "value": _TEXT}))
_MILLISECONDS = {"type": "number", "minimum": 0}
_TIMINGS = {key: {"type": "number", "minimum": -1} for key in ("blocked", "dns", "connect", "ssl")}
_MESSAGE = {"httpVersion": _TEXT, "cookies": _PAIRS, "headers": _PAIRS, "headersSize": _SIZE, "bodySize": _SIZE}
_REQUEST = _object(
    {"method": _TEXT, "url": {"type": "string", "pattern": "^https?://"}, "queryString": _PAIRS, **_MESSAGE},
    postData=_object({"mimeType": _TEXT, "text": _TEXT}),
)
_CONTENT = _object({"size": _SIZE, "mimeType": _TEXT}, text=_TEXT, encoding={"const": "base64"})
_RESPONSE = _object(
    {"status": {"type": "integer"}, "statusText": _TEXT, "redirectURL": _TEXT, "content": _CONTENT, **_MESSAGE}
)
_ENTRY = _object(
    {
        "startedDateTime": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"},
        "time": _MILLISECONDS,
        "request": _REQUEST,
        "response": _RESPONSE,
        "cache": {"type": "object", "maxProperties": 0},
        "timings": _object(dict.fromkeys(("send", "wait", "receive"), _MILLISECONDS), **_TIMINGS),
    }
)
_NAMED = _object({"name": _TEXT, "version": _TEXT})
_HAR = _object(
    {"log": _object({"version": {"const": "1.2"}, "creator": _NAMED, "entries": _list(_ENTRY)}, browser=_NAMED)}
)


def _entries(made: Rendered) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(made.text("traffic.har"))["log"]["entries"]
    return entries


def _attempts(made: Rendered) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Each exchange with each of its attempts, in the order in which they began."""
    found = [(one, one) for one in made.exchanges]
    return sorted(found, key=lambda pair: (pair[1]["at"], pair[1]["started"]))


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_it_is_har(name: str, request: pytest.FixtureRequest) -> None:
    """It keeps the specification's structure, whatever was answered."""
    made: Rendered = request.getfixturevalue(name)
    jsonschema_rs.validate(_HAR, json.loads(made.text("traffic.har")))


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_another_tool_reads_it(name: str, request: pytest.FixtureRequest) -> None:
    """A library that others wrote loads it, and sees the requests and the times that the run saw."""
    made: Rendered = request.getfixturevalue(name)
    parsed = HarParser(json.loads(made.text("traffic.har")))
    assert parsed.creator == {key: made.report["tool"][key] for key in ("name", "version")}
    (page,) = parsed.pages  # what belongs to no page stands on one of its own
    assert [(one.request.method, one.request.url, one.response.status) for one in page.entries] == [
        (one["request"]["method"], one["request"]["url"], one["response"]["status"]) for one in _entries(made)
    ]
    assert len(page.entries) > 100


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_every_exchange_is_there(name: str, request: pytest.FixtureRequest) -> None:
    """All exchanges of the stream stand in it, repetitions too; what HAR cannot hold is counted, and nothing else."""
    made: Rendered = request.getfixturevalue(name)
    log = json.loads(made.text("traffic.har"))["log"]
    held, _, rest = log["comment"].partition(" of ")
    requests, left_out = rest.split(" ")[0], rest.partition("; ")[2].split(" ")[0]
    assert int(held) == len(log["entries"])
    assert int(requests) == made.report["ledger"]["requests"]
    assert len(log["entries"]) + int(left_out) == len(_attempts(made))
    assert int(left_out) < 5
    assert len({one["probe"] for one in made.exchanges}) < len(made.exchanges) or name == "spiteful"
    probes = [one["probe"] for one, _ in _attempts(made)]
    assert [probe for probe in probes if probe in {entry["comment"] for entry in log["entries"]}] == [
        entry["comment"] for entry in log["entries"]
    ]


def _bytes(body: dict[str, Any]) -> bytes:
    return body["text"].encode() if "text" in body else base64.b64decode(body["base64"])


@pytest.mark.parametrize("name", ["faulty", "spiteful"])
def test_an_entry_says_what_its_exchange_says(name: str, request: pytest.FixtureRequest) -> None:
    """Method, address, status, headers, bodies and times are those of the exchange, to the byte."""
    made: Rendered = request.getfixturevalue(name)
    kept = {entry["comment"] for entry in _entries(made)}
    attempts = [(one, attempt) for one, attempt in _attempts(made) if one["probe"] in kept]
    coded = 0
    for entry, (exchange, attempt) in zip(_entries(made), attempts, strict=True):
        sent, came, answer = entry["request"], entry["response"], attempt["answer"]
        assert entry["startedDateTime"] == attempt["at"]
        assert entry["time"] == pytest.approx(attempt["seconds"] * 1000, abs=0.001)
        assert entry["time"] == sum(entry["timings"][name] for name in ("send", "wait", "receive"))
        assert sent["url"].startswith(made.report["target"]["url"])
        if "head" not in exchange["request"]:
            assert sent["method"] == exchange["request"]["method"]
            assert _posted(sent) == _bytes(exchange["request"]["body"])
        assert came["status"] == (answer["status"] if answer else 0)
        if answer is not None:
            content = came["content"]
            data = base64.b64decode(content["text"]) if "encoding" in content else content["text"].encode()
            assert data == _bytes(answer["body"])
            assert content["size"] == len(data)
            assert [[one["name"], one["value"]] for one in came["headers"]] == answer["headers"]
            coded += "encoding" in content
    assert coded or name == "faulty"


def _posted(sent: dict[str, Any]) -> bytes:
    posted = sent.get("postData")
    if posted is None:
        return b""
    text: str = posted["text"]
    return base64.b64decode(text) if "base64" in posted.get("comment", "") else text.encode()


def test_credentials_are_words(faulty: Rendered) -> None:
    """Who reads it sees that a token was sent, and in which form, and never the token."""
    values = {
        one["value"]
        for entry in _entries(faulty)
        for one in entry["request"]["headers"]
        if one["name"] == "Authorization"
    }
    assert "Bearer [token]" in values
    assert any("[token, " in value for value in values)


def test_what_was_not_answered_has_no_status(small: Contract, tmp_path: Path) -> None:
    """A request without an answer stands in the file with the status 0, as browsers have it, and says why."""

    async def handle(reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"authorization" not in head.lower():
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()

    path = tmp_path / "t.har"
    with listening(handle) as peer:
        options = ("--contract", small.path, "--max-creates", 0, "--timeout", 1, "--report-har", path)
        command("run", "--url", peer.url, *options)
    entries = json.loads(path.read_text(encoding="utf-8"))["log"]["entries"]
    silent = [entry["response"] for entry in entries if entry["response"]["status"] == 0]
    assert silent
    assert all(response["comment"] for response in silent)
    jsonschema_rs.validate(_HAR, json.loads(path.read_text(encoding="utf-8")))


def test_an_event_that_is_none_is_told(faulty: Rendered, tmp_path: Path) -> None:
    """A stream that somebody has spoilt is refused by its name, and nothing is made of it."""
    events = tmp_path / "events.jsonl"
    lines = faulty.text("events.jsonl").split("\n")
    events.write_text("\n".join([lines[0], '{"event": "exchange", "probe": 1}', *lines[2:]]), encoding="utf-8")
    said = command("report", events, "--report-har", tmp_path / "t.har", "--report-json", tmp_path / "r.json")
    assert said.code == ExitCode.USAGE
    assert str(events) in said.sentence
    assert {path.name for path in tmp_path.iterdir()} == {"events.jsonl"}
