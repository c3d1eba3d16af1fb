"""The event stream of a run: one JSON object a line, versioned, closed by a footer that holds the report.

`started` is the head: format and version of the tool, target, contract, options. Then, in the order in which they
happen: `sending`, before a request is sent, with what is in the books; `exchange`, what came of it; `skip`, a probe
that was not sent, and why; `look`, what an address showed that only tells whether somebody is there; `connection`, all
that came over a raw socket, before the exchanges that are read from it (`raw`); `resumed`, where the run was carried
on. `finished` is the footer. Where a secret stood in an answer, `*` stand.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from conformance.campaign import Options
from conformance.contract import Contract, ContractSource
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.heard import Heard
from conformance.engine.probe import Probe
from conformance.engine.runner import Skip
from conformance.engine.spend import Spend
from conformance.engine.target import Target
from conformance.errors import JournalError, UsageError
from conformance.reports.again import again
from conformance.reports.heading import Heading, moment
from conformance.reports.recorded_options import options_to_dict
from conformance.reports.records import connection_line, exchange_line, look_line
from conformance.reports.report import FORMAT, Report
from conformance.reports.stream import EventStream, read_stream

__all__ = ["EventWriter", "is_event_stream", "read_report", "to_carry_on"]


def to_carry_on(contract: Contract, target: Target, options: Options, *, is_embedded: bool) -> dict[str, Any]:
    """Return what it takes, beside the heading, to carry a run out again: all but the secrets."""
    return {
        "token_env": target.token_env,
        "unchanged": list(target.unchanged),
        "embedded": is_embedded,
        "http2": target.network.http2,
        "contract": str(contract.path.resolve()),
        "overlays": [str(overlay.path.resolve()) for overlay in contract.overlays],
        "options": options_to_dict(options),
    }


class EventWriter:
    """The journal of a run, and what else happens in it: a line has left this process before the next step is taken.

    A run that is killed leaves what it saw, and what it may have made; a file that cannot be written ends the run. What
    is on record already is not written again.
    """

    def __init__(
        self,
        path: Path,
        target: Target,
        heading: Heading,
        again: Mapping[str, Any] | None = None,
        carried_on: EventStream | None = None,
    ) -> None:
        """Begin a stream, or go on with one after its last whole line, or its footer.

        Args:
            path: of the file.
            target: whose secrets are taken out.
            heading: of the run.
            again: what it takes beside it to carry the run out again.
            carried_on: what the file holds, where it is to be carried on.

        Raises:
            UsageError: the file cannot be written, or another run writes it.
        """
        self._path, self._target, self._now, self._trouble = path, target, 0.0, ""
        self._size = 0 if carried_on is None else carried_on.size
        self._skipped = frozenset[str]() if carried_on is None else carried_on.skipped
        self._set_out: Counter[str] = Counter()
        self._prices: dict[str, str | None] = {}
        is_ordinary = path.is_file() or not path.exists()
        try:
            self._file = FileIO(path, "a" if is_ordinary else "w")
            _lock(self._file, path)
            if is_ordinary:
                self._file.truncate(self._size)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
        first = {"event": "started", "format": FORMAT, **heading.to_dict(), "again": again}
        try:
            self._write(first if carried_on is None else {"event": "resumed", "at": moment(datetime.now(UTC))})
        except JournalError as error:
            self._file.close()
            raise UsageError(str(error)) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def happened(self, event: Exchange | Skip) -> None:
        """Write that a probe was not sent; what was is written when it is sent, and when it is answered.

        Raises:
            JournalError: it cannot be.
        """
        if isinstance(event, Skip) and event.probe.id not in self._skipped:
            self._write({"event": "skip", "probe": event.probe.id, "reason": event.reason})

    def sending(self, probe: Probe, spend: Spend, price: str | None, *, counts: bool) -> None:
        """Write that a request is about to be sent; what could make something waits until the disk has it."""
        self._set_out[probe.id] += 1
        self._prices[probe.id] = price
        booked = {"requests": spend.requests, "creates": spend.creates, "possible_creates": spend.possible_creates}
        line = {"event": "sending", "probe": probe.id, "can_create": probe.can_create, "counts": counts}
        self._write({**line, "price": price, "booked": booked})
        if counts:
            self._keep_for_good()

    def answered(self, exchange: Exchange, *, is_booked: bool) -> None:
        """Write what came of a request; of a raw connection all is written at its end."""
        probe = exchange.probe
        if probe.wire is not None or not self._set_out[probe.id]:
            return
        self._set_out[probe.id] -= 1
        self._now = exchange.started + exchange.elapsed
        self._write(exchange_line(self._target, exchange, price=self._prices.get(probe.id), is_booked=is_booked))

    def looked(self, url: str, found: Answer | Exception) -> None:
        """Write what an address showed."""
        self._write(look_line(self._target, url, found, self._now))

    def heard(self, heard: Heard, exchanges: Sequence[Exchange]) -> None:
        """Write what came over a raw connection, and once more answer by answer, for whoever reads it."""
        self._write(connection_line(self._target, heard, [exchange.probe for exchange in exchanges]))
        for exchange in exchanges:
            line = exchange_line(self._target, exchange, price=None, is_booked=False)
            self._write({**line, "raw": True})

    def finished(self, report: Report) -> None:
        """Write the footer.

        Raises:
            JournalError: it cannot be.
        """
        self._write({"event": "finished", "report": report.to_dict()})
        self._keep_for_good()

    def _write(self, event: Mapping[str, Any]) -> None:
        if self._trouble:
            raise JournalError(self._trouble)
        line = (json.dumps(event, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")
        left = memoryview(line)
        try:
            while left:
                left = left[self._file.write(left) or 0 :]
        except OSError as error:
            with suppress(OSError):
                self._file.truncate(self._size)  # half a line would be in the way of the next one
            self._give_up(error)
        self._size += len(line)

    def _keep_for_good(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            if self._path.is_file():  # a pipe has no disk behind it
                self._give_up(error)

    def _give_up(self, error: OSError) -> NoReturn:
        self._trouble = (
            f"{self._path}: cannot be written any more ({error.strerror}), and nothing is sent that is not written down"
            " first; make room, then `run --resume` carries the run on"
        )
        raise JournalError(self._trouble) from None


def is_event_stream(path: Path) -> bool:
    """Tell whether a file that was read begins as an event stream does."""
    with path.open("rb") as file:
        return b'"event"' in file.read(200)


def read_report(path: Path, source: ContractSource | None = None) -> Report:
    """Read the report back from an event stream, or from a JSON report.

    A stream without a footer is of a run that did not come to its end: what it holds is judged again, offline.

    Args:
        path: of the file.
        source: of the contract, where the stream has no footer and the contract is no longer where it was.

    Raises:
        UsageError: the file cannot be read, or is something else.
    """
    try:
        if is_event_stream(path):
            stream = read_stream(path)
            if stream.report is None:
                return again(stream, source)
            data: Any = stream.report
        else:
            data = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: is neither an event stream nor a JSON report: {error}") from None
    if not isinstance(data, dict) or "verdicts" not in data:
        raise UsageError(f"{path}: is neither an event stream nor a JSON report")
    if data.get("format") != FORMAT:
        raise UsageError(
            f"{path}: is a report of format {data.get('format')}, and this version reads format {FORMAT}; run it again,"
            " or read it with the version that wrote it"
        )
    try:
        return Report.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"{path}: is not a report of format {FORMAT}: {error}") from None


def _lock(file: FileIO, path: Path) -> None:
    """Make sure that no other run writes a file; the lock ends with the process, however that ends.

    Raises:
        UsageError: one does.
    """
    try:
        import fcntl  # noqa: PLC0415 - there is none on every system
    except ImportError:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise UsageError(f"{path}: another run is writing it") from None
    except OSError:
        return  # what cannot be locked, such as a pipe, is nobody's file to carry on
