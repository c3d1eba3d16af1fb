"""Copies of the project, which a test may change and run its commands in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from scripts.node import packages
from tests.suite.runs import ROOT, Said, environment

__all__ = ["ProjectCopy", "fill", "unreleased"]

_NODE = (Path("scripts", "node"), Path("scripts", "typescript"))
"""Where npm packages are installed that its commands need."""


def fill(folder: Path) -> None:
    """Copy all that the repository holds into a folder, and lend it the packages that are installed for Node."""
    listed = subprocess.run(
        ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():  # one that was deleted and not yet committed is not
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for home in _NODE:
        packages.install(ROOT / home)
        (folder / home / "node_modules").symlink_to(ROOT / home / "node_modules")


def unreleased(folder: Path) -> None:
    """Make a copy as it was before the first release, whatever this checkout has released by now."""
    path = folder / "conformance" / "requirements" / "sets" / "released.yaml"
    head = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.startswith("#")]
    path.write_text(f"{''.join(head)}{{}}\n", encoding="utf-8")
    shutil.rmtree(folder / "released", ignore_errors=True)


@frozen
class ProjectCopy:
    """A copy of the project; its commands run the copy's own code."""

    folder: Path

    @property
    def contract(self) -> Path:
        """Where its contract stands."""
        return self.folder / "openapi.yaml"

    def run(self, *words: object, **variables: str) -> Said:
        """Run Python in it, with some variables more.

        Raises:
            AssertionError: a traceback was told to the user.
        """
        own = (self.folder, self.folder / "generated" / "python")
        env = environment(PYTHONPATH=os.pathsep.join(map(str, own)), **variables)
        command = [sys.executable, "-P", *map(str, words)]
        made = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True, check=False)
        assert "Traceback" not in made.stderr, made.stderr
        return Said(made.returncode, made.stdout, made.stderr)

    def regenerate(self, *arguments: str) -> Said:
        """Run `./scripts/regenerate`, without its set-up."""
        return self.run("-m", "scripts.generator", *arguments)

    def lint(self) -> Said:
        """Lint its contract."""
        return self.run("-m", "conformance", "lint")

    def files(self) -> dict[str, bytes]:
        """Return everything that a command may write, and the contract, but for what is hidden."""
        places = (self.folder / "generated", self.folder / "conformance" / "requirements" / "sets")
        found = [path for place in places for path in place.rglob("*") if "__pycache__" not in path.parts]
        found += [self.contract, *self.folder.glob("*.md"), *self.folder.glob("docs/*")]
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in found
            if path.is_file() and not any(part[0] == "." for part in path.relative_to(self.folder).parts)
        }
