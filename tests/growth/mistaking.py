"""Mistakes in the text of the contract as data, and how one is made.

An entry of `edits/mistakes.yaml` has a `name`, a sentence (`says`), the line of the contract `after` which it is made,
which stands there once, the line to `insert`, and the JSON `pointer` of what is wrong then. One of
`edits/text_mistakes.yaml` has the `words` that it is told in, and its `line` where it is another one, counted from
there.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from attrs import field, frozen

from conformance.contract import default_path
from tests.growth.editing import FOLDER, MISTAKES, TEXT_MISTAKES

__all__ = ["CONTRACT_MISTAKES", "TEXTS", "ContractMistake"]


@frozen
class ContractMistake:
    """One mistake, of a kind that readers of YAML or JSON Schema keep silent about."""

    name: str
    says: str
    after: str = field(repr=False)
    insert: str = field(repr=False)
    pointer: str = ""
    words: str = ""
    line: int = 0

    def make(self, folder: Path) -> tuple[Path, int]:
        """Write the project's own contract with this mistake; return where, and the line of the mistake."""
        lines = default_path().read_text(encoding="utf-8").split("\n")
        (before,) = (number for number, line in enumerate(lines, 1) if line == self.after)
        path = folder / f"{self.name}.yaml"
        path.write_text("\n".join([*lines[:before], self.insert, *lines[before:]]), encoding="utf-8")
        return path, before + 1 + self.line

    def make_overlay(self, folder: Path) -> tuple[Path, int]:
        """Write an overlay with this mistake under its title; return where, and the line of the mistake."""
        path = folder / f"{self.name}-overlay.yaml"
        lines = ["overlay: 1.0.0", "info:", self.after, self.insert, "  version: 1.0.0", "actions:"]
        path.write_text("\n".join([*lines, "  - {target: $.info, update: {x-mark: true}}"]), encoding="utf-8")
        return path, lines.index(self.insert) + 1 + self.line


def _listed(name: str) -> tuple[ContractMistake, ...]:
    return tuple(ContractMistake(**entry) for entry in yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")))


CONTRACT_MISTAKES = _listed(MISTAKES)
TEXTS = _listed(TEXT_MISTAKES)
