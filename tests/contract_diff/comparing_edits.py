"""Edits of a small contract as data, each with its argued verdict, and how they are compared."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from conformance.contract import Contract, load
from conformance.contract.document import pointer, tokens
from scripts.contract_diff.changes import ContractComparison
from scripts.contract_diff.comparing import compared
from tests.growth.editing import carry_out

__all__ = ["BASE", "VERDICTS", "JudgedEdit", "both_ways", "edited", "told"]

FOLDER = Path(__file__).resolve().parent
BASE = FOLDER / "base.yaml"
Group = tuple["JudgedEdit", ...]
Told = set[tuple[str, str, frozenset[str]]]


@frozen
class JudgedEdit:
    """One edit, and what has to be said of it."""

    name: str
    because: str
    do: tuple[Mapping[str, Any], ...] = field(repr=False, converter=tuple)
    finds: tuple[Mapping[str, Any], ...] = field(repr=False, converter=tuple)
    raises: str
    differs: Mapping[str, str] = field(factory=dict, repr=False)
    back: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, converter=tuple)
    alone: bool = False

    def write(self, folder: Path) -> Path:
        """Write the contract with this edit, and return where."""
        return edited(folder / f"{self.name}.yaml", self.do)


def edited(path: Path, actions: tuple[Mapping[str, Any], ...]) -> Path:
    """Write the base contract with some actions carried out on it, and return where."""
    document = yaml.safe_load(BASE.read_text(encoding="utf-8"))
    for action in actions:
        # A copy, so that YAML writes out what two edits share.
        carry_out(document, copy.deepcopy(dict(action)))
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def told(finds: tuple[Mapping[str, Any], ...]) -> Told:
    """Return what the data say as it can be compared: rule, pointer, and whom it breaks."""
    return {(entry["rule"], pointer(tokens(f"#{entry['at']}")), frozenset(entry["breaks"])) for entry in finds}


def both_ways(folder: Path) -> tuple[dict[str, ContractComparison], dict[str, ContractComparison]]:
    """Compare the base with all edits, and those that say so the other way round.

    Edits of different places go into one document, because starting Node takes longer than comparing.
    """
    base = load(BASE)
    undone = tuple(edit for edit in VERDICTS if edit.back)
    forth, back = _groups(VERDICTS), _groups(undone)
    pairs = [(base, _written(folder, "forth", group)) for group in forth]
    pairs += [(_written(folder, "back", group), base) for group in back]
    with ThreadPoolExecutor(2) as pool:
        made = iter(list(pool.map(lambda pair: compared(*pair), pairs)))
    return _by_edit(forth, made), _by_edit(back, made)


def _by_edit(groups: Iterable[Group], made: Iterator[ContractComparison]) -> dict[str, ContractComparison]:
    return {edit.name: comparison for group in groups for comparison in [next(made)] for edit in group}


def _written(folder: Path, way: str, group: Group) -> Contract:
    actions = tuple(action for edit in group for action in edit.do)
    return load(edited(folder / f"{way}-{group[0].name}.yaml", actions))


def _groups(edits: Iterable[JudgedEdit]) -> list[Group]:
    """Deal out edits over as few documents as may be, so that no two of one document touch the same place."""
    groups: list[list[JudgedEdit]] = []
    for edit in edits:
        free = (group for group in groups if not edit.alone and not any(_touch(edit, other) for other in group))
        chosen = next(free, None)
        if chosen is None:
            groups.append([edit])
        else:
            chosen.append(edit)
    return [tuple(group) for group in groups]


def _touch(one: JudgedEdit, other: JudgedEdit) -> bool:
    """Tell whether two edits are of one place, or of neighbours, which Redocly may take for one that was renamed."""
    pairs = [(f"{mine['at']}/", f"{yours['at']}/") for mine in one.do for yours in other.do]
    return other.alone or any(
        mine.startswith(yours) or yours.startswith(mine) or mine.rsplit("/", 2)[0] == yours.rsplit("/", 2)[0]
        for mine, yours in pairs
    )


VERDICTS = tuple(JudgedEdit(**entry) for entry in yaml.safe_load((FOLDER / "edits.yaml").read_text(encoding="utf-8")))
