"""Saves what a server sends: all of it or nothing, and no page of an error in its place."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from ._answers import error_of, respond
from ._resuming import PartFile
from ._sending import HEADERS, BrokenOff, request_id
from ._sinks import BesidePath, IntoFile
from .errors import AnswerError
from .types import Download, FileTarget

if TYPE_CHECKING:
    import httpx

#: How many bytes are written at once.
_CHUNK = 1 << 18

#: How much of an answer is read that is not what was asked for.
_LONGEST_REFUSAL = 1 << 16

_MOST_REDIRECTIONS = 5

#: What says which bytes are wanted, also of another server.
_CARRIED = ("Accept", "Accept-Encoding", "Range", "If-Range")

#: What servers call bytes of which they know no more.
_UNSPECIFIC = ("", "application/octet-stream", "binary/octet-stream")

#: What a page or an object begins with, and no medium does.
_WRITTEN = (b"<", b"{", b"[")


class Saving:
    """One answer on its way to a path, or into a file object.

    Args:
        target: Where to write; a path is written under another name beside it first.
        media_types: What the contract promises.
        overwrite: Whether a file that is there already may be replaced.
        on_progress: Called with the number of bytes that were written, and of all if that is known.
        resume: Whether what broke off is kept beside the path, and gone on with.
        optional: Servers may do without what is asked for.

    Raises:
        OSError: It cannot be written there.
        TypeError: It is no place to write bytes to.
    """

    def __init__(
        self,
        target: FileTarget,
        media_types: Sequence[str],
        *,
        overwrite: bool,
        on_progress: Callable[[int, int | None], object] | None,
        resume: bool = False,
        optional: bool = False,
    ) -> None:
        self._sink: BesidePath | PartFile | IntoFile
        if not isinstance(target, (str, os.PathLike)):
            if resume:
                raise TypeError("a download into a file object cannot be resumed; give a path")
            self._sink = IntoFile(target)
        else:
            self._sink = (PartFile if resume else BesidePath)(Path(target), overwrite=overwrite)
        self._media_types = media_types
        self._on_progress = on_progress
        self._optional = optional
        self._home: httpx.URL | None = None
        self._redirections = 0
        self._size = 0
        self._total: int | None = None
        self._refused: bytearray | None = None
        self.is_at_home = True
        self.is_telling = False

    def __enter__(self) -> Self:
        self._sink.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._sink.drop()

    @property
    def rewinds(self) -> bool:
        """Whether it can begin anew."""
        return self._sink.rewinds

    def begin(self, request: httpx.Request) -> None:
        """Note what is asked for, and ask for it as it is."""
        request.headers["Accept"] = ", ".join([*self._media_types, "*/*;q=0.1"])
        # A medium gains nothing from compression, and its size is what tells whether it came whole.
        request.headers["Accept-Encoding"] = "identity"
        self._home, self._redirections, self.is_at_home = request.url, 0, True
        if isinstance(self._sink, PartFile):
            self._size = self._sink.prepare(str(request.url.copy_with(query=None)))
            request.headers.update(self._sink.asked)

    def rewind(self) -> None:
        """Begin anew, or go on where it broke off."""
        self._sink.rewind()
        self._size = 0

    def shown(self, request: httpx.Request) -> httpx.Request:
        """Return what may be told of a request: the address of another server can be a secret in itself."""
        return (
            request
            if self.is_at_home
            else type(request)(request.method, request.url.copy_with(query=None))
        )

    def onward(self, request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
        """Return the request that a redirection asks for, None where it is not followed.

        Once it leaves for another server, nothing of the caller goes with it, or returns.
        """
        response.request = self.shown(request)
        found = response.next_request
        if found is None or self._redirections == _MOST_REDIRECTIONS:
            return None
        if request.url.scheme == "https" and found.url.scheme != "https":
            return None
        self._redirections += 1
        self.is_at_home = self.is_at_home and _origin(found.url) == _origin(self._home)
        headers = type(request.headers)(request.headers if self.is_at_home else HEADERS)
        headers.update(
            {name: request.headers[name] for name in _CARRIED if name in request.headers}
        )
        # Without a user in the address: httpx would make credentials of it.
        url = found.url if self.is_at_home else found.url.copy_with(username="", password="")
        return type(request)(request.method, url, headers=headers, extensions=request.extensions)

    def receive(self, response: httpx.Response) -> None:
        """Write an answer as it comes, and tell the caller how far it is.

        Raises:
            BrokenOff: Not all of it came.
            OSError: It cannot be written.
        """
        self._judge(response)
        chunk = b""
        try:
            for chunk in response.iter_bytes(_CHUNK):
                if not self._take(chunk):
                    break
                self._tell()
        finally:
            # A refusal may repeat a secret, and a traceback show what a variable holds.
            chunk = b""
        self._check(response)

    async def receive_async(self, response: httpx.Response) -> None:
        """Write an answer as it comes without holding up the event loop, and tell the caller how far it is.

        Raises:
            BrokenOff: Not all of it came.
            OSError: It cannot be written.
        """
        import asyncio

        self._judge(response)
        chunk = b""
        try:
            async for chunk in response.aiter_bytes(_CHUNK):
                if not await asyncio.to_thread(self._take, chunk):
                    break
                told = self._tell()
                if isinstance(told, Awaitable):
                    self.is_telling = True
                    await cast("Awaitable[object]", told)
                    self.is_telling = False
        finally:
            chunk = b""
        self._check(response)

    def _judge(self, response: httpx.Response) -> None:
        """Decide by the head of an answer whether it is what was asked for."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        is_whole = response.is_success and response.status_code not in (202, 204, 205, 206)
        total = self._sink.goes_on(response) if isinstance(self._sink, PartFile) else None
        is_promised = self._is_promised(_media_type(response)) and encoding in (
            "identity",
            "gzip",
            "deflate",
        )
        is_part = total is not None and encoding == "identity"
        self._refused = None if (is_whole or is_part) and is_promised else bytearray()
        length = response.headers.get("Content-Length", "")
        if is_whole:
            self._size = 0
            total = int(length) if length.isdecimal() and encoding == "identity" else None
        self._total = total
        if self._refused is None and isinstance(self._sink, PartFile):
            self._sink.note(response, total, begins=is_whole)

    def _is_promised(self, media_type: str) -> bool:
        groups = [each.partition("/")[0] for each in self._media_types]
        return (
            media_type in (*self._media_types, *_UNSPECIFIC)
            or media_type.partition("/")[0] in set(groups) - {"application", "text"}
            or "*" in groups
        )

    @property
    def _are_media(self) -> bool:
        """Whether nothing that is promised can be a text, or empty."""
        return all(re.match(r"(video|audio|image)/(?!.*\+xml)", each) for each in self._media_types)

    def _take(self, chunk: bytes) -> bool:
        """Write the next bytes; return whether more are wanted."""
        if (
            self._refused is None
            and self._size == 0
            and self._are_media
            and chunk.lstrip().startswith(_WRITTEN)
        ):
            # Whatever its head says.
            self._refused = bytearray()
        if self._refused is not None:
            self._refused += chunk[:_LONGEST_REFUSAL]
            return len(self._refused) < _LONGEST_REFUSAL
        self._sink.write(chunk)
        self._size += len(chunk)
        return True

    def _tell(self) -> object:
        """Tell the caller how far it is."""
        if self._on_progress is None or self._refused is not None:
            return None
        # What goes wrong in there is the caller's.
        self.is_telling = True
        told = self._on_progress(self._size, self._total)
        self.is_telling = False
        return told

    def _check(self, response: httpx.Response) -> None:
        """Hold what came to what was announced.

        Raises:
            BrokenOff: Not all of it came.
        """
        if self._refused is None and self._total is not None and self._size != self._total:
            message = f"{self._size} bytes came of the {self._total} that were announced"
            raise BrokenOff(message)
        if self._refused is None and not self._size and self._are_media:
            self._refused = bytearray()

    def refused(self, request: httpx.Request, response: httpx.Response) -> httpx.Response | None:
        """Return an answer that is not what was asked for, as far as it was read; None where it is."""
        if self._refused is None:
            return None
        hidden = (b"content-encoding", b"content-length", b"transfer-encoding")
        return type(response)(
            response.status_code,
            headers=[
                (name, value) for name, value in response.headers.raw if name.lower() not in hidden
            ],
            content=bytes(self._refused),
            request=self.shown(request),
        )

    def error(self, response: httpx.Response) -> AnswerError:
        """Return the error that such an answer is."""
        promised = " or ".join(self._media_types) or "the bytes"
        came = _media_type(response) or "something"
        what = (
            f"{came} came in place of {promised}"
            if response.content
            else f"nothing came in place of {promised}"
        )
        return error_of(respond(response, {}), what, optional=self._optional)

    def keep(self, response: httpx.Response) -> Download:
        """Let the file appear in its place, now that it is whole.

        Raises:
            OSError: That is not possible, or somebody else has put a file there.
        """
        path = self._sink.keep()
        content_type = response.headers.get("Content-Type")
        return Download(path, self._size, content_type, request_id(response))


def _origin(url: httpx.URL | None) -> tuple[str, str, int | None] | None:
    return (
        None
        if url is None
        else (url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme))
    )


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
