"""A second opinion: oasdiff, a tool in Go, built once at a fixed version where Go is there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from attrs import frozen

from conformance.contract import Document
from conformance.errors import UsageError
from scripts.contract_diff.sources import ROOT

__all__ = ["MODULE", "VERSION", "SecondOpinion", "built", "is_possible", "second_opinion"]

MODULE = "github.com/oasdiff/oasdiff"
VERSION = "v1.38.0"
_BREAKING = 2  # 1 is information, 2 a warning, 3 an error
_PATIENCE = 600.0


@frozen
class SecondOpinion:
    """What oasdiff says of one change: its own name for it, a sentence, and whether it breaks callers."""

    id: str
    says: str
    breaks: bool


def is_possible() -> bool:
    """Tell whether oasdiff is built already, or can be."""
    return _program().is_file() or shutil.which("go") is not None


def built() -> Path:
    """Return the program; it is built from Go's module proxy the first time, and its sum is checked there.

    Raises:
        UsageError: Go is not installed, or cannot build it.
    """
    program = _program()
    if program.is_file():
        return program
    if shutil.which("go") is None:
        raise UsageError(
            f"a second opinion needs Go, to build {MODULE}@{VERSION}; install Go, or leave --second-opinion out"
        )
    program.parent.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="oasdiff-", dir=program.parent.parent) as scratch:
        command = ("go", "install", "-trimpath", f"{MODULE}@{VERSION}")
        settings = {**os.environ, "GOBIN": scratch, "GOFLAGS": ""}
        ended = subprocess.run(
            command, cwd=scratch, env=settings, check=False, capture_output=True, text=True, timeout=_PATIENCE
        )
        if ended.returncode:
            said = " ".join(ended.stderr.split())[-500:]
            raise UsageError(f"`{' '.join(command)}` failed: {said}; leave --second-opinion out, or see to it")
        program.parent.mkdir(exist_ok=True)
        Path(scratch, program.name).replace(program)
    return program


def second_opinion(old: Document, new: Document) -> tuple[SecondOpinion, ...]:
    """Return what oasdiff says of two documents.

    Raises:
        UsageError: it cannot be built, or cannot read one of them.
    """
    program = built()
    with tempfile.TemporaryDirectory(prefix="contract-diff-") as folder:
        for name, document in (("old.yaml", old), ("new.yaml", new)):
            Path(folder, name).write_bytes(document.raw)
        ended = subprocess.run(
            (program, "changelog", "old.yaml", "new.yaml", "--format", "json"), cwd=folder, check=False,
            capture_output=True, text=True, encoding="utf-8", timeout=_PATIENCE,
        )  # fmt: skip
    if ended.returncode:
        raise UsageError(f"oasdiff cannot compare the two documents: {' '.join(ended.stderr.split())[:500]}")
    entries = json.loads(ended.stdout or "[]")
    return tuple(SecondOpinion(entry["id"], entry["text"], entry["level"] >= _BREAKING) for entry in entries)


def _program() -> Path:
    return ROOT / ".cache" / f"oasdiff-{VERSION}" / "oasdiff"
