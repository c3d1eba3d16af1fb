"""A request as text, as it goes over the wire; credentials are named and not shown."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.engine.exchange import Exchange
from conformance.engine.head import in_words, shown_head, users_in_words
from conformance.engine.probe import Probe
from conformance.engine.raw_socket import as_written
from conformance.engine.target import Target

__all__ = ["request_text"]

_LONGEST = 1_500  # characters of a body


def request_text(target: Target, exchange: Exchange) -> str:
    """Return request line, header fields and the beginning of the body; of a connection, all requests on it."""
    transcript = exchange.transcript
    probes = (exchange.probe,) if transcript is None else transcript.probes
    return target.redact("\n\n".join(_text(target, probe) for probe in probes))


def _text(target: Target, probe: Probe) -> str:
    request = probe.request
    if probe.wire is not None:
        head, octets = as_written(target, probe, in_words(request.credentials), users_in_words(target))
        return f"{head.decode('latin-1').strip()}{_body(octets, 0)}"
    path, fields = shown_head(target, request)
    lines = [f"{request.method} {path}", *(f"{name}: {value}" for name, value in fields), *_more(probe)]
    return "\n".join(lines) + _body(request.body, request.filler)


def _more(probe: Probe) -> Iterator[str]:
    if probe.request.chunked:
        yield "Transfer-Encoding: chunked"
    yield from (f"(without {name})" for name in probe.request.omits)


def _body(data: bytes, filler: int) -> str:
    text = data.decode("utf-8", "replace")
    if not text and not filler:
        return ""
    cut = f" … ({len(data)} bytes)" if len(text) > _LONGEST else ""
    more = f" … and {filler} bytes more" if filler else ""
    return f"\n\n{text[:_LONGEST]}{cut}{more}"
