"""The git repository of the checkout, as a release needs it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from conformance.errors import UsageError

__all__ = ["Repository"]


@frozen
class Repository:
    """A checkout, asked and changed by git itself."""

    root: Path

    @property
    def branch(self) -> str | None:
        """The branch that is checked out, or None where none is."""
        name = self._run("branch", "--show-current").strip()
        return name or None

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self._run("rev-parse", "HEAD").strip()

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags."""
        return tuple(self._run("tag", "--list").split())

    def changed(self) -> tuple[str, ...]:
        """Return the files that are not as they were committed, also those that git does not know yet."""
        listed = self._run("status", "--porcelain", "--untracked-files=all", "-z").split("\0")
        return tuple(entry[3:] for entry in listed if entry)

    def commit(self, files: Sequence[str], message: str) -> None:
        """Commit some files, and nothing else."""
        self._run("add", "--", *files)
        self._run("commit", "--quiet", "--message", message)

    def tag(self, name: str, message: str) -> None:
        """Put a tag on the commit that is checked out."""
        self._run("tag", "--annotate", name, "--message", message)

    def untag(self, name: str) -> None:
        """Take a tag away."""
        self._run("tag", "--delete", name)

    def back_to(self, commit: str) -> None:
        """Take back later commits, and leave the files as they are."""
        self._run("reset", "--quiet", "--mixed", commit)

    def _run(self, *arguments: str) -> str:
        try:
            ended = subprocess.run(
                ("git", *arguments), cwd=self.root, check=False, capture_output=True, text=True, encoding="utf-8"
            )
        except FileNotFoundError:
            raise UsageError("git is not installed, and a release is a commit and a tag") from None
        if ended.returncode:
            said = " ".join((ended.stderr or ended.stdout).split())
            raise UsageError(f"`git {arguments[0]}` failed: {said}")
        return ended.stdout
