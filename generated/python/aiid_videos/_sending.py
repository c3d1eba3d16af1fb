"""Sends calls, and decides which of them may be tried again."""

from __future__ import annotations

import logging
import math
import random
import re
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ._lanes import NoLaneError, is_crowded
from .errors import (
    ConfigurationError,
    InvalidRequestError,
    SentRequest,
    TimedOutError,
    TransportError,
)

if TYPE_CHECKING:
    import httpx

    from ._form import Part
    from ._multipart import Form
    from ._options import Settings

logger = logging.getLogger("aiid_videos")

#: The contract's server.
BASE_URL = "https://api.aiid.edu.kg"

#: In seconds: what a server may ask us to wait before a retry; if it asks for more, there is none.
LONGEST_RETRY_AFTER = 60.0

#: What every request says of itself, unless it goes through an HTTP client of the caller's own.
HEADERS = {
    "Accept": "application/json, */*;q=0.1",
    "User-Agent": "aiid-videos/1.0.0",
}
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

#: What passes by itself, so that whoever only reads may ask again.
_PASSING = frozenset({429, 500, 502, 503, 504})

#: Errors of httpx, and of those that have its surface, after which nothing can have arrived. By their names,
#: because each library has classes of its own.
_NEVER_SENT = frozenset(
    {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol"}
)
_HARMLESS = frozenset(
    {b"accept", b"content-length", b"content-type", b"transfer-encoding", b"user-agent"}
)


class BrokenOff(Exception):
    """Less came than was announced."""


class Call:
    """One request before it is sent.

    Args:
        method: The HTTP method.
        path: What stands behind the base URL.
        options: Of `httpx.Client.build_request`: `headers`, `cookies`, `content`, `json`.
    """

    def __init__(
        self,
        method: str,
        path: str,
        *,
        parts: Sequence[Part] | None = None,
        **options: Any,
    ) -> None:
        self.method = method
        self.path = path
        self.parts = parts
        self.options = options


class Rewinding(Protocol):
    """What has to begin anew before a call is tried again."""

    @property
    def rewinds(self) -> bool:
        """Whether it can."""
        ...


class Attempts:
    """The attempts of one call: what each sends, how many are left, and how long to wait before the next.

    Attributes:
        ends: Until when the call waits for a connection, in the time of `time.monotonic`.
    """

    def __init__(
        self, call: Call, base_url: str, settings: Settings, stream: Rewinding | None = None
    ) -> None:
        self._call = call
        self._address = base_url + call.path
        self._settings = settings
        self._form: Form | None = None
        if call.parts is not None:
            from ._multipart import Form

            self._form = Form(call.parts)
        self._stream = stream or self._form
        self._request: httpx.Request | None = None
        self._made = 0
        self._started = time.monotonic()
        self._patience = math.inf if settings.timeouts.pool is None else settings.timeouts.pool
        self.ends = self._started + self._patience

    @contextmanager
    def opened(self) -> Generator[dict[str, Any]]:
        """Hold the files open while an attempt is made; give what its request is built from."""
        if (form := self._form) is not None:
            try:
                form.open()
                yield self._built_from(form.headers, content=form.content)
            finally:
                form.close()
            return
        yield self._built_from({})

    @asynccontextmanager
    async def opened_async(self) -> AsyncGenerator[dict[str, Any]]:
        """The same, without holding up the event loop."""
        if (form := self._form) is not None and form.has_files:
            import asyncio

            try:
                await asyncio.to_thread(form.open)
                yield self._built_from(form.headers, content=form.content_async)
            finally:
                form.close()
            return
        with self.opened() as options:
            yield options

    def _built_from(self, headers: Mapping[str, str], **content: Any) -> dict[str, Any]:
        call, settings = self._call, self._settings
        return {
            **call.options,
            **content,
            "method": call.method,
            "url": self._address,
            "headers": {**call.options.get("headers", {}), **headers, **settings.headers},
            "extensions": {"timeout": settings.timeouts._asdict()},
        }

    def begin(self, request: httpx.Request) -> httpx.Request:
        """Note that an attempt begins; return its request."""
        self._request = request
        self._made += 1
        self._started = time.monotonic()
        logger.debug("%s %s: attempt %d", request.method, request.url, self._made)
        return request

    @property
    def _is_idempotent(self) -> bool:
        return self._call.method in _IDEMPOTENT

    @property
    def _rewinds(self) -> bool:
        return self._stream is None or self._stream.rewinds

    def failed(self, error: Exception, others: bool, request: httpx.Request | None = None) -> float:
        """Return the seconds to wait before the next attempt.

        Args:
            others: Whether other calls are on their way.
            request: What may be told of the request, where that is not all of it.

        Raises:
            TransportError: It must not be repeated, or has been often enough.
            InvalidRequestError: It cannot be sent.
            Exception: The error itself, where it is not the network's.
        """
        names = {kind.__name__ for kind in type(error).__mro__}
        was_sent = self._request is not None and not names & _NEVER_SENT
        if others and not was_sent and is_crowded(error):
            # Too many files are open: the others will close some.
            self._made -= self._request is not None
            self._request = None
            return 0.0
        if "InvalidURL" in names:
            raise InvalidRequestError(str(error)) from error
        if not ("RequestError" in names or isinstance(error, (BrokenOff, NoLaneError))):
            raise error
        request = request or self._request
        logger.debug(
            "%s %s: %s",
            self._call.method,
            self._address if request is None else request.url,
            type(error).__name__,
        )
        is_final = isinstance(error, NoLaneError) or (
            was_sent and not (self._is_idempotent and self._rewinds)
        )
        if not is_final and self._made <= self._settings.max_retries:
            return self._again(self._backoff())
        self._give_up(error, names, request, ambiguous=was_sent and not self._is_idempotent)

    def _again(self, delay: float) -> float:
        """Note that another attempt follows after some seconds, which are no waiting for a connection."""
        self.ends = time.monotonic() + delay + self._patience
        self._request = None
        return delay

    def _backoff(self) -> float:
        return min(8.0, 0.5 * 2.0 ** (self._made - 1)) * random.uniform(0.5, 1.0)

    def _give_up(
        self, error: Exception, names: set[str], request: httpx.Request | None, *, ambiguous: bool
    ) -> NoReturn:
        is_late = isinstance(error, NoLaneError) or "TimeoutException" in names
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        what = "no connection became free in time" if isinstance(error, NoLaneError) else what
        raise (TimedOutError if is_late else TransportError)(
            what,
            request=SentRequest(self._call.method, self._address, {})
            if request is None
            else sent(request),
            ambiguous=ambiguous,
            repeats=max(0, self._made - 1),
        ) from error

    def answered(self, response: httpx.Response) -> float | None:
        """Return the seconds to wait before the next attempt, or None where the answer is final."""
        request, status = response.request, response.status_code
        if logger.isEnabledFor(logging.DEBUG):
            seconds = time.monotonic() - self._started
            where, name = f"{request.method} {request.url}", request_id(response)
            logger.debug("%s: %d in %.3f s, request id %s", where, status, seconds, name)
        self.mark(response)
        if self._made > self._settings.max_retries or not self._rewinds:
            return None
        # Only a refusal by its status proves that nothing was made.
        may_ask = status == 429 or (status == 503 and self._is_idempotent)
        asked = retry_after(response.headers.get("Retry-After", "")) if may_ask else None
        if asked is not None and asked > LONGEST_RETRY_AFTER:
            return None
        if asked is not None:
            # Never earlier than asked, and not in step with everybody else.
            return self._again(asked + random.uniform(0.0, 0.25 + asked / 10))
        reads = self._call.method in ("GET", "HEAD")
        return self._again(self._backoff()) if reads and status in _PASSING else None

    def mark(self, response: httpx.Response) -> httpx.Response:
        """Note in an answer how often its request was sent again; return it."""
        response.extensions["repeats"] = self._made - 1
        return response


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


class TokenAuth:
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

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """Add the token to a request that is about to be sent."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

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
        return type(response)(
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
