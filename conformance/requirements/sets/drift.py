"""Drift: what the newest set does not say of what is asked, and released sets that were changed.

The newest set follows the catalogue, and the vectors that clients are judged by, for as long as its version is not
released; `./scripts/regenerate` writes it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from conformance.contract import Contract
from conformance.data import read_data
from conformance.requirements.catalogue import catalogue
from conformance.requirements.requirement import Level
from conformance.requirements.sets.frozen import Member, SetList, named, names

__all__ = ["FOLDER", "RELEASED", "RULE", "Drift", "drift", "fresh_text", "released", "set_name", "with_release"]

FOLDER = Path(__file__).resolve().parent
RELEASED = "released.yaml"
RULE = "frozen-set"
_HEAD = """\
# What version {name} of the contract asks of servers (requirements) and of clients (vectors), each with its level:
# `run` and `client` with `--set {name}` score by it. ./scripts/regenerate writes this file until the version is
# released (released.yaml); then it never changes again. By hand is written only what is not scored, and why:
# `id: {{level: SHOULD, not_scored: why}}`. That is kept.
"""
_MEND = "run ./scripts/regenerate"
_FOLLOWED: Mapping[SetList, str] = {"requirements": "the catalogue", "vectors": "the list of vectors"}


@frozen
class Drift:
    """One thing to mend in a set, or in the contract that it is of."""

    path: Path
    line: int
    what: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what} [{RULE}] {self.message}"


def set_name(contract: Contract) -> str | None:
    """Return the name of a contract's own set: major and minor number of its version; None where it has none."""
    found = re.match(r"\d+\.\d+(?=\.|$)", contract.version)
    return found[0] if found else None


def released() -> dict[str, str]:
    """Return the digests of the sets whose version is released, by name."""
    found: dict[str, str] | None = read_data("requirements.sets", RELEASED)
    return {str(name): digest for name, digest in (found or {}).items()}


def with_release(name: str) -> str:
    """Return the list of released sets with one more, which stays as it is from then on."""
    digest = hashlib.sha256((FOLDER / f"{name}.yaml").read_bytes()).hexdigest()
    kept = (FOLDER / RELEASED).read_text(encoding="utf-8").removesuffix("{}\n")
    return f'{kept}"{name}": {digest}\n'


def fresh_text(contract: Contract, vectors: Mapping[str, Level]) -> str:
    """Return what the set of a contract's version should say, with what was written into it by hand.

    Args:
        contract: of the project.
        vectors: what its clients are judged by, and how binding each is; rooms above this one know.
    """
    name = set_name(contract)
    lines = [
        _HEAD.format(name=name),
        f"contract: {_written(contract.title)}\n",
        f"version: {_written(contract.version)}\n",
    ]
    for listed, asked in _asked(contract, vectors).items():
        kept = named(name, listed).members if name in names() else {}
        lines.append(f"{listed}:\n")
        for known, level in asked.items():
            member = Member(level, kept[known].not_scored if known in kept else None)
            lines.append(f"  {_written(known)}: {_of(member)}\n")
    return "".join(lines)


def drift(contract: Contract, vectors: Mapping[str, Level]) -> Iterator[Drift]:
    """Yield what is to be mended in the sets of the project's own contract; arguments as for `fresh_text`."""
    yield from _changed()
    name, version = set_name(contract), contract.document.line("#/info/version")
    if name is None:
        message = f"`{contract.version}` begins with no major and minor number; write it as 1.0.0"
        yield Drift(contract.path, version, "#/info/version", message)
    elif name not in names():
        message = f"there is no set of version {name}: {_MEND}, which writes sets/{name}.yaml"
        yield Drift(contract.path, version, "#/info/version", message)
    elif name != names()[-1]:
        message = f"the newest set is {names()[-1]}, and the version is older; raise it"
        yield Drift(contract.path, version, "#/info/version", message)
    else:
        mend = f"{name} is released: raise the version and {_MEND}" if name in released() else _MEND
        for listed, asked in _asked(contract, vectors).items():
            yield from _differences(name, listed, asked, mend)


def _changed() -> Iterator[Drift]:
    """Yield the released sets that are no longer what was released."""
    for name, digest in released().items():
        path = FOLDER / f"{name}.yaml"
        if not path.is_file():
            yield Drift(path, 1, name, "this set is released and must stay; take it out of the history again")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            message = "this set is released and must not change; take it out of the history again"
            yield Drift(path, 1, name, message)


def _asked(contract: Contract, vectors: Mapping[str, Level]) -> Mapping[SetList, Mapping[str, Level]]:
    """Return what each list of a set has to say."""
    return {"requirements": {asked.id: asked.level for asked in catalogue(contract)}, "vectors": vectors}


def _differences(name: str, listed: SetList, asked: Mapping[str, Level], mend: str) -> Iterator[Drift]:
    path, followed = FOLDER / f"{name}.yaml", _FOLLOWED[listed]
    members, lines = named(name, listed).members, _lines(path, listed)
    added = [known for known in asked if known not in members]
    if added:
        yield Drift(path, 1, added[0], f"{followed} has {_counted(added)}, and the set does not: {mend}")
    for known, level in asked.items():
        member = members.get(known)
        if member is not None and member.level is not level:
            message = f"it is a {level.value} now, and a {member.level.value} in the set: {mend}"
            yield Drift(path, lines.get(known, 1), known, message)
    gone = [known for known in members if known not in asked]
    if gone:
        message = f"the set has {_counted(gone)}, and {followed} does not: {mend}"
        yield Drift(path, lines.get(gone[0], 1), gone[0], message)


def _counted(names: Sequence[str]) -> str:
    """Say the first of some names and how many follow: one edit brings hundreds, of one cause."""
    return "it" if len(names) == 1 else f"it and {len(names) - 1} more"


def _lines(path: Path, listed: SetList) -> dict[str, int]:
    """Return the line of each member in a list of a set's file."""
    root: Any = yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
    members = next(value for key, value in root.value if key.value == listed)
    return {key.value: key.start_mark.line + 1 for key, _ in members.value}


def _of(member: Member) -> str:
    if member.not_scored is None:
        return member.level.value
    return f"{{level: {member.level.value}, not_scored: {json.dumps(member.not_scored, ensure_ascii=False)}}}"


def _written(text: str) -> str:
    """Write a text as YAML, in quotes where it needs them."""
    plain = re.fullmatch(r"[A-Za-z][\w /.*+-]*[\w*+]", text) is not None
    return text if plain and yaml.safe_load(text) == text else json.dumps(text, ensure_ascii=False)
