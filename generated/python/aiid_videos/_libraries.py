"""What this package asks of an HTTP library: httpx, which it comes with, or another one with the same surface."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, Protocol

from ._sending import HEADERS

if TYPE_CHECKING:
    import ssl


class HttpClient(Protocol):
    """A client that blocks, such as an `httpx.Client` or an `httpx2.Client`."""

    def build_request(self, method: str, url: str, **options: Any) -> Any:
        """Make a request, with what the client says by default."""
        ...

    def send(self, request: Any, **options: Any) -> Any:
        """Send it; return the answer."""
        ...


class AsyncHttpClient(Protocol):
    """A client that awaits, such as an `httpx.AsyncClient` or an `httpx2.AsyncClient`."""

    def build_request(self, method: str, url: str, **options: Any) -> Any:
        """Make a request, with what the client says by default."""
        ...

    async def send(self, request: Any, **options: Any) -> Any:
        """Send it; return the answer."""
        ...


def one_connection(kind: str) -> Callable[[], Any]:
    """Return what makes httpx clients of one connection each, which share their cookies and certificates."""
    cookies = CookieJar()

    def make() -> Any:
        # Here, because it takes as long to import as all of this package, and a client may never send anything.
        import httpx

        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        return getattr(httpx, kind)(
            headers=HEADERS, cookies=cookies, limits=limits, verify=_certificates()
        )

    return make


@cache
def _certificates() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()
