"""Go: modules come from go.sum, which has their hashes; the user's own caches of modules and builds are used."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.toolchains.caches import demand, run

__all__ = ["build", "environment"]


def environment() -> dict[str, str]:
    """Return this process's environment, in which Go fetches no other Go and changes no lock."""
    return {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false -mod=readonly", "CGO_ENABLED": "0"}


def build(module: Path, program: Path) -> None:
    """Build the program of a module.

    Raises:
        click.ClickException: it does not compile, or go is missing.
    """
    demand("go")
    run(("go", "build", "-trimpath", "-o", program, "."), module, environment())
