"""Rust: crates at the versions and hashes of a ``Cargo.lock`` that names no registry."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

from scripts.toolchains.caches import demand, digest, kept, run

__all__ = ["build"]


def build(package: Path, program: Path) -> None:
    """Build a package; crates that it shares with earlier builds are not compiled again.

    Raises:
        click.ClickException: it does not compile, a crate is not what the lock says, or cargo is missing.
    """
    demand("cargo")
    shutil.copy(package / "Cargo.lock", lock := package.parent / "wanted.lock")
    (package / "Cargo.lock").unlink()
    run(("cargo", "generate-lockfile", "--quiet"), package)
    (package / "Cargo.lock").write_text(_completed(lock, package / "Cargo.lock"), encoding="utf-8")
    target = kept("rust-target", digest([lock], run(("cargo", "--version"), package)), Path.mkdir)
    settings = {"CARGO_TARGET_DIR": str(target), "CARGO_INCREMENTAL": "0"}
    run(("cargo", "build", "--quiet", "--locked"), package, settings)
    shutil.copy(target / "debug" / package_name(package), program)


def package_name(package: Path) -> str:
    """Return the name of a package, which its program has too."""
    with (package / "Cargo.toml").open("rb") as file:
        return str(tomllib.load(file)["package"]["name"])


def _completed(lock: Path, fresh: Path) -> str:
    """Return a lock with the registry that this machine's cargo writes into its own, wherever there is a hash."""
    source = next(line for line in fresh.read_text(encoding="utf-8").splitlines() if line.startswith("source = "))
    return re.sub("^checksum = ", f"{source}\nchecksum = ", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
