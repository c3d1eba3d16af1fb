"""Puts what was made in place of what stood there: all of it or, however the program ends, none of it.

All new files are on the disk before the first old one is touched, and so are copies of the old ones and a journal of
what is to be done. Where a swap is broken off, the next start finds the journal and takes back what was done.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

__all__ = ["FileChange", "is_broken_off", "locked", "recover", "scratch", "swap"]

_SCRATCH = ".regenerate-"
_JOURNAL = "journal.json"
_OLD = "old"


@frozen
class FileChange:
    """One file to write, or to remove where there is nothing new."""

    target: Path
    new: Path | None


@contextmanager
def locked(output: Path, *, to_write: bool) -> Iterator[None]:
    """Let nobody write into an output meanwhile, nor read it where this one writes; who comes second waits."""
    handle = os.open(output, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if to_write else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


@contextmanager
def scratch(output: Path) -> Iterator[Path]:
    """Give a folder beside the output, so that moving out of it never copies; it is gone in the end."""
    folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=output))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def swap(changes: Sequence[FileChange], folder: Path, output: Path) -> None:
    """Carry out all changes; where one fails, none of them is left, and the error goes on."""
    entries = [_entry(change, output) for change in changes]
    old = folder / _OLD
    old.mkdir()
    for number, change in enumerate(changes):
        if change.target.is_file():
            shutil.copy2(change.target, old / str(number))
        _synced(change.new)
    temporary = folder / f"{_JOURNAL}.new"
    temporary.write_text(json.dumps(entries), encoding="utf-8")
    _synced(temporary)
    temporary.replace(folder / _JOURNAL)
    try:
        for change in changes:
            if change.new is None:
                change.target.unlink()
            else:
                change.target.parent.mkdir(parents=True, exist_ok=True)
                change.new.replace(change.target)
    except BaseException:
        _take_back(folder, output)
        raise
    (folder / _JOURNAL).unlink()  # from here on it is done
    for change in changes:
        if change.new is None:
            _remove_empty(change.target.parent, output)


def is_broken_off(output: Path) -> bool:
    """Tell whether a swap was broken off, and not taken back yet."""
    return any((folder / _JOURNAL).is_file() for folder in output.glob(f"{_SCRATCH}*"))


def recover(output: Path) -> bool:
    """Take back a swap that was broken off, and remove what earlier runs left; tell whether there was one."""
    was_broken_off = is_broken_off(output)
    for folder in output.glob(f"{_SCRATCH}*"):
        if (folder / _JOURNAL).is_file():
            _take_back(folder, output)
        shutil.rmtree(folder)
    return was_broken_off


def _entry(change: FileChange, output: Path) -> list[object]:
    # Relative, as the whole project may be moved before somebody starts it again.
    return [os.path.relpath(change.target, output), change.target.is_file()]


def _take_back(folder: Path, output: Path) -> None:
    """Put the old files in their places again; what is broken off here goes on at the next start."""
    for number, (name, was_there) in enumerate(json.loads((folder / _JOURNAL).read_text(encoding="utf-8"))):
        target, kept = output / name, folder / _OLD / str(number)
        if not was_there:
            target.unlink(missing_ok=True)
            _remove_empty(target.parent, output)
        elif kept.is_file():  # else it is in its place already
            target.parent.mkdir(parents=True, exist_ok=True)
            kept.replace(target)
    (folder / _JOURNAL).unlink()


def _remove_empty(folder: Path, output: Path) -> None:
    """Remove a folder that has nothing in it but compiled code, and those above it."""
    while folder != output and output in folder.parents and folder.is_dir():
        if any(path.name != "__pycache__" for path in folder.iterdir()):
            return
        shutil.rmtree(folder)
        folder = folder.parent


def _synced(path: Path | None) -> None:
    if path is not None:
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
