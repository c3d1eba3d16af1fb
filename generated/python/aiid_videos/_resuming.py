"""A download that broke off is gone on with: what came of it stays beside its place, with a note of what it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from ._sending import BrokenOff
from ._sinks import BesidePath

if TYPE_CHECKING:
    import httpx

#: How many of the last bytes are asked for again: that they are the same tells that it is the same thing.
_OVERLAP = 1 << 16

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)", re.ASCII)


class PartFile(BesidePath):
    """The file `NAME.part` beside `NAME`, and `NAME.part.json`, which says what it is a part of."""

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        super().__init__(path, overwrite=overwrite)
        self._note = self._part.with_name(f"{self._part.name}.json")
        self._source = ""
        self._known: dict[str, Any] = {}
        self._next: dict[str, Any] | None = None
        self._overlap = b""
        self._lock: int | None = None
        self.asked: Mapping[str, str] = {}

    def _part_of(self, target: Path) -> Path:
        return target.with_name(f"{target.name}.part")

    def open(self) -> None:
        """Open what is there, or begin it; one at a time.

        Raises:
            OSError: It is no part of a download, or another one is writing it.
        """
        if self._part.exists():
            self._known = self._read()
        # Of a link nobody knows whose file it is.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._file = os.fdopen(os.open(self._part, flags, 0o666), "r+b")
        except FileNotFoundError:
            raise FileNotFoundError(
                f"{self._target.parent} is no directory; make it first"
            ) from None
        self._lock = _locked(self._file, self._part)

    def _read(self) -> dict[str, Any]:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
            return {
                "source": str(known["source"]),
                "total": int(known["total"]),
                "etag": known["etag"] or None,
            }
        except (OSError, ValueError, TypeError, LookupError):
            if self._part.stat().st_size == 0:
                return {}
            raise FileExistsError(
                f"{self._part} is there, and no note says what it is a part of; remove it"
            ) from None

    def prepare(self, source: str) -> int:
        """Return how many bytes need not be asked for; `asked` holds the headers that say so.

        Raises:
            FileExistsError: What is there is a part of something else.
        """
        file = cast("IO[bytes]", self._file)
        if self._known and self._known["source"] != source:
            if not self._overwrite:
                raise FileExistsError(
                    f"{self._part} is a part of {self._known['source']}; remove it"
                )
            self._forget()
        self._source, self.asked, self._overlap = source, {}, b""
        size = file.seek(0, os.SEEK_END)
        if not self._known or size == 0:
            return 0
        first: int = max(0, min(size, self._known["total"]) - _OVERLAP)
        file.seek(first)
        self._overlap = file.read()
        file.seek(first)
        etag = {"If-Range": self._known["etag"]} if self._known["etag"] else {}
        self.asked = {"Range": f"bytes={first}-", **etag}
        return int(first)

    def goes_on(self, response: httpx.Response) -> int | None:
        """Return the size of the whole, where an answer is the part that was asked for.

        Raises:
            BrokenOff: It is a part of something else than before; it begins anew at the next attempt.
        """
        if not self.asked or response.status_code not in (206, 416):
            return None
        found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        first = self.asked["Range"].removeprefix("bytes=").rstrip("-")
        etag = self._known["etag"]
        if (
            found
            and found.groups() == (first, str(self._known["total"]))
            and response.headers.get("ETag", etag) == etag
        ):
            return int(found[2])
        raise self._other()

    def note(self, response: httpx.Response, total: int | None, *, begins: bool) -> None:
        """Note what the bytes that come now are a part of; what is there stays until the first of them is written."""
        etag = response.headers.get("ETag", "")
        strong = etag if etag.startswith('"') else None
        self._next = {"source": self._source, "total": total, "etag": strong} if begins else None

    def write(self, chunk: bytes) -> None:
        """Write the next bytes, once those that are there already have come again.

        Raises:
            BrokenOff: They are other ones.
        """
        if self._next is not None:
            known, self._next = self._next, None
            self._forget()
            # Without its size nothing can tell whether it is whole.
            if known["total"] is not None:
                self._known = known
                self._note.write_text(json.dumps(known), encoding="utf-8")
        again, self._overlap = self._overlap[: len(chunk)], self._overlap[len(chunk) :]
        if not chunk.startswith(again):
            raise self._other()
        super().write(chunk)

    def _other(self) -> BrokenOff:
        self._forget()
        return BrokenOff("what is there now is something else than what broke off")

    def _forget(self) -> None:
        file = cast("IO[bytes]", self._file)
        file.seek(0)
        file.truncate()
        self._known, self._overlap, self.asked = {}, b"", {}
        self._note.unlink(missing_ok=True)

    def rewind(self) -> None:
        """Keep what came, if it can be gone on with."""
        if not self._known:
            self._forget()

    def keep(self) -> Path:
        """Rename it, now that it is whole."""
        path = super().keep()
        self._known = {}
        return path

    def drop(self) -> None:
        """Leave what can be gone on with, and remove what cannot."""
        if self._file is None:
            return
        with suppress(OSError):
            self._file.close()
        if not self._known or not self._part.stat().st_size:
            self._note.unlink(missing_ok=True)
            super().drop()
        if self._lock is not None:
            os.close(self._lock)


def _locked(file: IO[bytes], path: Path) -> int | None:
    """See to it that nobody else writes a file, where the system can; return what holds it until that is closed.

    Raises:
        BlockingIOError: Somebody does.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It may have been finished, and renamed, a moment ago.
        if os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return os.dup(file.fileno())
    except (BlockingIOError, FileNotFoundError):
        pass
    file.close()
    raise BlockingIOError(f"{path} is being written by another download")
