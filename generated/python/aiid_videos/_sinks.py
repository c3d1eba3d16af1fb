"""Where bytes are written: a new file that appears when it is whole, or a file object of the caller's."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from .types import BinaryWriter


class BesidePath:
    """A new file, which is renamed when it is whole."""

    rewinds = True

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self._path = path
        # Of a link it is the file that is replaced.
        self._target = Path(os.path.realpath(path))
        self._overwrite = overwrite
        self._part = self._part_of(self._target)
        self._file: IO[bytes] | None = None
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a directory; name the file to write")
        if path.exists() and not path.is_file():
            raise FileExistsError(
                f"{path} is no regular file; open it yourself and pass the file object"
            )
        if path.exists() and not overwrite:
            raise self._taken()

    def _part_of(self, target: Path) -> Path:
        return target.with_name(f".{secrets.token_hex(8)}.part")

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


class IntoFile:
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
