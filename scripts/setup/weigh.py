"""Weighs an environment: what each dependency of this project costs in megabytes, and in seconds to import."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement

__all__ = ["main"]

_PROJECT = "videos-conformance"
_TRIES = 5


def main(environment: Path) -> None:
    """Print a table in Markdown, the heaviest first, and the sum."""
    (site,) = environment.glob("lib/python*/site-packages")
    known = {_normal(found.metadata["Name"]): found for found in distributions(path=[str(site)])}
    direct = _asked(known, _PROJECT)
    whole = _reached(known, direct)
    rows = []
    for name in direct:
        alone = whole - _reached(known, direct - {name})
        rows.append((sum(_size(known[one]) for one in alone), name, alone - {name}))
    print("| dependency | MB | MB that it alone brings | with | seconds to import |")
    print("|---|--:|--:|---|--:|")
    for heavy, name, others in sorted(rows, reverse=True):
        own, seconds = _size(known[name]), _seconds(environment, _module(known[name]))
        print(f"| {name} | {own:.1f} | {heavy:.1f} | {', '.join(sorted(others))} | {seconds:.2f} |")
    total = sum(_size(known[name]) for name in {*whole, _PROJECT})
    print(f"\n{total:.0f} MB in {len(whole) + 1} packages")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _asked(known: Mapping[str, Distribution], name: str) -> set[str]:
    """Return what a package asks for by itself, without its extras."""
    asked = map(Requirement, known[name].requires or ())
    return {
        _normal(one.name)
        for one in asked
        if (one.marker is None or one.marker.evaluate({"extra": ""})) and _normal(one.name) in known
    }


def _reached(known: Mapping[str, Distribution], names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        left |= _asked(known, name) - found
    return found


def _size(distribution: Distribution) -> float:
    """Return megabytes of files as they come, without what Python compiles of them."""
    files = (Path(str(file.locate())) for file in distribution.files or () if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in files if path.exists()) / 1e6


def _module(distribution: Distribution) -> str:
    """Return the name that a distribution is imported by."""
    tops: Collection[str] = {file.parts[0].removesuffix(".py") for file in distribution.files or ()}
    plain = _normal(distribution.metadata["Name"]).replace("-", "_")
    return next(
        (top for top in sorted(tops) if top.lower() == plain), {"attrs": "attr", "pyyaml": "yaml"}.get(plain, plain)
    )


def _seconds(environment: Path, module: str) -> float:
    """Return the least of a few times that an import kept a processor busy."""
    code = f"import time; start = time.process_time(); import {module}; print(time.process_time() - start)"
    python = environment / "bin" / "python"
    return min(float(subprocess.check_output((python, "-c", code), text=True)) for _ in range(_TRIES))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
