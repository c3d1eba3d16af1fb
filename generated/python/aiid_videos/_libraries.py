"""What this package asks of an HTTP library: httpx, which it comes with, or another one with the same surface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from ._sending import HEADERS
from .errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from http.cookiejar import CookieJar


class HttpClient(Protocol):
    """A client that blocks, such as an `httpx.Client` or an `httpx2.Client`."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """What makes a request, with what the client says by default."""
        ...

    @property
    def send(self) -> Callable[..., Any]:
        """What sends it, and returns the answer."""
        ...

    @property
    def close(self) -> Callable[[], None]:
        """What ends the client; only its owner calls it."""
        ...


class AsyncHttpClient(Protocol):
    """A client that awaits, such as an `httpx.AsyncClient` or an `httpx2.AsyncClient`."""

    @property
    def build_request(self) -> Callable[..., Any]:
        """What makes a request, with what the client says by default."""
        ...

    @property
    def send(self) -> Callable[..., Awaitable[Any]]:
        """What sends it, and returns the answer."""
        ...

    @property
    def aclose(self) -> Callable[[], Awaitable[None]]:
        """What ends the client; only its owner calls it."""
        ...


def own_client(given: Any, close: str) -> Any:
    """Return an HTTP client of the caller's own, which ends by the method of the given name.

    Raises:
        ConfigurationError: It awaits where it should block, or the other way round, or is something else.
    """
    if all(callable(getattr(given, name, None)) for name in ("build_request", "send", close)):
        return given
    blocks = close == "close"
    kind, other = (
        ("httpx.Client", "AsyncVideosClient") if blocks else ("httpx.AsyncClient", "VideosClient")
    )
    hint = (
        f"; that belongs to {other}"
        if callable(getattr(given, "aclose" if blocks else "close", None))
        else ""
    )
    raise ConfigurationError(
        f"http_client takes an {kind}, or what has its surface, not a {type(given).__name__}{hint}"
    )


def one_connection(kind: str) -> Callable[[], Any]:
    """Return what makes httpx clients of one connection each, which share their cookies and certificates."""
    cookies: list[CookieJar] = []

    def make() -> Any:
        """Make one."""
        # Here, because it takes longer to import than this package, and a client may never send anything.
        from http.cookiejar import CookieJar

        import httpx

        if not cookies:
            cookies.append(CookieJar())
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return getattr(httpx, kind)(
            headers=HEADERS, cookies=cookies[0], limits=limits, verify=_certificates()
        )

    return make


#: Held while certificates are read, which takes so long that many threads would come to do it at once.
_READING = Lock()


def _certificates() -> ssl.SSLContext:
    with _READING:
        return _read_certificates()


@cache
def _read_certificates() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()
