"""Writes files, commits and tags so that whatever ends a release leaves everything as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from attrs import Factory, define

from scripts.releasing.repository import Repository

__all__ = ["Undertaking", "undertaken"]


@define
class Undertaking:
    """What a release has done so far; `undo` takes it back."""

    repository: Repository
    start: str
    before: dict[str, bytes | None] = Factory(dict)
    tag: str | None = None

    def write(self, texts: Mapping[str, str]) -> None:
        """Write files, and keep what they were."""
        for name, text in texts.items():
            path = self.repository.root / name
            self.before[name] = path.read_bytes() if path.is_file() else None
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> None:
        """Commit what was written."""
        self.repository.commit(tuple(self.before), message)

    def put_tag(self, name: str, message: str) -> None:
        """Tag the commit."""
        self.repository.tag(name, message)
        self.tag = name

    def undo(self) -> None:
        """Take back tag and commit, and write the files as they were; what others have changed meanwhile stays."""
        if self.tag is not None:
            self.repository.untag(self.tag)
        self.repository.back_to(self.start)
        for name, raw in self.before.items():
            path = self.repository.root / name
            if raw is not None:
                path.write_bytes(raw)
                continue
            path.unlink(missing_ok=True)
            if not any(path.parent.iterdir()):
                path.parent.rmdir()


@contextmanager
def undertaken(repository: Repository) -> Iterator[Undertaking]:
    """Give an undertaking, which is taken back where anything fails, or somebody interrupts it."""
    undertaking = Undertaking(repository, repository.head)
    try:
        yield undertaking
    except BaseException:
        undertaking.undo()
        raise
