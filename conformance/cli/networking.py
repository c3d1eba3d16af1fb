"""Options that say how the server under test is reached: through what, trusting whom, how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.engine.network import Network

__all__ = ["network_of", "network_options"]

_FILE = click.Path(path_type=Path)


class _HeaderField(click.ParamType[str]):
    """A header field; an environment variable may hold several, one a line."""

    name = "text"

    def split_envvar_value(self, rv: str) -> Sequence[str]:
        """Return the lines of a variable."""
        return [line for line in rv.splitlines() if line.strip()]

    def in_file(self, value: str, folder: Path) -> str:
        """Return a header field that stands in a file of configuration, which names a secret and never holds one.

        Raises:
            UsageError: its value stands there.
        """
        from conformance.engine.user_header import is_literal, moved

        if is_literal(value):
            raise UsageError("a secret stands in no file of configuration: write NAME=env:VARIABLE or NAME=file:PATH")
        return moved(value, folder)

    def shown(self, value: str) -> str:
        """Return it without its value."""
        from conformance.engine.user_header import is_literal

        return f"{value.partition(':')[0]}: (secret)" if is_literal(value) else value


class _ProxyUrl(click.ParamType[str]):
    """The URL of a proxy, which may hold a password."""

    name = "url"

    def in_file(self, value: str, folder: Path) -> str:
        """Return the proxy that a file of configuration names.

        Raises:
            UsageError: its password stands there.
        """
        del folder
        if "@" in value:
            raise UsageError("a secret stands in no file of configuration: give user and password in the environment")
        return value

    def shown(self, value: str | None) -> str | None:
        """Return it without user and password."""
        if value is None or "@" not in value:
            return value
        return f"{value.partition('://')[0]}://(secret)@{value.rpartition('@')[2]}"


network_options: Callable[[Any], Any] = grouped(
    click.option(
        "-H",
        "--header",
        "headers",
        multiple=True,
        type=_HeaderField(),
        metavar="NAME: VALUE",
        help="Add a header field to every request; its value is a secret. NAME=env:VARIABLE and NAME=file:PATH keep it"
        " out of the list of processes. May be repeated.",
    ),
    click.option("--cacert", type=_FILE, help="Trust the CAs in this file (PEM) instead of the usual ones."),
    click.option("--cert", type=_FILE, help="Show this certificate (PEM) to a server that wants one."),
    click.option("--key", type=_FILE, help="Its key, where that stands in a file of its own."),
    click.option("--insecure", is_flag=True, help="Trust any certificate: whoever stands in between reads the token."),
    click.option(
        "--proxy", type=_ProxyUrl(), metavar="URL", help="Connect through this HTTP proxy, which has to allow CONNECT."
    ),
    click.option(
        "--trust-env",
        is_flag=True,
        help="Heed HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR.",
    ),
    click.option(
        "--http2", is_flag=True, help="Speak HTTP/2 with a server that does; what is about HTTP/1.1 stays so."
    ),
    click.option(
        "--resolve",
        multiple=True,
        metavar="HOST:PORT:ADDRESS",
        help="Connect to this address instead of asking a name server; TLS and Host keep the name.",
    ),
    click.option("--rate", metavar="N/s", help="Send no more than so many requests a second (2/s), minute or hour."),
)


def network_of(contract: Contract, url: str | None, settings: dict[str, Any]) -> Network:
    """Return how a server is reached; the embedded one, which has no URL of the user's, without any detour.

    Raises:
        UsageError: an option, or a file that it names, cannot be used.
    """
    import httpx

    from conformance.engine.network import Network, proxy_of_environment, read_pins, read_proxy
    from conformance.engine.rate import Throttle, read_rate
    from conformance.engine.trust import Trust
    from conformance.engine.user_header import read_headers

    throttle = Throttle(read_rate(settings["rate"])) if settings["rate"] is not None else Throttle()
    if url is None:
        return Network(throttle=throttle)
    trusts_environment: bool = settings["trust_env"]
    proxy = None
    if settings["proxy"] is not None:
        proxy = read_proxy(settings["proxy"])
    elif trusts_environment:
        proxy = proxy_of_environment(url)
    parsed = httpx.URL(url)
    asked = parsed.host.lower(), parsed.port or (443 if parsed.scheme == "https" else 80)
    dialled, because = (asked, "--url names") if proxy is None else ((proxy.host, proxy.port), "all goes to the proxy")
    network = Network(
        headers=read_headers(settings["headers"], contract),
        trust=Trust(settings["cacert"], settings["cert"], settings["key"], settings["insecure"], trusts_environment),
        proxy=proxy,
        pins=read_pins(settings["resolve"], dialled, because),
        http2=settings["http2"],
        throttle=throttle,
    )
    if network.http2:
        _demand_http2()
    if parsed.scheme == "https":
        _ = network.tls  # made now, so that a file that cannot be used is told of before anything is sent
    return network


def _demand_http2() -> None:
    try:
        import h2  # noqa: F401 - only its presence matters
    except ImportError:
        raise UsageError("--http2 needs the library h2: install videos-conformance[http2]") from None
