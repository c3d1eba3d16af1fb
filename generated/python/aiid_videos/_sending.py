"""Sends calls, and decides which of them may be tried again."""

from __future__ import annotations

import logging
import os
import random
import re
import time
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn, Protocol, cast

import httpx

from .errors import ConfigurationError, SentRequest, TimedOutError, TransportError

logger = logging.getLogger("aiid_videos")

#: The contract's server.
BASE_URL = "https://api.aiid.edu.kg"

#: In seconds. An answer may take long, because the server asks another one; gateways give up after
#: some 100 s, and their saying so is worth more than our giving up first.
TIMEOUT = httpx.Timeout(120.0, connect=10.0, pool=10.0)

#: In seconds: what a server may ask us to wait before a retry; if it asks for more, there is none.
LONGEST_RETRY_AFTER = 60.0

#: What every request says of itself, unless it goes through an httpx client of the caller's own.
HEADERS = {
    "Accept": "application/json, */*;q=0.1",
    "User-Agent": "aiid-videos/1.0.0",
}
_ONE_WRITE = 1 << 20
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

#: What passes by itself, so that whoever only reads may ask again.
_PASSING = frozenset({429, 500, 502, 503, 504})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_HARMLESS = frozenset(
    {b"accept", b"content-length", b"content-type", b"transfer-encoding", b"user-agent"}
)


class Call:
    """One request before it is sent; the options are those of `httpx.Client.build_request`."""

    def __init__(self, method: str, path: str, **options: Any) -> None:
        self.method = method
        self.path = path
        self.options = options


class Upload:
    """A file object of which no more is trusted than it can do.

    The descriptor of a pipe or of an archive tells a wrong length, so it stays hidden; what cannot
    be rewound is sent in chunks, and only once.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self.read = source.read
        self.rewinds = False
        with suppress(AttributeError, OSError, ValueError):
            source.seek(0, os.SEEK_END)
            source.seek(0)
            self.seek, self.tell, self.rewinds = source.seek, source.tell, True


class Rewinding(Protocol):
    """What has to begin anew before a call is tried again."""

    @property
    def rewinds(self) -> bool:
        """Whether it can."""
        ...


@contextmanager
def opened(call: Call) -> Generator[tuple[dict[str, Any], list[Upload]]]:
    """Hold the files of a call open while it is sent."""
    uploads: list[Upload] = []
    if "files" not in call.options:
        yield call.options, uploads
        return
    with ExitStack() as stack:
        parts: list[Any] = []
        for part in call.options["files"]:
            name, (filename, content, kind) = part
            if not isinstance(content, bytes):
                if isinstance(content, Path):
                    content = stack.enter_context(content.open("rb"))
                uploads.append(Upload(content))
                part = name, (filename, uploads[-1], kind)
            parts.append(part)
        yield {**call.options, "files": parts}, uploads


class Attempts:
    """The attempts of one call: how many are left, and how long to wait before the next."""

    def __init__(self, call: Call, streams: Sequence[Rewinding], retries: int) -> None:
        self._idempotent = call.method in _IDEMPOTENT
        self._reads = call.method in ("GET", "HEAD")
        self._streams = streams
        self._retries = retries
        self._made = 0
        self._started = 0.0

    def start(self, request: httpx.Request) -> None:
        """Note that an attempt begins; make one write of what would be many small ones."""
        if not self._streams and int(request.headers.get("Content-Length", "0")) <= _ONE_WRITE:
            request.read()
        self._made += 1
        self._started = time.monotonic()
        logger.debug("%s %s: attempt %d", request.method, request.url, self._made)

    @property
    def _rewinds(self) -> bool:
        return all(stream.rewinds for stream in self._streams)

    def failed(self, request: httpx.Request, error: httpx.RequestError) -> float:
        """Return the seconds to wait before the next attempt.

        Raises:
            TransportError: It must not be repeated, or has been often enough.
        """
        logger.debug("%s %s: %s", request.method, request.url, type(error).__name__)
        unsent = isinstance(error, _NEVER_SENT)
        if (unsent or (self._idempotent and self._rewinds)) and self._made <= self._retries:
            return self._backoff()
        self._give_up(request, error, ambiguous=not (unsent or self._idempotent))

    def _backoff(self) -> float:
        return min(8.0, 0.5 * 2.0 ** (self._made - 1)) * random.uniform(0.5, 1.0)

    def _give_up(
        self, request: httpx.Request, error: httpx.RequestError, *, ambiguous: bool
    ) -> NoReturn:
        kind = TimedOutError if isinstance(error, httpx.TimeoutException) else TransportError
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise kind(what, request=sent(request), ambiguous=ambiguous) from error

    def answered(self, response: httpx.Response) -> float | None:
        """Return the seconds to wait before the next attempt, or None where the answer is final."""
        request, status = response.request, response.status_code
        if logger.isEnabledFor(logging.DEBUG):
            seconds = time.monotonic() - self._started
            where, name = f"{request.method} {request.url}", request_id(response)
            logger.debug("%s: %d in %.3f s, request id %s", where, status, seconds, name)
        if self._made > self._retries or not self._rewinds:
            return None
        asked = (
            retry_after(response.headers.get("Retry-After", "")) if status in (429, 503) else None
        )
        if asked is not None:
            # Never earlier than asked, and not in step with everybody else.
            return (
                asked + random.uniform(0.0, 0.25 + asked / 10)
                if asked <= LONGEST_RETRY_AFTER
                else None
            )
        return self._backoff() if self._reads and status in _PASSING else None


def retry_after(value: str) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait, None where it asks nothing."""
    if value.strip().isdecimal():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def request_id(response: httpx.Response) -> str | None:
    """Return what the server calls an exchange, if it says so."""
    # Among the raw headers, because looking a name up makes httpx find out their encoding first.
    found = (value for key, value in response.headers.raw if key.lower() == b"x-oneapi-request-id")
    value = next(found, None)
    return None if value is None else value.decode("latin-1")


def sent(request: httpx.Request) -> SentRequest:
    """Return what may be told of a request: nothing that could hold a secret."""
    headers = {
        name.decode().lower(): value.decode("latin-1")
        for name, value in request.headers.raw
        if name.lower() in _HARMLESS
    }
    return SentRequest(request.method, str(request.url), headers)


def checked_url(url: str) -> str:
    """Return a base URL without its last slash.

    Raises:
        ConfigurationError: It is not an absolute http or https URL, or holds credentials.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ConfigurationError("the base URL must be an absolute http or https URL")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ConfigurationError("the base URL must not hold credentials, a query or a fragment")
    return url.rstrip("/")


class TokenAuth(httpx.Auth):
    """Adds the token to each request, and shows it nowhere else.

    Raises:
        ConfigurationError: There is no token, or no header could carry it.
    """

    def __init__(self, token: str | None) -> None:
        self._token = (token or "").strip()
        if not self._token:
            raise ConfigurationError("no token: pass token=…, or set AIID_VIDEOS_TOKEN")
        if not re.fullmatch(r"[\x21-\x7e]+", self._token):
            raise ConfigurationError("the token holds characters that a header cannot carry")

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the token to a request that is about to be sent."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def hide(self, response: httpx.Response) -> httpx.Response:
        """Return an answer without the token, which some servers repeat in their errors."""
        secret = self._token.encode()
        # What is shorter is no secret, and could be part of any word.
        if len(secret) < 8:
            return response
        if secret not in response.content and not any(
            secret in value for _, value in response.headers.raw
        ):
            return response
        return httpx.Response(
            response.status_code,
            headers=[
                (name, value.replace(secret, b"***"))
                for name, value in response.headers.raw
                if name.lower()
                not in (b"content-encoding", b"content-length", b"transfer-encoding")
            ],
            content=response.content.replace(secret, b"***"),
            request=response.request,
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds a token, and is therefore never pickled or copied")


class InThreads(httpx.AsyncByteStream):
    """A body with files in it, read without holding up the event loop."""

    def __init__(self, stream: httpx.SyncByteStream | httpx.AsyncByteStream) -> None:
        self._stream = cast("httpx.SyncByteStream", stream)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import asyncio

        chunks = iter(self._stream)
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            yield chunk
