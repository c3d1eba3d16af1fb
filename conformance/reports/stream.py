"""An event stream that was written before, whole or not: its head, what is on record in it, and its footer."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import field, frozen

from conformance.engine.recording import RecordedAnswer, RecordedEvent, RecordedLook, Recording
from conformance.errors import UsageError
from conformance.reports.records import connection_of, exchange_of, look_of

__all__ = ["EventStream", "read_stream"]

_READERS = {"exchange": exchange_of, "look": look_of, "connection": connection_of}


@frozen
class EventStream:
    """What a stream holds.

    Attributes:
        header: its first event.
        events: what the server said, in the order in which it came.
        lost: what requests cost at worst of which nothing was heard, and which may have made something.
        skipped: probes that are known not to have been sent.
        report: of the footer, where the last event is one.
        size: of the file up to the end of its last whole line.
    """

    path: Path
    header: Mapping[str, Any]
    events: tuple[RecordedEvent, ...] = field(repr=False)
    lost: tuple[Decimal, ...]
    skipped: frozenset[str] = field(repr=False)
    report: Mapping[str, Any] | None = field(repr=False)
    size: int

    def whole(self) -> Recording:
        """Return all that is on record, with nobody to ask for more."""
        return Recording(self.events, self.lost, is_all=True)

    def to_carry_on(self) -> Recording:
        """Return what is on record but for the breakdowns at the end of a run that they ended: those are tried again.

        What they may have made stays in the books.
        """
        events, lost = list(self.events), list(self.lost)
        while self.report is not None and events and _says_nothing(events[-1]):
            last = events.pop()
            if isinstance(last, RecordedAnswer) and last.price is not None:
                lost.append(last.price)
        return Recording(tuple(events), tuple(lost))


def read_stream(path: Path) -> EventStream:
    """Read a stream as far as it goes.

    Raises:
        UsageError: it cannot be read, or is something else.
    """
    try:
        lines = list(_lines(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return _stream(path, lines)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        raise UsageError(f"{path}: is no event stream of this version: {error!r}") from None


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield each event and where its line ends; a line without an end was being written when the run ended."""
    end = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                return
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                return
            end += len(line)
            yield end, event


def _stream(path: Path, lines: Sequence[tuple[int, Any]]) -> EventStream:
    header = lines[0][1]
    if header["event"] != "started":
        raise ValueError("its first line is not its head")
    set_out: dict[str, deque[Mapping[str, Any]]] = defaultdict(deque)
    came: list[tuple[int, Mapping[str, Any]]] = []
    lost: list[Decimal] = []
    departures: list[int] = []  # the places of requests that something is known of
    for place, (_, line) in enumerate(lines):
        kind = line["event"]
        if kind == "sending":
            set_out[line["probe"]].append({**line, "place": place})
        elif kind == "resumed":
            lost += _forgotten(set_out)
        elif kind in _READERS and not line.get("raw"):
            came.append((place, line))
            names = line["probes"] if kind == "connection" else [line["probe"]] if kind == "exchange" else []
            departures += [set_out[name].popleft()["place"] for name in names if set_out[name]]
    lost += _forgotten(set_out)
    departures.sort()
    read: list[RecordedEvent] = []
    for place, line in came:
        found = _READERS[line["event"]](line, bisect_left(departures, place))
        if found is not None:
            read.append(found)
        elif line.get("counts"):
            lost.append(Decimal(line["price"] or 0))
    last = lines[-1][1]
    skipped = frozenset(line["probe"] for _, line in lines if line["event"] == "skip")
    report = last["report"] if last["event"] == "finished" else None
    return EventStream(path, header, tuple(read), tuple(lost), skipped, report, lines[-1][0])


def _forgotten(set_out: dict[str, deque[Mapping[str, Any]]]) -> list[Decimal]:
    """Return what may have been spent on requests of which nothing more was heard."""
    found = [Decimal(line["price"] or 0) for waiting in set_out.values() for line in waiting if line["counts"]]
    set_out.clear()
    return found


def _says_nothing(event: RecordedEvent) -> bool:
    return isinstance(event, RecordedLook) or (isinstance(event, RecordedAnswer) and event.says_nothing)
