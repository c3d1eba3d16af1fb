"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from conformance.errors import UsageError

__all__ = ["check_writable", "is_special", "made_folder", "write_whole"]


def check_writable(path: Path) -> None:
    """Make sure before a run that a file can be written.

    Raises:
        UsageError: it cannot.
    """
    if path.is_dir():
        raise UsageError(f"{path}: is a folder; name a file")
    if is_special(path):
        return
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    _try_out(path, path.resolve().parent)


def made_folder(path: Path) -> Path:
    """Return a folder in which files can be written, made where it is missing.

    Raises:
        UsageError: there cannot be one.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file; name a folder" if path.is_file() else f"cannot be made: {error.strerror}"
        raise UsageError(f"{path}: {reason}") from None
    _try_out(path, path)
    return path


def _try_out(path: Path, folder: Path) -> None:
    try:
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def is_special(path: Path) -> bool:
    """Tell whether something stands there that is no ordinary file, such as a pipe or a device."""
    return path.exists() and not path.is_file() and not path.is_dir()


def write_whole(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a file, whole or not at all; into what is no ordinary file, such as a pipe, as it comes.

    A half of a surrogate pair, which UTF-8 has no bytes for, stands as its escape, which JSON reads back.

    Raises:
        OSError: it cannot be written.
    """
    if is_special(path):
        with path.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            write(stream)
        return
    place = path.resolve()
    temporary = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            write(stream)
        if place.exists():
            shutil.copymode(place, temporary)
        temporary.replace(place)
    finally:
        temporary.unlink(missing_ok=True)
