"""Writes what went over a raw socket as one command for a POSIX shell, with the token in its variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx

from conformance.engine.probe import Probe
from conformance.engine.raw_socket import as_written
from conformance.engine.target import Target
from conformance.engine.transcript import Transcript
from conformance.reports.shell import credential, named, octal, proxy_credentials, quoted

__all__ = ["raw"]

_MARK = "0TOKEN0"  # letters and digits stay as they are wherever a credential can stand
_USERS = "0HEADER{}0"
_MARKS = re.compile(r"0TOKEN0|0HEADER(\d+)0")
_PLACE = "%s"


def raw(target: Target, transcript: Transcript) -> str:
    """Return one command that sends the same bytes over a connection of its own, and shows what comes back."""
    address = httpx.URL(target.url)
    host, secure = address.host, address.scheme == "https"
    port = address.port or (443 if secure else 80)
    commands = list(_commands(target, transcript.probes))
    source = commands[0] if len(commands) == 1 else f"{{ {'; sleep 1; '.join(commands)}; }}"
    route = target.network.route(host, port)
    if not secure:
        return f"{source} | nc {_through(target)}{quoted(host if route.proxy else route.host)} {port}"
    reached = host if route.proxy else route.host
    peer = f"[{reached}]:{port}" if ":" in reached else f"{reached}:{port}"
    options = " ".join([*_trusting(target), "-connect", quoted(peer), "-servername", quoted(host)])
    return f"{source} | openssl s_client -quiet {options}"


def _through(target: Target) -> str:
    """Return the options of OpenBSD's nc for a proxy; it asks for a password itself."""
    proxy = target.network.proxy
    if proxy is None:
        return ""
    user = f"-P {quoted(proxy.credentials.partition(':')[0])} " if proxy.credentials else ""
    return f"-X connect -x {quoted(f'{proxy.host}:{proxy.port}')} {user}"


def _trusting(target: Target) -> Iterator[str]:
    """Yield the options of `openssl s_client` for proxies and certificates."""
    trust, proxy = target.network.trust, target.network.proxy
    if proxy is not None:
        yield f"-proxy {quoted(f'{proxy.host}:{proxy.port}')}"
        if proxy.credentials:
            user, password = proxy_credentials()
            yield f"-proxy_user {user} -proxy_pass {password}"
    for option, path in (("-CAfile", trust.cacert), ("-cert", trust.cert), ("-key", trust.key)):
        if path is not None:
            yield f"{option} {quoted(str(path))}"


def _commands(target: Target, probes: tuple[Probe, ...]) -> Iterator[str]:
    """Yield a command for each of the writes between which something is waited for."""
    users = [(header.name, _USERS.format(index)) for index, header in enumerate(target.network.headers)]
    kept: list[tuple[Probe, bytes]] = []
    for probe in probes:
        wire = probe.wire
        template = probe.request.credentials.template
        head, octets = as_written(target, probe, None if template is None else _MARK, users)
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
    """Return a command that writes bytes, with the credentials and the user's own values in place of their marks."""
    data = octal(b"".join(piece for _, piece in written))
    words = [
        credential(target, probe.request.credentials)
        if mark[1] is None
        else named(target.network.headers[int(mark[1])].variable)
        for probe, piece in written
        for mark in _MARKS.finditer(piece.decode("latin-1"))
    ]
    return " ".join(["printf", _MARKS.sub(_PLACE, data), *words])
