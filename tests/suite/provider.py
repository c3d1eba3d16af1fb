"""A gateway to a paid provider that makes jobs, counts them itself, and answers for them in a bad way."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping

from attrs import define, field

from conformance.bodies.requests import read_body, read_parameters
from conformance.bodies.troubles import MalformedBody
from conformance.bodies.validity import Validity, judge
from conformance.contract import Contract, Operation
from conformance.contract.instance import instance

__all__ = ["LIES", "WAYS", "Provider"]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKEN = re.compile(rb"\r\nauthorization: bearer (\S+)", re.IGNORECASE)
_TYPE = re.compile(rb"\r\ncontent-type: *([^\r]+)", re.IGNORECASE)
_REASON = b'{"error":{"message":"not like this","type":"invalid_request_error"}}'

Way = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]
"""Answers a create after its job was made; what it leaves open is closed."""


def _written(status: int, body: bytes, *headers: bytes, media_type: bytes = b"application/json") -> bytes:
    head = [b"HTTP/1.1 %d Whatever" % status, b"Content-Type: " + media_type, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*head, *headers]) + b"\r\n\r\n" + body


def _says(status: int, body: bytes | None = None, *headers: bytes, media_type: bytes = b"application/json") -> Way:
    async def way(_: asyncio.StreamReader, writer: asyncio.StreamWriter, job: bytes) -> None:
        writer.write(_written(status, job if body is None else body, *headers, media_type=media_type))

    return way


async def _wraps(_: asyncio.StreamReader, writer: asyncio.StreamWriter, job: bytes) -> None:
    writer.write(_written(200, b'{"code":0,"message":"success","data":%s}' % job))


async def _cuts(_: asyncio.StreamReader, writer: asyncio.StreamWriter, job: bytes) -> None:
    del job
    writer.transport.abort()


async def _breaks_off(_: asyncio.StreamReader, writer: asyncio.StreamWriter, job: bytes) -> None:
    writer.write(_written(200, job)[:-9])
    await writer.drain()
    writer.close()


async def _is_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, job: bytes) -> None:
    await reader.read()  # until the caller has gone
    writer.write(_written(200, job))


WAYS: Mapping[str, Way] = {
    "500": _says(500, _REASON),
    "502": _says(502, b"<html>Bad Gateway</html>", media_type=b"text/html"),
    "503": _says(503, _REASON),
    "504": _says(504, b""),
    "303": _says(303, b"", b"Location: /v1/videos/job-1"),
    "202-empty": _says(202, b""),
    "wrapped": _wraps,
    "cut": _cuts,
    "cut-in-mid-answer": _breaks_off,
    "late": _is_late,
    "html": _says(200, b"<html>Welcome</html>", media_type=b"text/html"),
    "error-in-200": _says(200, b'{"error":{"message":"upstream failed","type":"server_error"}}'),
    "599": _says(599, _REASON),
}
LIES: Mapping[str, Way] = {
    "429": _says(429, _REASON),
    "401": _says(401, _REASON, b"WWW-Authenticate: Bearer"),
    "403": _says(403, _REASON),
    "400": _says(400, _REASON),
}
"""Answers by which HTTP says that nothing was made."""


@define
class Provider:
    """Makes a job of every form that it takes: of valid ones, or of all where it is lenient.

    Attributes:
        answers: for a job that was made.
        jobs: how many were made.
        made: called whenever one was.
    """

    contract: Contract
    token: str
    answers: Way
    is_lenient: bool = False
    jobs: int = 0
    requests: int = 0
    made: Callable[[int], None] = field(default=lambda _: None)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            head = await reader.readuntil(b"\r\n\r\n")
            if b"chunked" in head.lower():
                body = _joined(await reader.readuntil(b"0\r\n\r\n"))
            else:
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1]) if length else 0)
            self.requests += 1
            await self._serve(reader, writer, head, body)
            await writer.drain()
            if b"\r\nconnection: close" in head.lower():
                writer.close()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, body: bytes
    ) -> None:
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ", 2)
        operation = self.contract.billable[0]
        status = self._refused(operation, method, target, head, body)
        if status is not None:
            writer.write(_written(status, _REASON, b"WWW-Authenticate: Bearer", b"Allow: POST"))
            return
        self.jobs += 1
        self.made(self.jobs)
        schema = operation.success.schema
        assert schema is not None
        await self.answers(reader, writer, json.dumps(instance(schema)).encode())

    def _refused(self, operation: Operation, method: str, target: str, head: bytes, body: bytes) -> int | None:
        """Return the status of a refusal; None where a job is to be made."""
        if not operation.serves(target.partition("?")[0]):
            return 404
        if method != operation.method:
            return 405
        if self.is_lenient:
            return None
        token = _TOKEN.search(head)
        if token is None or token[1].decode("latin-1") != self.token:
            return 401
        media_type = _TYPE.search(head)
        try:
            media, parts = read_body(operation, media_type[1].decode("latin-1") if media_type else None, body)
        except MalformedBody:
            return 400
        reading = judge(operation, (*read_parameters(operation, target, ()), *parts), media)
        return None if reading.validity is Validity.VALID else 400


def _joined(chunked: bytes) -> bytes:
    """Put a body in the chunked transfer coding together."""
    body, rest = bytearray(), chunked
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body += rest[: int(size, 16)]
        rest = rest[int(size, 16) + 2 :]
    return bytes(body)
