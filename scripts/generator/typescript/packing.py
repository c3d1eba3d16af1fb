"""Packs the TypeScript client as npm does it, and installs it into an empty project, once for what it is made of."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import click

from scripts.generator.steps import ROOT, files
from scripts.generator.typescript.project import HOME
from scripts.node import packages

__all__ = ["ADAPTER", "HOME", "adapter", "compiled", "installed", "npm", "packed"]

ADAPTER = ROOT / "conformance" / "clients" / "examples" / "adapter.ts"
_CLIENT = ROOT / "generated" / "typescript"
_PLACE = ROOT / ".cache" / "typescript"


def adapter() -> tuple[str, ...]:
    """Return the command that starts the client's adapter.

    Raises:
        click.ClickException: the client cannot be packed here; the message says why.
    """
    return (str(packages.NODE), str(installed() / ADAPTER.name))


def installed(client: Path = _CLIENT) -> Path:
    """Return a project in which the client is installed, and its adapter stands.

    Raises:
        click.ClickException: npm could not; the message has what it said.
    """
    packages.install(HOME)
    _PLACE.mkdir(parents=True, exist_ok=True)
    project = _PLACE / _digest(client)
    with (_PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not project.is_dir():
            with tempfile.TemporaryDirectory(dir=_PLACE) as scratch:
                _install(packed(client, Path(scratch)), Path(scratch, "project"))
                Path(scratch, "project").rename(project)
    return project


def packed(client: Path, folder: Path) -> Path:
    """Let npm compile and pack a client; return the archive, which is put into a folder."""
    source = folder / "source"
    for name in files(client):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(client / name, source / name)
    (source / "node_modules").symlink_to(HOME / "node_modules")
    npm(source, "pack", "--pack-destination", str(folder))
    return next(folder.glob("*.tgz"))


def compiled(folder: Path, *options: str) -> str:
    """Compile a folder that has a tsconfig.json; return what the compiler says of it."""
    compiler = HOME / "node_modules" / "typescript" / "bin" / "tsc"
    command: list[str | Path] = [packages.NODE, compiler, "--project", folder, *options]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    return ended.stdout


def npm(folder: Path, *words: str) -> str:
    """Run npm in a folder, offline; return what it says.

    Raises:
        click.ClickException: it failed.
    """
    quiet = {"npm_config_offline": "true", "npm_config_audit": "false", "npm_config_fund": "false"}
    ended = subprocess.run(
        (packages.NODE, packages.NPM, *words), cwd=folder, env=packages.environment(quiet),
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if ended.returncode:
        raise click.ClickException(f"`npm {words[0]}` ended with {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def _install(archive: Path, project: Path) -> None:
    project.mkdir()
    shutil.copy2(ADAPTER, project)
    (project / "package.json").write_text(
        '{ "name": "project", "private": true, "type": "module" }\n', encoding="utf-8"
    )
    npm(project, "install", str(archive))


def _digest(client: Path) -> str:
    found = hashlib.sha256()
    for path in (*(client / name for name in files(client)), ADAPTER, HOME / "package-lock.json", Path(__file__)):
        found.update(str(path.name).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]
