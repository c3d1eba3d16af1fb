"""Writes what went over a raw socket as one command for a POSIX shell, with the token in its variable."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from conformance.engine.probe import Probe
from conformance.engine.raw_socket import as_written
from conformance.engine.target import Target
from conformance.engine.transcript import Transcript
from conformance.reports.shell import credential, octal, quoted

__all__ = ["raw"]

_MARK = "0TOKEN0"  # letters and digits stay as they are wherever a credential can stand
_PLACE = "%s"


def raw(target: Target, transcript: Transcript) -> str:
    """Return one command that sends the same bytes over a connection of its own, and shows what comes back."""
    address = httpx.URL(target.url)
    host, secure = address.host, address.scheme == "https"
    port = address.port or (443 if secure else 80)
    commands = list(_commands(target, transcript.probes))
    source = commands[0] if len(commands) == 1 else f"{{ {'; sleep 1; '.join(commands)}; }}"
    if not secure:
        return f"{source} | nc {quoted(host)} {port}"
    peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{source} | openssl s_client -quiet -connect {quoted(peer)} -servername {quoted(host)}"


def _commands(target: Target, probes: tuple[Probe, ...]) -> Iterator[str]:
    """Yield a command for each of the writes between which something is waited for."""
    kept: list[tuple[Probe, bytes]] = []
    for probe in probes:
        wire = probe.wire
        template = probe.request.credentials.template
        head, octets = as_written(target, probe, None if template is None else _MARK)
        if wire is not None and wire.awaits == "nothing":
            kept.append((probe, head + octets))
        elif wire is not None and wire.awaits == "go-ahead":
            yield _printf(target, [*kept, (probe, head)])
            yield _printf(target, [(probe, octets)])
            kept = []
        elif wire is not None and wire.pieces > 1:  # two pieces show what many do
            middle = head.index(b"\r\n") // 2
            yield _printf(target, [*kept, (probe, head[:middle])])
            yield _printf(target, [(probe, head[middle:] + octets)])
            kept = []
        else:
            yield _printf(target, [*kept, (probe, head + octets)])
            kept = []


def _printf(target: Target, written: list[tuple[Probe, bytes]]) -> str:
    """Return a command that writes bytes, with the credentials in place of their mark."""
    data = octal(b"".join(piece for _, piece in written))
    words = [credential(target, probe.request.credentials) for probe, piece in written if _MARK.encode() in piece]
    return " ".join(["printf", data.replace(_MARK, _PLACE), *words])
