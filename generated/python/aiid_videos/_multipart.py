"""Puts the parts of a form together, behind a random boundary; large files are read while they are sent."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from ._form import Part

#: A file that is no larger is sent in one piece with what stands around it.
_SMALL = 1 << 17

#: How much of a larger one is read at once: less than what an allocator asks the system for anew each time.
_CHUNK = 112 << 10

#: How much of it where each reading is a trip to a thread, which costs as much as it does.
_TRIP = 384 << 10

_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Upload:
    """A file of which no more is trusted than it can do.

    The descriptor of a pipe or of an archive tells a wrong length, so nobody asks it; what cannot be
    rewound is sent in chunks, and only once.
    """

    def __init__(self, source: Path | IO[bytes]) -> None:
        self._source = source
        self._file: IO[bytes] | None = None
        self.size: int | None = None
        self.rewinds = isinstance(source, Path)

    def open(self) -> bytes | None:
        """Get ready to be read from the start; return all of it where that is little.

        Raises:
            OSError: The file cannot be opened.
        """
        source = self._source
        self._file = source.open("rb", buffering=0) if isinstance(source, Path) else source
        self.size = None
        with suppress(AttributeError, OSError, ValueError):
            self.size = self._file.seek(0, os.SEEK_END)
            self._file.seek(0)
            self.rewinds = True
        if not isinstance(source, Path) or self.size is None or self.size > _SMALL:
            return None
        whole = b"".join(self._pieces(_SMALL))
        self.close()
        return whole

    def chunks(self, most: int) -> Iterator[bytes]:
        """Read it to its end, or as far as it was announced, so many bytes at once at most.

        Raises:
            OSError: It cannot be read, or has become shorter meanwhile.
        """
        size = 0
        for piece in self._pieces(most):
            size += len(piece)
            yield piece
        if self.size is not None and size < self.size:
            name = getattr(self._file, "name", "a file")
            raise OSError(
                f"{name} became shorter while it was sent: {size} bytes of {self.size} were there"
            )

    def _pieces(self, most: int) -> Iterator[bytes]:
        file, left = self._file, self.size
        while file is not None and (left is None or left > 0):
            chunk = file.read(most if left is None else min(most, left))
            if not chunk:
                return
            left = None if left is None else left - len(chunk)
            yield chunk

    def close(self) -> None:
        """Close what was opened here."""
        if isinstance(self._source, Path) and self._file is not None:
            self._file.close()
        self._file = None


class Form:
    """A form on its way: bytes where all of it is small, or else a stream.

    Attributes:
        content_type: What it is, with its boundary.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        boundary = os.urandom(16).hex()
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._pieces: list[bytes | Upload] = []
        self._uploads: list[Upload] = []
        self._read: dict[Upload, bytes] = {}
        text: list[bytes] = []
        for name, (filename, content, kind) in parts:
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPES)}"'
            )
            if filename is not None:
                head += f'; filename="{filename.translate(_ESCAPES)}"'
            text.append(
                f"{head}\r\nContent-Type: {kind}\r\n\r\n".encode()
                if kind
                else f"{head}\r\n\r\n".encode()
            )
            if isinstance(content, bytes):
                text.append(content)
            else:
                self._uploads.append(Upload(content))
                self._pieces += [b"".join(text), self._uploads[-1]]
                text = []
            text.append(b"\r\n")
        text.append(f"--{boundary}--\r\n".encode())
        self._pieces.append(b"".join(text))

    @property
    def has_files(self) -> bool:
        """Whether anything in it has to be opened."""
        return bool(self._uploads)

    @property
    def rewinds(self) -> bool:
        """Whether it can be sent again."""
        return all(upload.rewinds for upload in self._uploads)

    def open(self) -> None:
        """Get ready to be sent from the start.

        Raises:
            OSError: A file cannot be opened.
        """
        for upload in self._uploads:
            if upload not in self._read and (whole := upload.open()) is not None:
                self._read[upload] = whole

    def close(self) -> None:
        """Close the files that were opened here."""
        for upload in self._uploads:
            upload.close()

    @property
    def content(self) -> bytes | Chunks:
        """What is sent; to be asked for while it is open."""
        pieces = [
            self._read.get(each, each) if isinstance(each, Upload) else each
            for each in self._pieces
        ]
        whole = [each for each in pieces if isinstance(each, bytes)]
        return b"".join(whole) if len(whole) == len(pieces) else Chunks(pieces)

    @property
    def content_async(self) -> bytes | InThreads:
        """The same for whoever must not be held up."""
        content = self.content
        return InThreads(content) if isinstance(content, Chunks) else content

    @property
    def headers(self) -> Mapping[str, str]:
        """What has to be said of it; to be asked for while it is open."""
        sizes = [upload.size for upload in self._uploads if upload not in self._read]
        said = {"Content-Type": self.content_type}
        if sizes and None not in sizes:
            rest = [
                self._read.get(each, b"") if isinstance(each, Upload) else each
                for each in self._pieces
            ]
            said["Content-Length"] = str(sum(map(len, rest)) + sum(size or 0 for size in sizes))
        return said


class Chunks:
    """A form with large files in it, piece by piece."""

    def __init__(self, pieces: Sequence[bytes | Upload]) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece.chunks(_CHUNK)


class InThreads:
    """The same, read without holding up the event loop."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        import asyncio

        for piece in self._chunks.pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            chunks, left = piece.chunks(_TRIP), piece.size
            while left != 0 and (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
                yield chunk
                left = None if left is None else left - len(chunk)
