"""Saves what a server sends: all of it or nothing, and no page of an error in its place."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self, cast

import httpx

from ._answers import error_of, respond
from ._sending import HEADERS, request_id
from .errors import AnswerError
from .types import BinaryWriter, Download, FileTarget

#: How many bytes are written at once.
_CHUNK = 1 << 18

#: How much of an answer is read that is not what was asked for.
_LONGEST_REFUSAL = 1 << 16

_MOST_REDIRECTIONS = 5

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
        optional: bool = False,
    ) -> None:
        self._sink: _BesidePath | _IntoFile
        if isinstance(target, (str, os.PathLike)):
            self._sink = _BesidePath(Path(target), overwrite=overwrite)
        else:
            self._sink = _IntoFile(target)
        self._media_types = media_types
        self._on_progress = on_progress
        self._optional = optional
        self._home = httpx.URL()
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

    def rewind(self) -> None:
        """Begin anew."""
        self._sink.rewind()
        self._size = 0

    def shown(self, request: httpx.Request) -> httpx.Request:
        """Return what may be told of a request: the address of another server can be a secret in itself."""
        return (
            request
            if self.is_at_home
            else httpx.Request(request.method, request.url.copy_with(query=None))
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
        headers = httpx.Headers(request.headers if self.is_at_home else HEADERS)
        headers.update({name: request.headers[name] for name in ("Accept", "Accept-Encoding")})
        # Without a user in the address: httpx would make credentials of it.
        url = found.url if self.is_at_home else found.url.copy_with(username="", password="")
        return httpx.Request(request.method, url, headers=headers, extensions=request.extensions)

    def receive(self, response: httpx.Response) -> None:
        """Write an answer as it comes, and tell the caller how far it is.

        Raises:
            httpx.RequestError: Not all of it came.
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
            httpx.RequestError: Not all of it came.
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
        is_promised = self._is_promised(_media_type(response)) and encoding in (
            "identity",
            "gzip",
            "deflate",
        )
        self._refused = None if is_whole and is_promised else bytearray()
        length = response.headers.get("Content-Length", "")
        self._total = int(length) if length.isdecimal() and encoding == "identity" else None

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
            httpx.RemoteProtocolError: Not all of it came.
        """
        if self._refused is None and self._total is not None and self._size != self._total:
            message = f"{self._size} bytes came of the {self._total} that were announced"
            raise httpx.RemoteProtocolError(message, request=response.request)
        if self._refused is None and not self._size and self._are_media:
            self._refused = bytearray()

    def refused(self, request: httpx.Request, response: httpx.Response) -> httpx.Response | None:
        """Return an answer that is not what was asked for, as far as it was read; None where it is."""
        if self._refused is None:
            return None
        hidden = (b"content-encoding", b"content-length", b"transfer-encoding")
        return httpx.Response(
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


class _BesidePath:
    """A new file, which is renamed when it is whole."""

    rewinds = True

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self._path = path
        # Of a link it is the file that is replaced.
        self._target = Path(os.path.realpath(path))
        self._overwrite = overwrite
        self._part = self._target.with_name(f".{secrets.token_hex(8)}.part")
        self._file: IO[bytes] | None = None
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a directory; name the file to write")
        if path.exists() and not path.is_file():
            raise FileExistsError(
                f"{path} is no regular file; open it yourself and pass the file object"
            )
        if path.exists() and not overwrite:
            raise self._taken()

    def _taken(self) -> FileExistsError:
        return FileExistsError(f"{self._path} is there already; overwrite=True replaces it")

    def open(self) -> None:
        """Begin the new file, beside the place where it will stand."""
        # By hand, because a temporary file of the standard library could be read by its owner alone.
        try:
            self._file = self._part.open("xb")
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{self._target.parent} is no directory; make it first"
            ) from None

    def write(self, chunk: bytes) -> None:
        """Write the next bytes."""
        cast("IO[bytes]", self._file).write(chunk)

    def rewind(self) -> None:
        """Begin the new file again."""
        file = cast("IO[bytes]", self._file)
        file.seek(0)
        file.truncate()

    def keep(self) -> Path:
        """Rename it, now that it is whole."""
        cast("IO[bytes]", self._file).close()
        if self._overwrite:
            self._part.replace(self._target)
            return self._path
        try:
            # Unlike a rename, a link never replaces what somebody else has put there meanwhile.
            os.link(self._part, self._target)
        except FileExistsError:
            raise self._taken() from None
        except OSError:  # There are file systems without links.
            if self._target.exists():
                raise self._taken() from None
            self._part.replace(self._target)
        return self._path

    def drop(self) -> None:
        """Remove what was not kept."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._part.unlink(missing_ok=True)


class _IntoFile:
    """A file object of the caller's; what failed is taken back where it can be rewound."""

    def __init__(self, file: BinaryWriter) -> None:
        # Typed for what it can do beside, if it can.
        self._file = cast("IO[bytes]", file)
        self._begin: int | None = None
        self._is_dirty = self._is_kept = False
        # A file of texts says so here, before anything is asked for.
        file.write(b"")

    @property
    def rewinds(self) -> bool:
        """Whether it can begin anew."""
        return self._begin is not None or not self._is_dirty

    def open(self) -> None:
        """Note where it begins, if it can come back to it."""
        with suppress(AttributeError, OSError, ValueError):
            self._begin = self._file.tell() if self._file.seekable() else None

    def write(self, chunk: bytes) -> None:
        """Write the next bytes, all of them."""
        self._is_dirty = True
        while chunk:
            # A file without a buffer says how much it took.
            taken: Any = self._file.write(chunk)
            chunk = chunk[taken:] if isinstance(taken, int) else b""

    def rewind(self) -> None:
        """Take back what was written, if that is possible."""
        if self._begin is not None and self._is_dirty:
            self._file.seek(self._begin)
            self._file.truncate()
            self._is_dirty = False

    def keep(self) -> None:
        """Leave it as it is, now that all of it is written."""
        with suppress(AttributeError):
            self._file.flush()
        self._is_kept = True

    def drop(self) -> None:
        """Take back what was not kept."""
        if not self._is_kept:
            with suppress(OSError, ValueError):
                self.rewind()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _media_type(response: httpx.Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
