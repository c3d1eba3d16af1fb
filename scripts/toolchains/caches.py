"""What is built once and kept in the user's cache, so that a fresh checkout need not build it again."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

__all__ = ["cache", "demand", "digest", "kept", "place", "run", "tree"]

UNUSED_SECONDS = 14 * 24 * 3600


def cache() -> Path:
    """Return the folder of the user's cache that is ours."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "videos-conformance"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def demand(*programs: str) -> None:
    """Refuse to go on where a program is missing.

    Raises:
        click.ClickException: one of them is not on the path.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise click.ClickException(f"{' and '.join(missing)} not on the path")


def tree(folder: Path) -> list[Path]:
    """Return the files of a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest(files: Iterable[Path], *words: str) -> str:
    """Return what changes with the names and contents of files, and with words."""
    parts = [part for path in files for part in (path.name.encode(), path.read_bytes())]
    return hashlib.sha256(b"\0".join([*parts, *map(str.encode, words)])).hexdigest()[:20]


def place(name: str, version: str) -> Path:
    """Return where a version of something is kept, if it is."""
    return cache() / f"{name}-{version}"


def kept(name: str, version: str, make: Callable[[Path], None]) -> Path:
    """Return the folder that `make` fills, once for each version, whoever else asks at the same time.

    Args:
        name: what is kept; a version of it that nobody has asked for in two weeks is removed.
        version: changes with everything that it is made from.
        make: fills the empty folder that it is given.
    """
    folder = place(name, version)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            with tempfile.TemporaryDirectory(dir=cache(), prefix=f".{name}-") as work:
                make(made := Path(work) / "made")
                made.rename(folder)
        os.utime(folder)
        for other in cache().glob(f"{name}-*"):
            if other.stat().st_mtime < time.time() - UNUSED_SECONDS:
                shutil.rmtree(other)
    return folder


def run(words: Iterable[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a step in a folder and return what it printed.

    Raises:
        click.ClickException: it failed; the message has what it said.
    """
    command = [str(word) for word in words]
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, **(environment or {})}, check=False, capture_output=True, text=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if ended.returncode:
        said = (ended.stdout + ended.stderr).strip()[-4000:]
        raise click.ClickException(f"`{' '.join(command[:6])} …` ended with {ended.returncode}:\n{said}")
    return ended.stdout
