"""Mistakes in the text of the contract as data, and how one is made.

An entry of `edits/mistakes.yaml` has a `name`, a sentence (`says`), the line of the contract `after` which it is made,
which stands there once, the line to `insert`, and the JSON `pointer` of what is wrong then.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from attrs import field, frozen

from conformance.contract import default_path
from tests.growth.editing import FOLDER, MISTAKES

__all__ = ["CONTRACT_MISTAKES", "ContractMistake"]


@frozen
class ContractMistake:
    """One mistake, of a kind that readers of YAML or JSON Schema keep silent about."""

    name: str
    says: str
    after: str = field(repr=False)
    insert: str = field(repr=False)
    pointer: str

    def make(self, folder: Path) -> tuple[Path, int]:
        """Write the project's own contract with this mistake; return where, and the line of the mistake."""
        lines = default_path().read_text(encoding="utf-8").split("\n")
        (before,) = (number for number, line in enumerate(lines, 1) if line == self.after)
        path = folder / f"{self.name}.yaml"
        path.write_text("\n".join([*lines[:before], self.insert, *lines[before:]]), encoding="utf-8")
        return path, before + 1


CONTRACT_MISTAKES = tuple(
    ContractMistake(**entry) for entry in yaml.safe_load((FOLDER / MISTAKES).read_text(encoding="utf-8"))
)
