"""Reads a request off a connection, byte by byte as it came, and what was wrong with it."""

from __future__ import annotations

import asyncio

import h11
from attrs import define, field

from conformance.clients.received import Received, WhichHost

__all__ = ["read_request"]

_LARGEST_HEAD = 256 * 1024
_LARGEST_BODY = 128 * 1024 * 1024
_CHUNK = 65536
_CUT_SHORT = "ended before it was whole"


async def read_request(
    place: WhichHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes
) -> tuple[Received, bytes]:
    """Read a whole request, of which some bytes are there already.

    Returns:
        The request, as far as it came, and what was read beyond it.
    """
    reading = _Reading()
    reading.take(data)
    trouble = ""
    try:
        while not reading.is_whole:
            if reading.asks_to_go_on:
                writer.write(reading.go_on())
            data = await reader.read(_CHUNK)
            reading.take(data)
            if not data and not reading.is_whole:
                trouble = _CUT_SHORT
                break
    except h11.RemoteProtocolError as error:
        trouble = f"is no HTTP request: {error}"
    except _TooLargeError:
        trouble = f"has a body of more than {_LARGEST_BODY} bytes"
    except ConnectionError:
        trouble = _CUT_SHORT
    return reading.received(place, trouble), reading.rest


class _TooLargeError(Exception):
    """A body has no end."""


@define
class _Reading:
    """A request of which more and more is there."""

    _connection: h11.Connection = field(
        factory=lambda: h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST_HEAD)
    )
    _raw: bytearray = field(factory=bytearray)
    _body: bytearray = field(factory=bytearray)
    _head: h11.Request | None = None
    rest: bytes = b""
    is_whole: bool = False

    def take(self, data: bytes) -> None:
        """Read on; no data is the end of the connection.

        Raises:
            h11.RemoteProtocolError: it is no HTTP.
            _TooLargeError: it is too much.
        """
        self._raw += data
        self._connection.receive_data(data)
        while (event := self._connection.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Request):
                self._head = event
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > _LARGEST_BODY:
                    raise _TooLargeError
            else:
                self.is_whole = isinstance(event, h11.EndOfMessage)
                self.rest = self._connection.trailing_data[0]
                return

    @property
    def asks_to_go_on(self) -> bool:
        """Whether the client waits for a word before it sends the body."""
        return self._connection.they_are_waiting_for_100_continue

    def go_on(self) -> bytes:
        """Return that word."""
        return self._connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b""

    def received(self, place: WhichHost, trouble: str) -> Received:
        """Return what is there."""
        raw = bytes(self._raw[: len(self._raw) - len(self.rest)])
        if self._head is None:
            return Received(place, raw=raw, trouble=trouble)
        fields = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in self._head.headers)
        method, target = self._head.method.decode("ascii"), self._head.target
        return Received(place, method, target, fields, bytes(self._body), raw, trouble)
