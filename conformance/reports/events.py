"""The event stream of a run: one JSON object a line, versioned, closed by a footer that holds the report."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from conformance.engine.exchange import Exchange
from conformance.engine.runner import Skip
from conformance.engine.target import Target
from conformance.errors import UsageError
from conformance.reports.report import FORMAT, Report

__all__ = ["EventWriter", "read_report"]

_LONGEST = 64 * 1024


class EventWriter:
    """Writes events as they happen, without the token, so that an interrupted run leaves what it saw."""

    def __init__(self, path: Path, target: Target, header: Mapping[str, Any]) -> None:
        self._target = target
        self._file: TextIO = path.open("w", encoding="utf-8")
        self._write({"event": "started", "format": FORMAT, **header})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def happened(self, event: Exchange | Skip) -> None:
        """Write what came of one probe."""
        self._write(_exchange(self._target, event) if isinstance(event, Exchange) else _skip(self._target, event))

    def finished(self, report: Report) -> None:
        """Write the footer."""
        self._write({"event": "finished", "report": report.to_dict()})

    def _write(self, event: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._file.flush()


def read_report(path: Path) -> Report:
    """Read the report back from an event stream, or from a JSON report.

    Raises:
        UsageError: the file cannot be read, is something else, or has no footer.
    """
    try:
        text = path.read_text(encoding="utf-8")
        last = json.loads(text.strip().split("\n")[-1]) if '"event"' in text[:200] else json.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, IndexError, RecursionError) as error:
        raise UsageError(f"{path}: is neither an event stream nor a JSON report: {error}") from None
    data = last.get("report", last) if isinstance(last, dict) else {}
    if "verdicts" not in data:
        raise UsageError(f"{path}: ends without a report; was the run stopped?")
    if data.get("format") != FORMAT:
        raise UsageError(
            f"{path}: is a report of format {data.get('format')}, and this version reads format {FORMAT}; run it again,"
            " or read it with the version that wrote it"
        )
    try:
        return Report.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path}: is not a report of format {FORMAT}: {error}") from None


def _exchange(target: Target, exchange: Exchange) -> dict[str, Any]:
    request, answer, first = exchange.probe.request, exchange.answer, exchange.earlier
    wire = exchange.probe.wire
    return {
        "event": "exchange",
        "probe": exchange.probe.id,
        "expect": exchange.probe.expect.value,
        "cost": exchange.probe.cost.value,
        "outcome": exchange.outcome.value,
        "started": round(exchange.started, 4),
        "seconds": round(exchange.elapsed, 4),
        "request": {
            "method": request.method,
            "path": request.path,
            "headers": [list(header) for header in request.headers],
            "authorization": request.credentials.template,
            "body": _body(request.body),
            **({} if wire is None else {"head": list(wire.head), "octets": _body(wire.octets)}),
        },
        "answer": answer
        and {
            "status": answer.status,
            "headers": [[target.redact(name), target.redact(value)] for name, value in answer.headers],
            "body": _body(target.redact_bytes(answer.body)),
            "cut": answer.cut,
        },
        "detail": target.redact(exchange.detail),
        "earlier": first
        and {"outcome": first.outcome.value, "status": first.status, "seconds": round(first.elapsed, 4)},
    }


def _skip(target: Target, skip: Skip) -> dict[str, Any]:
    return {"event": "skip", "probe": skip.probe.id, "reason": target.redact(skip.reason)}


def _body(data: bytes) -> dict[str, Any]:
    if len(data) > _LONGEST:
        return {"size": len(data), "base64": base64.b64encode(data[:_LONGEST]).decode(), "cut": True}
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
