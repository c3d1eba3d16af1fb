"""The frozen set of the contract's version: written for as long as the version is not released, then held."""

from __future__ import annotations

import difflib
import hashlib
import os
import sys

from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.requirements.sets.drift import FOLDER, RELEASED, fresh_text, released, set_name

__all__ = ["compare", "release", "write"]


def write(contract: Contract) -> None:
    """Write the set, whole or not at all.

    Raises:
        UsageError: the contract has changed what a released set says.
    """
    name, text = _fresh(contract)
    path = FOLDER / f"{name}.yaml"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    if name in released():
        raise UsageError(
            f"{contract.path}:{contract.document.line('#/info/version')}: the requirements are no longer those of"
            f" version {name}, which is released; raise info.version, then run this again"
        )
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def compare(contract: Contract) -> int:
    """Print what is different in the set; return 1 where something is."""
    name, text = _fresh(contract)
    path = FOLDER / f"{name}.yaml"
    kept = path.read_text(encoding="utf-8") if path.is_file() else ""
    if kept == text:
        return 0
    lines = kept.splitlines(keepends=True), text.splitlines(keepends=True)
    sys.stdout.writelines(difflib.unified_diff(*lines, f"kept/sets/{path.name}", f"made/sets/{path.name}"))
    print(f"sets/{path.name} is not what the contract gives: run ./scripts/regenerate", file=sys.stderr)
    return 1


def release(contract: Contract) -> None:
    """Note down the digest of the set, so that it stays as it is."""
    name, _ = _fresh(contract)
    if name in released():
        raise UsageError(f"the set {name} is released already; raise info.version in {contract.path}")
    digest = hashlib.sha256((FOLDER / f"{name}.yaml").read_bytes()).hexdigest()
    path = FOLDER / RELEASED
    text = path.read_text(encoding="utf-8").removesuffix("{}\n") + f'"{name}": {digest}\n'
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _fresh(contract: Contract) -> tuple[str, str]:
    name = set_name(contract)
    if name is None:
        place = f"{contract.path}:{contract.document.line('#/info/version')}"
        raise UsageError(f"{place}: `{contract.version}` begins with no major and minor number; write it as 1.0.0")
    return name, fresh_text(contract)
