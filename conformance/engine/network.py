"""The network between the suite and the server: through what, over which address, trusting whom, how often."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from ipaddress import ip_address
from urllib.request import getproxies_environment, proxy_bypass

import httpx
from attrs import field, frozen

from conformance.engine.rate import Throttle
from conformance.engine.trust import Trust
from conformance.engine.user_header import UserHeader
from conformance.errors import UsageError

__all__ = ["Network", "Proxy", "Route", "proxy_of_environment", "read_pins", "read_proxy"]

Pins = Mapping[tuple[str, int], str]
_PIN = re.compile(r"(\[[^\]]+\]|[^:]+):(\d+):(.+)")
_INSECURE = "the certificate of the server is not verified (--insecure): whoever stands in between reads the token"


@frozen
class Proxy:
    """An HTTP proxy, which tunnels to the server (CONNECT): what it forwarded it would rewrite."""

    host: str
    port: int
    credentials: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The header field that it wants, if any."""
        return f"Basic {base64.b64encode(self.credentials.encode()).decode()}" if self.credentials else None


@frozen
class Route:
    """Where a connection to a server is really made, and through which proxy."""

    host: str
    port: int
    proxy: Proxy | None = None


@frozen
class Network:
    """How the server under test is reached; the same for every connection, whatever goes over it.

    Attributes:
        headers: that every request has beside its own.
        pins: the addresses of hosts and ports that no name server is asked for.
        zone: of a link-local address in the URL, which never stands in a request.
        http2: whether HTTP/2 is spoken with a server that speaks it.
    """

    headers: tuple[UserHeader, ...] = ()
    trust: Trust = field(factory=Trust)
    proxy: Proxy | None = None
    pins: Pins = field(factory=dict)
    zone: str = ""
    http2: bool = False
    throttle: Throttle = field(factory=Throttle, eq=False)

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """What encrypted connections are made with: slow to make, and the same for all of them."""
        return self.trust.context("http/1.1")

    @cached_property
    def tls_for_http2(self) -> ssl.SSLContext:
        """The same, where HTTP/2 may be agreed on."""
        return self.trust.context("h2", "http/1.1")

    def route(self, host: str, port: int) -> Route:
        """Return where to connect to for a server."""
        if self.proxy is not None:
            address = self.pins.get((self.proxy.host.lower(), self.proxy.port), self.proxy.host)
            return Route(address, self.proxy.port, self.proxy)
        pinned = self.pins.get((host.lower(), port))
        return Route(pinned or (f"{host}%{self.zone}" if self.zone else host), port)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be said loudly of every run."""
        return (_INSECURE,) if self.trust.insecure else ()

    @property
    def secrets(self) -> Iterator[str]:
        """What must be shown nowhere: values of header fields, also without a scheme before them, and passwords."""
        for header in self.headers:
            yield header.value
            yield header.value.rpartition(" ")[2]
        if self.proxy is not None and self.proxy.credentials:
            yield self.proxy.credentials
            yield self.proxy.credentials.partition(":")[2]
            yield base64.b64encode(self.proxy.credentials.encode()).decode()


def read_proxy(text: str, option: str = "--proxy") -> Proxy:
    """Read the URL of a proxy.

    Raises:
        UsageError: it is none that can be used.
    """
    how = f"write {option} http://host:port"
    try:
        parsed = httpx.URL(text if "://" in text else f"http://{text}")
    except httpx.InvalidURL as error:
        raise UsageError(f"{option}: this is no URL ({error}): {how}") from None
    if parsed.scheme != "http":
        raise UsageError(f"{option}: {parsed.scheme} is no scheme of a proxy that can be used here: {how}")
    if not parsed.host or parsed.path not in ("", "/") or parsed.query or parsed.fragment:
        raise UsageError(f"{option}: this is no address of a proxy: {how}")
    credentials = f"{parsed.username}:{parsed.password}" if parsed.userinfo else ""
    return Proxy(parsed.host, parsed.port or 80, credentials)


def proxy_of_environment(url: str) -> Proxy | None:
    """Return the proxy that the usual environment variables name for a URL.

    Raises:
        UsageError: it is none that can be used.
    """
    parsed, known = httpx.URL(url), getproxies_environment()
    host = f"{parsed.host}:{parsed.port}" if parsed.port else parsed.host
    scheme = parsed.scheme if parsed.scheme in known else "all"
    if scheme not in known or proxy_bypass(host):
        return None
    return read_proxy(known[scheme], f"{scheme.upper()}_PROXY")


def read_pins(texts: Iterable[str], dialled: tuple[str, int], because: str) -> Pins:
    """Read HOST:PORT:ADDRESS, as curl's --resolve has it.

    Args:
        texts: as a user writes them.
        dialled: the only host and port that connections are made to.
        because: why it is that one.

    Raises:
        UsageError: one reads otherwise, or is of no use.
    """
    pins: dict[tuple[str, int], str] = {}
    for text in texts:
        found = _PIN.fullmatch(text)
        if found is None:
            raise UsageError(f"--resolve {text}: write HOST:PORT:ADDRESS, like gateway.example:443:127.0.0.1")
        place = (found[1].strip("[]").lower(), int(found[2]))
        try:
            address = str(ip_address(found[3].strip("[]")))
        except ValueError:
            raise UsageError(f"--resolve {text}: {found[3]} is no IP address") from None
        if place != dialled:
            raise UsageError(f"--resolve {text}: nothing is asked there; {because} {dialled[0]}:{dialled[1]}")
        pins[place] = address
    return pins
