"""The frozen set of the contract's version: written for as long as the version is not released, then held."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.judged_by import levels
from conformance.contract import Contract
from conformance.errors import UsageError
from conformance.requirements.sets.drift import FOLDER, fresh_text, released, set_name

__all__ = ["HOME", "write"]

HOME = "conformance/requirements/sets"


def write(contract: Contract, folder: Path) -> None:
    """Write the set into a folder.

    Raises:
        UsageError: the contract has changed what a released set says.
    """
    name, text = _fresh(contract)
    kept = FOLDER / f"{name}.yaml"
    if name in released() and (not kept.is_file() or kept.read_text(encoding="utf-8") != text):
        raise UsageError(
            f"{contract.path}:{contract.document.line('#/info/version')}: what is asked is no longer what {name} asks,"
            " which is released; raise info.version, then run this again"
        )
    (folder / kept.name).write_text(text, encoding="utf-8")


def _fresh(contract: Contract) -> tuple[str, str]:
    name = set_name(contract)
    if name is None:
        place = f"{contract.path}:{contract.document.line('#/info/version')}"
        raise UsageError(f"{place}: `{contract.version}` begins with no major and minor number; write it as 1.0.0")
    return name, fresh_text(contract, levels(contract))
