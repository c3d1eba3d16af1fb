"""Compares what was made with what stands there, and prints the difference."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.generator.steps import LEFTOVERS, OUTPUTS, ROOT, OutputStep, files

__all__ = ["compare"]


def compare(steps: Sequence[OutputStep], made: Path, output: Path) -> int:
    """Print how the outputs differ from what the steps wrote below `made`; return 1 where one does."""
    wrong = []
    for step in steps:
        place, fresh = step.place(output), made / step.name
        for name in sorted({*step.kept(output, fresh), *files(fresh)}):
            if not _is_same(place / name, fresh / name):
                wrong.append(_shown(place / name, output))
                label = f"{step.name}/{name}"
                sys.stdout.writelines(_difference(place / name, fresh / name, label))
    if wrong:
        print(f"{_listed(wrong)}: not what the contract gives; run ./scripts/regenerate", file=sys.stderr)
    strays = list(_strays(output))
    for stray in strays:
        print(f"{_shown(stray, output)}: no step writes it; delete it, or add the step", file=sys.stderr)
    return int(bool(wrong or strays))


def _difference(kept: Path, made: Path, label: str) -> Iterator[str]:
    before = f"kept/{label}" if kept.is_file() else os.devnull
    after = f"made/{label}" if made.is_file() else os.devnull
    for line in difflib.unified_diff(_lines(kept), _lines(made), before, after):
        yield line if line.endswith("\n") else f"{line}\n"


def _is_same(kept: Path, made: Path) -> bool:
    return kept.is_file() and made.is_file() and kept.read_bytes() == made.read_bytes()


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return path.read_bytes().decode("utf-8", "backslashreplace").splitlines(keepends=True)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _shown(path: Path, output: Path) -> str:
    for root in (ROOT, output):
        if path.resolve().is_relative_to(root.resolve()):
            return str(path.resolve().relative_to(root.resolve()))
    return str(path)


def _strays(output: Path) -> Iterator[Path]:
    known = LEFTOVERS.union(step.home for step in OUTPUTS)
    # What begins with a dot is of this command: stamps, and scratch folders of a run that goes on elsewhere.
    for path in sorted(output.iterdir()) if output.is_dir() else ():
        if path.name not in known and path.name[0] != ".":
            yield path
