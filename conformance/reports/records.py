"""Answers as lines of the event stream, written without secrets and read back to be judged again."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from attrs import asdict

from conformance.engine.exchange import Answer, Exchange, Silence
from conformance.engine.head import in_words, shown_head, users_in_words
from conformance.engine.heard import Heard
from conformance.engine.jobs import MadeJob, job_made_by
from conformance.engine.journal import digest
from conformance.engine.probe import PreparedRequest, Probe
from conformance.engine.raw_socket import as_written
from conformance.engine.recording import RecordedAnswer, RecordedConnection, RecordedLook
from conformance.engine.target import Target
from conformance.reports.heading import moment

__all__ = [
    "answer_of",
    "connection_line",
    "connection_of",
    "exchange_line",
    "exchange_of",
    "look_line",
    "look_of",
]

_LONGEST = 64 * 1024  # of a request, which is made again and known by its digest; answers are kept whole


def exchange_line(target: Target, exchange: Exchange, *, price: str | None, is_booked: bool) -> dict[str, Any]:
    """Return what came of one request.

    Args:
        target: whose secrets are taken out.
        exchange: as it came.
        price: what the request costs at worst, where prices are known.
        is_booked: it counts as a create, or as a possible one.
    """
    probe, answer = exchange.probe, exchange.answer
    job = job_made_by(exchange) if is_booked else None
    return {
        "event": "exchange",
        "probe": probe.id,
        "expect": probe.expect.value,
        "cost": probe.cost.value,
        "outcome": exchange.outcome.value,
        "protocol": exchange.protocol,
        "at": moment(datetime.fromtimestamp(exchange.wall, UTC)),
        "time": exchange.wall,
        "started": exchange.started,
        "seconds": exchange.elapsed,
        "reused": exchange.reused,
        "request": {**_request(probe), "digest": digest(probe)},
        "as_sent": _as_sent(target, probe),
        "answer": None if answer is None else _answer(target, answer),
        "silence": exchange.silence and exchange.silence.name,
        "detail": target.redact(exchange.detail),
        "leaks": [target.redact(place) for place in exchange.leaks],
        "counts": is_booked,
        "price": price if is_booked else None,
        "job": job and {**asdict(job), "id": target.redact(job.id)},
    }


def exchange_of(line: Mapping[str, Any], asked: int) -> RecordedAnswer | None:
    """Read back what came of one request; None where it could not be kept as it came.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    if line["answer"] is not None and line["answer"].get("withheld"):
        return None
    return RecordedAnswer(
        line["probe"],
        asked,
        line["request"]["digest"],
        None if line["answer"] is None else answer_of(line["answer"]),
        None if line["silence"] is None else Silence[line["silence"]],
        line["detail"],
        line["started"],
        line["seconds"],
        line["time"],
        tuple(line["leaks"]),
        line["reused"],
        line["protocol"],
        Decimal(line["price"] or 0) if line["counts"] else None,
        None if line["job"] is None else MadeJob(**line["job"]),
    )


def look_line(target: Target, url: str, found: Answer | Exception, now: float) -> dict[str, Any]:
    """Return what an address showed."""
    is_answer = isinstance(found, Answer)
    return {
        "event": "look",
        "url": url,
        "answer": _answer(target, found) if isinstance(found, Answer) else None,
        "error": "" if is_answer else type(found).__name__,
        "detail": "" if is_answer else target.redact(str(found)),
        "until": now,
    }


def look_of(line: Mapping[str, Any], asked: int) -> RecordedLook | None:
    """Read back what an address showed; None where it could not be kept.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    answer = line["answer"]
    if answer is not None and answer.get("withheld"):
        return None
    found = None if answer is None else answer_of(answer)
    return RecordedLook(line["url"], asked, found, line["error"], line["detail"], line["until"])


def connection_line(target: Target, heard: Heard, probes: Sequence[Probe]) -> dict[str, Any]:
    """Return all that came over a raw connection."""
    octets = target.masked(heard.octets)
    return {
        "event": "connection",
        "probes": [probe.id for probe in probes],
        "digests": [digest(probe) for probe in probes],
        "octets": None if octets is None else _body(octets, len(octets)),
        "closed": heard.closed,
        "quiet": heard.quiet,
        "early": heard.early,
        "silence": heard.silence.name,
        "detail": target.redact(heard.detail),
        "started": heard.started,
        "seconds": heard.elapsed,
        "time": heard.wall,
        "held_back": heard.held_back,
    }


def connection_of(line: Mapping[str, Any], asked: int) -> RecordedConnection | None:
    """Read back what came over a raw connection; None where it could not be kept, or nothing was sent.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    if line["octets"] is None or not line["probes"]:
        return None
    heard = Heard(
        len(line["probes"]),
        _bytes(line["octets"]),
        line["closed"],
        line["quiet"],
        line["early"],
        Silence[line["silence"]],
        line["detail"],
        line["started"],
        line["seconds"],
        line["time"],
        line["held_back"],
    )
    return RecordedConnection(tuple(line["probes"]), tuple(line["digests"]), asked, heard)


def answer_of(data: Mapping[str, Any]) -> Answer:
    """Read an answer back.

    Raises:
        KeyError, TypeError, ValueError: it is something else.
    """
    headers = tuple((name, value) for name, value in data["headers"])
    return Answer(data["status"], headers, _bytes(data["body"]), data["cut"])


def _as_sent(target: Target, probe: Probe) -> dict[str, Any]:
    """Return where a request went and its head, with a word in the place of the token; the bytes of a raw one."""
    if probe.wire is None:
        path, headers = shown_head(target, probe.request)
        return {"url": target.address(path), "headers": [list(header) for header in headers]}
    head, _ = as_written(target, probe, in_words(probe.request.credentials), users_in_words(target))
    return {"head": target.redact(head.decode("latin-1"))}


def _request(probe: Probe) -> dict[str, Any]:
    request: PreparedRequest = probe.request
    return {
        "method": request.method,
        "path": request.path,
        "headers": [list(header) for header in request.headers],
        "authorization": request.credentials.template,
        "body": _body(request.body),
        **({} if probe.wire is None else {"head": list(probe.wire.head), "octets": _body(probe.wire.octets)}),
    }


def _answer(target: Target, answer: Answer) -> dict[str, Any]:
    """Write an answer; other characters stand for those of a secret, so that its lengths are what they were."""
    body = target.masked(answer.body)
    fields = [(_masked(target, name), _masked(target, value)) for name, value in answer.headers]
    is_whole = body is not None and all(text is not None for field in fields for text in field)
    shown = target.redact_bytes(answer.body) if body is None else body
    return {
        "status": answer.status,
        "headers": [[name or target.redact(key), text or target.redact(value)] for (name, text), (key, value) in
                    zip(fields, answer.headers, strict=True)],
        "body": _body(shown, len(shown)),
        "cut": answer.cut,
        **({} if is_whole else {"withheld": True}),
    }  # fmt: skip


def _masked(target: Target, text: str) -> str | None:
    data = target.masked(text.encode("utf-8", "surrogateescape"))
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _body(data: bytes, longest: int = _LONGEST) -> dict[str, Any]:
    if len(data) > longest:
        return {"size": len(data), "base64": base64.b64encode(data[:longest]).decode(), "cut": True}
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _bytes(data: Mapping[str, Any]) -> bytes:
    if "text" in data:
        text: str = data["text"]
        return text.encode("utf-8")
    return base64.b64decode(data["base64"], validate=True)
