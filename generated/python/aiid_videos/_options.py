"""What a call can be told beside its own arguments, and how long things may take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, TypeAlias, TypedDict, cast
from urllib.parse import urlsplit

from .errors import ConfigurationError, InvalidRequestError

__all__ = ["CallOptions", "Settings", "Steps", "Timeout", "Timeouts", "checked_url", "timeouts"]

#: What the client itself says in a request; an extra header in its place would be lost, or break the request.
_OURS = frozenset({"content-length", "content-type", "transfer-encoding", "authorization"})

#: What every path begins with. Other clients want it in the base URL, where it would stand twice.
_SHARED = "/v1"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


class Steps(Protocol):
    """How long each step of a call may take, such as an `httpx.Timeout` or an `httpx2.Timeout`."""

    @property
    def connect(self) -> float | None:
        """To reach the server, in seconds; None for any time."""
        ...

    @property
    def read(self) -> float | None:
        """Between one piece of the answer and the next."""
        ...

    @property
    def write(self) -> float | None:
        """Between one piece of the request and the next."""
        ...

    @property
    def pool(self) -> float | None:
        """To wait until a connection is free, when all of them are in use."""
        ...


class Timeouts(NamedTuple):
    """The same, as this package has it."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


#: Seconds for every step, or something that tells them for each.
Timeout: TypeAlias = float | Steps

#: An answer may take long, because the server asks another one; gateways give up after some 100 s, and
#: their saying so is worth more than our giving up first. Whoever has to wait for others waits longer.
TIMEOUTS = Timeouts(connect=10.0, read=120.0, write=120.0, pool=600.0)


class CallOptions(TypedDict, total=False):
    """What every call takes beside its own arguments; None and what is missing stand for what the client says.

    Attributes:
        timeout: Seconds for each step (to connect, to send or receive the next piece), or an `httpx.Timeout`.
        max_retries: How often to try again.
        extra_headers: Headers that the contract does not name.
    """

    timeout: Timeout | None
    max_retries: int | None
    extra_headers: Mapping[str, str] | None


class Settings(NamedTuple):
    """What holds for a call: what it is told itself, or else what its client says."""

    timeouts: Timeouts = TIMEOUTS
    max_retries: int = 2
    headers: Mapping[str, str] = {}

    def with_options(self, options: CallOptions) -> Settings:
        """Return what holds once some options are given.

        Raises:
            InvalidRequestError: A header cannot be sent.
            TypeError: Something is of a wrong type.
        """
        timeout, retries, headers = (
            options.get("timeout"),
            options.get("max_retries"),
            options.get("extra_headers"),
        )
        if retries is not None and not isinstance(cast("Any", retries), (int, float)):
            # Now, because it would be noticed only when an answer is there, which would be lost.
            raise TypeError(f"max_retries is a number, not {type(retries).__name__}")
        return Settings(
            self.timeouts if timeout is None else timeouts(timeout),
            self.max_retries if retries is None else retries,
            _replaced(self.headers, _checked(headers)) if headers else self.headers,
        )


def timeouts(given: Timeout) -> Timeouts:
    """Return how long each step may take, whichever library says it."""
    if isinstance(given, Timeouts):
        return given
    if isinstance(given, (int, float)):
        return Timeouts(given, given, given, given)
    if not hasattr(given, "connect"):
        raise TypeError(
            f"a timeout is a number of seconds, or an httpx.Timeout, not {type(given).__name__}"
        )
    return Timeouts(given.connect, given.read, given.write, given.pool)


def _replaced(headers: Mapping[str, str], others: Mapping[str, str]) -> Mapping[str, str]:
    """Some headers, and others in place of those that have the same name, in whichever case."""
    replaced = {name.lower() for name in others}
    return {
        **{name: value for name, value in headers.items() if name.lower() not in replaced},
        **others,
    }


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    for name, value in cast("Mapping[Any, Any]", headers).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError("a header is a name and a text")
        if not _NAME.fullmatch(name):
            raise InvalidRequestError(f"{name!r} is no name of a header")
        if not _VALUE.fullmatch(value):
            # Not the value itself, which can be a secret.
            raise InvalidRequestError(f"{name} holds characters that a header cannot carry")
        if name.lower() in _OURS:
            raise InvalidRequestError(f"{name} is what the client says itself")
    return headers


def checked_url(url: str) -> str:
    """Return a base URL without its last slash, and without what every path begins with.

    Raises:
        ConfigurationError: It is not an absolute http or https URL, or holds credentials.
    """
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except (AttributeError, TypeError, ValueError):
        parts, is_one = urlsplit(""), False
    if not is_one or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise ConfigurationError("the base URL must be an absolute http or https URL")
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ConfigurationError("the base URL must not hold credentials, a query or a fragment")
    if parts.path.rstrip("/").endswith(_SHARED):
        url = url.rstrip("/").removesuffix(_SHARED)
    return url.rstrip("/")
