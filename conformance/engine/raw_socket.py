"""Raw sockets: writes requests byte by byte, and reads what comes back until it is complete or closed."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Callable, Iterable, Sequence

import httpx
from attrs import define, field

from conformance.engine.connection import connect
from conformance.engine.exchange import Answer, Exchange, Silence
from conformance.engine.head import with_credentials, with_users
from conformance.engine.heard import Heard
from conformance.engine.probe import Probe, Wire
from conformance.engine.runner import Runner, Skip
from conformance.engine.target import Target
from conformance.engine.transcript import Transcript, WireReading, read

__all__ = ["as_written", "send_raw"]

_PAUSE = 0.002  # between the pieces of a request that comes in pieces
_LARGEST_ANSWER = 1024 * 1024
_READ_PER_SECOND = 10 * 1024 * 1024  # bytes: what has come is read again whenever more has
_UNSENT = "the server closes the connection after the request before, so that it was not sent"
_HELD_BACK = "the request before it on its connection was not sent"
_PLACE = re.compile(r"\{(\w+)\}")


def as_written(
    target: Target, probe: Probe, credential: str | None, users: Sequence[tuple[str, str]]
) -> tuple[bytes, bytes]:
    """Return the head and the octets of a request as they go over the wire.

    Args:
        target: that it goes to.
        probe: that says how it is written.
        credential: the value of the credentials, or None where they are left out.
        users: the header fields that the user adds, whatever the value of each stands for.
    """
    wire = _wire(probe)
    path, fields = with_credentials(probe.request, lambda _: credential)
    address = httpx.URL(target.address(path))
    values = {
        "method": probe.request.method,
        "small": probe.request.method.lower(),
        "target": address.raw_path.decode("ascii"),
        "host": address.netloc.decode("ascii"),
        "origin": f"{address.scheme}://{address.netloc.decode('ascii')}",
        "length": str(len(wire.octets)),
        "fields": _lines(with_users(fields, users)),
    }
    theirs = {name.lower() for name, _ in users}
    plain = [line for line in wire.head if line.partition(":")[0].lower() not in theirs]
    lines = [_PLACE.sub(lambda place: values[place[1]], line) for line in plain]
    if "{fields}" not in wire.head:
        lines.append(_lines(users))
    head = "".join(f"{line}\r\n" for line in lines if line) + "\r\n"
    return head.encode("latin-1", "replace"), wire.octets


def _lines(fields: Iterable[tuple[str, str]]) -> str:
    return "\r\n".join(f"{name}: {value}" for name, value in fields)


async def send_raw(runner: Runner, probes: Sequence[Probe], patience: float) -> list[Exchange] | None:
    """Send requests over one connection of their own, book them, and tell what came of each.

    Where the first of them may not be sent, the runner has told why, and there is nothing to return.

    Args:
        runner: in whose books they are.
        probes: what is sent over the connection, in this order; each says how it is written.
        patience: seconds to wait each time that something has to come.
    """
    settled = 0
    on_record = await runner.sender.heard(probes)
    if on_record is None:
        heard, settled = await _held(runner, probes, patience)
    else:
        heard = on_record
        for probe in probes[: heard.sent]:
            await runner.admit(probe)
    transcript = _transcript(probes, heard)
    exchanges = []
    for index, probe in enumerate(probes[: heard.sent]):
        answer = _answer(transcript.reading, index)
        exchange = Exchange(
            probe,
            answer,
            None if answer else heard.silence,
            "" if answer else heard.detail,
            heard.started,
            heard.elapsed,
            wall=heard.wall,
            transcript=transcript,
        )
        exchanges.append(exchange)
        if index >= settled:
            await runner.settle(exchange)
        runner.emit(exchange)
    if on_record is None:
        runner.sender.keep(heard, exchanges)
    left = probes[heard.sent :]
    if heard.held_back is not None:
        if on_record is not None:
            runner.emit(Skip(left[0], heard.held_back))
        left = left[1:]
    for probe in left:
        runner.emit(Skip(probe, _UNSENT if heard.held_back is None else _HELD_BACK))
    return None if heard.held_back is not None and not heard.sent else exchanges


async def _held(runner: Runner, probes: Sequence[Probe], patience: float) -> tuple[Heard, int]:
    """Send requests over a connection of their own; return what came, and how many of them are booked."""
    for _ in probes:  # all turns of the connection before it is made: a server would not wait for the next request
        await runner.target.network.throttle.turn()
    started, wall, clock = runner.now, time.time(), time.monotonic()
    line = _Line(runner, probes, patience)
    silence, detail = Silence.TIMEOUT, f"no answer within {patience:g} s"
    try:
        await line.hold()
    except TimeoutError:
        pass
    except OSError as error:
        silence, detail = Silence.DROPPED, str(error) or type(error).__name__
    finally:
        await line.hang_up()
    if line.closed and silence is Silence.TIMEOUT:
        silence, detail = Silence.DROPPED, "the connection was closed without an answer"
    return line.heard(silence, detail, started, time.monotonic() - clock, wall), line.settled


def _transcript(probes: Sequence[Probe], heard: Heard) -> Transcript:
    """Read what came, as it came; nothing more is taken to come from who was quiet for a while."""
    methods = [probe.request.method for probe in probes[: heard.sent]]
    reading = read(heard.octets, methods, closed=heard.closed or heard.quiet)
    return Transcript(tuple(probes[: heard.sent]), reading, heard.closed, heard.early)


def _answer(reading: WireReading, index: int) -> Answer | None:
    found = reading.answers[index : index + 1]
    return Answer(found[0].status, found[0].headers, found[0].body) if found else None


@define
class _Line:
    """One connection, and all that came over it.

    Attributes:
        sent: how many of the requests went out.
        settled: how many of those are booked.
        held_back: why the next one was not admitted.
    """

    runner: Runner
    probes: Sequence[Probe]
    patience: float
    sent: int = field(default=0, init=False)
    settled: int = field(default=0, init=False)
    held_back: str | None = field(default=None, init=False)
    closed: bool = field(default=False, init=False)
    _early: int = field(default=0, init=False)
    _heard: float = field(factory=time.monotonic, init=False)
    _data: bytearray = field(factory=bytearray, init=False)
    _news: asyncio.Event = field(factory=asyncio.Event, init=False)
    _listening: asyncio.Task[None] | None = field(default=None, init=False)
    _writer: asyncio.StreamWriter | None = field(default=None, init=False)

    async def hold(self) -> None:
        """Send everything, then wait for the last answer and for the end of the connection.

        Raises:
            OSError: the connection could not be made, or broke.
            TimeoutError: it could not be made in time.
        """
        target = self.runner.target
        users = [(header.name, header.value) for header in target.network.headers]
        async with asyncio.timeout(self.patience):
            reader, self._writer = await connect(httpx.URL(target.url), target.network)
        self._listening = asyncio.create_task(self._listen(reader))
        kept = b""
        for index, probe in enumerate(self.probes):
            self.held_back = await self.runner.admit(probe)
            if self.held_back is not None:
                return
            self.sent = index + 1
            wire = _wire(probe)
            head, octets = as_written(target, probe, target.credential(probe.request.credentials), users)
            if wire.awaits == "nothing":
                kept += head + octets
                continue
            if wire.awaits == "go-ahead":
                await self._write(kept + head, wire.pieces)
                await self._until(lambda reading: bool(reading.answers or reading.interim))
                self._early = len(self._data)
                if not self._reading().answers:
                    await self._write(octets, 1)
            else:
                await self._write(kept + head + octets, wire.pieces)
            kept = b""
            await self._until(lambda reading: len(reading.answers) >= self.sent)
            await self._settle()
            if self.closed or len(self._reading().answers) < self.sent:
                return
            if self._reading().answers[-1].is_last:
                break
        await self._until(lambda _: False, self.patience / 2)

    async def _settle(self) -> None:
        """Book what was answered, or what follows would wait for the place that it holds."""
        reading = self._reading()
        while self.settled < min(self.sent, len(reading.answers)):
            answer = _answer(reading, self.settled)
            await self.runner.settle(Exchange(self.probes[self.settled], answer, None, "", self.runner.now, 0.0))
            self.settled += 1

    async def hang_up(self) -> None:
        """Leave at once: a farewell of TLS could be waited for in vain."""
        if self._writer is not None:
            self._writer.transport.abort()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    def heard(self, silence: Silence, detail: str, started: float, elapsed: float, wall: float) -> Heard:
        """Return all that came, and how the connection ended."""
        is_quiet = time.monotonic() - self._heard > self.patience / 2
        told = (self.sent, bytes(self._data), self.closed, is_quiet, self._early)
        return Heard(*told, silence, detail, started, elapsed, wall, self.held_back)

    async def _write(self, data: bytes, pieces: int) -> None:
        """Write in pieces; who answers and closes before the last of them may do so."""
        size = -(-len(data) // pieces) or 1
        with contextlib.suppress(OSError):
            for start in range(0, len(data), size):
                if self._writer is not None and not self.closed:
                    self._writer.write(data[start : start + size])
                    await self._writer.drain()
                if pieces > 1:
                    await asyncio.sleep(_PAUSE)

    async def _until(self, enough: Callable[[WireReading], bool], patience: float | None = None) -> None:
        """Wait until there is enough, the connection is closed, or patience ends."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience or self.patience):
                while not self.closed and not enough(self._reading()) and len(self._data) < _LARGEST_ANSWER:
                    self._news.clear()
                    await self._news.wait()
                    await asyncio.sleep(len(self._data) / _READ_PER_SECOND)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        """Take what comes when it comes: a connection that is reset loses what nobody has taken."""
        while data := await reader.read(2**16):
            self._data += data
            self._heard = time.monotonic()
            self._news.set()
            if len(self._data) >= _LARGEST_ANSWER:
                return
        self.closed = True
        self._news.set()

    def _reading(self) -> WireReading:
        methods = [probe.request.method for probe in self.probes[: self.sent]]
        return read(bytes(self._data), methods, closed=self.closed)


def _wire(probe: Probe) -> Wire:
    if probe.wire is None:
        raise ValueError(f"{probe.id} does not say how it is written")
    return probe.wire
