"""Writes everything under ``generated/`` from the contract, each output by a step of its own.

To add an output, write a function that fills a folder from a contract, and name both in ``STEPS``. It is made
anew in a scratch folder and then put in place of the old one, so nothing is ever half-written or left over.

Beside them stands the frozen set of the contract's version, which the package carries (``frozen_set``).
"""

from __future__ import annotations

import argparse
import difflib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from conformance.contract import Contract, ContractSource, load
from conformance.contract.source import overlay_path
from conformance.errors import ConformanceError, UsageError
from conformance.lint import structure
from conformance.lint.elements import Outline
from scripts.generator import frozen_set
from scripts.generator.python_client import write_python

ROOT = Path(__file__).resolve().parents[2]

# What running or building a generated package leaves behind; never written by a step.
LEFTOVERS = frozenset({"__pycache__", ".ruff_cache", ".mypy_cache", "node_modules"})

# A keyword without effect is the lint's to name; it does no harm here.
_FORM = [rule for rule in structure.RULES if rule.id != "schema-keyword"]
# How a component may be called is the lint's to judge: classes get names of their own.
_NAMED_FREELY = ("#/components/schemas", "#/components/parameters", "#/components/responses")


@frozen
class OutputStep:
    """One output: the folder that it fills, and the function that fills it from the contract."""

    folder: str
    write: Callable[[Contract, Path], None]


STEPS = (OutputStep("python", write_python),)


def main(argv: list[str]) -> int:
    """Run the command; return 0 where all is done, 1 for a difference and 2 for unusable input."""
    options = _parser().parse_args(argv)
    try:
        contract = _contract(ContractSource(options.contract, tuple(map(overlay_path, options.overlay))))
        options.output.mkdir(parents=True, exist_ok=True)
        # Beside the output, so that moving it into place never copies.
        with tempfile.TemporaryDirectory(prefix=".regenerate-", dir=options.output) as scratch:
            for step in STEPS:
                step.write(contract, Path(scratch, step.folder))
            own = _is_own(contract, options.output)
            if options.release and not own:
                raise UsageError("--release is for the set of the project's own contract; leave out the other options")
            if options.check:
                return max(_compare(Path(scratch), options.output), frozen_set.compare(contract) if own else 0)
            if own:
                frozen_set.write(contract)
            for step in STEPS:
                _swap(Path(scratch), step.folder, options.output)
            if options.release:
                frozen_set.release(contract)
    except ConformanceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


def _contract(source: ContractSource) -> Contract:
    """Read the contract; the first thing in it that is not OpenAPI is an error at its line."""
    outline = Outline.of(source.document())
    if not outline.document.data.get("paths"):
        raise outline.document.error("#", "there is nothing to call: `paths` is missing, or names no path")
    for rule in _FORM:
        for finding in rule.findings(outline):
            if finding.pointer not in _NAMED_FREELY:
                raise outline.document.error(finding.pointer, finding.message)
    return load(source)


def _is_own(contract: Contract, output: Path) -> bool:
    """Tell whether the project's own files are written, of which the set of its contract is one."""
    is_plain = contract.path.resolve() == ROOT / "openapi.yaml" and not contract.overlays
    return is_plain and output.resolve() == ROOT / "generated"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./scripts/regenerate", description="Write everything under generated/ from the contract."
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 on a difference")
    parser.add_argument(
        "--release", action="store_true", help="freeze the set of the contract's version: it never changes again"
    )
    parser.add_argument(
        "--overlay", action="append", default=[], metavar="FILE", help="OpenAPI Overlay to apply; may be repeated"
    )
    parser.add_argument("--contract", type=Path, metavar="FILE")
    parser.add_argument("--output", type=Path, default=ROOT / "generated", metavar="DIR")
    return parser


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not LEFTOVERS.intersection(relative.parts):
            yield relative


def _strays(output: Path) -> list[Path]:
    known = LEFTOVERS.union(step.folder for step in STEPS)
    # Scratch folders of this run, or of another one, begin with a dot.
    return sorted(path for path in output.iterdir() if path.name not in known and path.name[0] != ".")


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    return path.read_bytes().decode("utf-8", "backslashreplace").splitlines(keepends=True)


def _compare(fresh: Path, output: Path) -> int:
    different = False
    for step in STEPS:
        names = {*_files(fresh / step.folder), *_files(output / step.folder)}
        for name in sorted(names):
            kept, made = output / step.folder / name, fresh / step.folder / name
            if kept.is_file() and made.is_file() and kept.read_bytes() == made.read_bytes():
                continue
            different = True
            label = f"{step.folder}/{name}"
            before = f"kept/{label}" if kept.is_file() else os.devnull
            after = f"made/{label}" if made.is_file() else os.devnull
            sys.stdout.writelines(difflib.unified_diff(_lines(kept), _lines(made), before, after))
    for stray in _strays(output):
        different = True
        print(f"generated/{stray.name}: no step writes it; delete it, or add the step", file=sys.stderr)
    if different:
        print("generated/ is not what the contract gives: run ./scripts/regenerate", file=sys.stderr)
    return int(different)


def _swap(scratch: Path, folder: str, output: Path) -> None:
    kept = output / folder
    if kept.exists():
        kept.rename(scratch / f"{folder}.old")
    try:
        (scratch / folder).rename(kept)
    except OSError:
        shutil.move(scratch / f"{folder}.old", kept)
        raise
