"""The frozen sets that come with the package: one file for each version of the project's own contract.

Each has two lists: the requirements that servers are judged by, and the vectors that clients are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from attrs import field, frozen

from conformance.contract import Contract, default_path
from conformance.data import read_data
from conformance.errors import SuiteError, UsageError
from conformance.requirements.requirement import Level

__all__ = [
    "NO_SET",
    "Member",
    "RequirementSet",
    "SetList",
    "is_own",
    "named",
    "names",
    "newest",
    "set_for",
    "sets_with",
]

SetList = Literal["requirements", "vectors"]
"""What a set lists, as its file calls it: what servers are judged by, and what clients are."""

NO_SET = "none"
_NAME = re.compile(r"(\d+)\.(\d+)")


@frozen
class Member:
    """A requirement, or a vector, in a set: how binding it is there, and why it is not scored, where it is not."""

    level: Level
    not_scored: str | None = None


@frozen
class RequirementSet:
    """What one version of a contract asks of servers, or of clients.

    Attributes:
        name: major and minor number of the version.
        contract: title of the contract.
        version: of the contract, in full.
        members: by the id of their requirement, or of their vector.
    """

    name: str
    contract: str
    version: str
    members: Mapping[str, Member] = field(repr=False)


def names() -> tuple[str, ...]:
    """Return the names of all sets, the oldest first."""
    folder = resources.files(__package__)
    found = (entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(sorted(filter(_NAME.fullmatch, found), key=lambda name: tuple(map(int, name.split(".")))))


def newest(listed: SetList = "requirements") -> RequirementSet | None:
    """Return the newest set; None where there is none yet."""
    known = names()
    return named(known[-1], listed) if known else None


@cache
def named(name: str, listed: SetList = "requirements") -> RequirementSet:
    """Return the set with a name, with one of its lists.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"there is no set {name!r}; there is: {', '.join((*names(), NO_SET))}")
    try:
        data = read_data("requirements.sets", f"{name}.yaml")
        members = {str(key): _member(value) for key, value in data[listed].items()}
        return RequirementSet(name, data["contract"], data["version"], members)
    except (yaml.YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
        detail = " ".join(str(error).split())
        raise SuiteError(
            f"conformance/requirements/sets/{name}.yaml cannot be used: {detail}; mend it, or delete it and run"
            " ./scripts/regenerate"
        ) from None


def _member(value: Any) -> Member:
    if isinstance(value, str):
        return Member(Level(value))
    if set(value) != {"level", "not_scored"} or not value["not_scored"]:
        raise ValueError(f"{value}: write a level, or {{level: LEVEL, not_scored: why}}")
    return Member(Level(value["level"]), str(value["not_scored"]))


def is_own(contract: Contract) -> bool:
    """Tell whether a contract is the one that comes with the suite, where it stands or as a copy of the same bytes.

    With an overlay it is another one: what that adds would be news to the set, and would never count.
    """
    own = default_path()
    if contract.overlays:
        return False
    if contract.path.resolve() == own.resolve():
        return True
    return hashlib.sha256(Path(own).read_bytes()).hexdigest() == contract.sha256


def set_for(contract: Contract, name: str | None, listed: SetList = "requirements") -> RequirementSet | None:
    """Return the set that a run of a contract is scored by; None where all that is asked counts.

    Args:
        contract: of the run.
        name: that the user gave; without one it is the newest, of the project's own contract alone.
        listed: whether servers or clients are judged.

    Raises:
        UsageError: there is no such set, or it is another contract's.
    """
    if name == NO_SET or (name is None and not is_own(contract)):
        return None
    chosen = newest(listed) if name is None else named(name, listed)
    if chosen is not None and name is not None and chosen.contract != contract.title:
        raise UsageError(
            f"--set {name}: the set is of the contract {chosen.contract!r}, and {contract.path} is {contract.title!r};"
            " leave --set out"
        )
    return chosen


def sets_with(requirement_id: str) -> tuple[tuple[str, Member], ...]:
    """Return the sets that have a requirement, the oldest first, and what it is in each."""
    found = ((name, named(name).members.get(requirement_id)) for name in names())
    return tuple((name, member) for name, member in found if member is not None)
