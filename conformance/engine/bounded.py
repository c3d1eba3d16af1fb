"""Reads the body of an answer within bounds, however much a server sends, and whatever that unpacks to."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

import httpx

__all__ = ["body_of"]

_MOST_CODINGS = 3
Unpack = Callable[[bytes, int], tuple[bytes, bool]]


async def body_of(response: httpx.Response, most: int) -> tuple[bytes, bool]:
    """Return the first so many bytes of a body, unpacked, and whether there are more; it is not read any further.

    Raises:
        httpx.TransportError: it breaks off.
        httpx.DecodingError: it is not packed as it says.
    """
    raw, is_cut = bytearray(), False
    async for chunk in response.aiter_raw():
        raw += chunk
        if len(raw) > most:
            is_cut = True
            break
    data = bytes(raw[:most])
    codings = [coding.strip().lower() for coding in response.headers.get("content-encoding", "").split(",")]
    if sum(coding in _UNPACK for coding in codings) > _MOST_CODINGS:
        raise httpx.DecodingError(f"the answer is packed more than {_MOST_CODINGS} times")
    for coding in reversed(codings):
        if data and coding in _UNPACK:
            data, has_more = _UNPACK[coding](data, most)
            is_cut = is_cut or has_more
    return data, is_cut


def _gzip(data: bytes, most: int) -> tuple[bytes, bool]:
    return _inflated(zlib.decompressobj(zlib.MAX_WBITS | 16), data, most)


def _deflate(data: bytes, most: int) -> tuple[bytes, bool]:
    try:
        return _inflated(zlib.decompressobj(), data, most)
    except httpx.DecodingError:  # many send it without the wrapping that RFC 9110, 8.4.1.2, asks for
        return _inflated(zlib.decompressobj(-zlib.MAX_WBITS), data, most)


def _inflated(unpacker: zlib._Decompress, data: bytes, most: int) -> tuple[bytes, bool]:
    try:
        made = unpacker.decompress(data, most)
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
    return made, bool(unpacker.unconsumed_tail) and not unpacker.eof


def _brotli(data: bytes, most: int) -> tuple[bytes, bool]:
    import brotli  # noqa: PLC0415 - few servers pack an answer that nobody asked to be packed

    unpacker = brotli.Decompressor()
    try:
        made = unpacker.process(data, output_buffer_limit=most)
    except brotli.error as error:
        raise httpx.DecodingError(str(error)) from error
    return made[:most], len(made) > most or not unpacker.can_accept_more_data()


_UNPACK: Mapping[str, Unpack] = {"gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli}
