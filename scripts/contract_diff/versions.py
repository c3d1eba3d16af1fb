"""How far the version of a contract has to be raised for what has changed, and whether it was.

What breaks callers raises the major version. Whatever else has a meaning raises the minor one, also what breaks
servers: a server is held to the set of a minor version (`--set 1.0`), so that a new model or field turns nobody's CI
red until they choose the newer set, and models appear monthly. Prose raises the patch. Before 1.0 each of them raises
the part below.
"""

from __future__ import annotations

import re

from attrs import frozen

from conformance.contract import Contract
from conformance.errors import UsageError
from scripts.contract_diff.changes import Bump, ContractComparison

__all__ = ["VersionVerdict", "version_verdict"]

_PARTS: tuple[Bump, ...] = ("major", "minor", "patch")
_SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_WHY = {
    "major": "callers are broken",
    "minor": "what the contract asks or offers has changed",
    "patch": "the contract reads differently",
    "none": "nothing has changed",
}


@frozen
class VersionVerdict:
    """Whether the version says what the changes ask for.

    Attributes:
        bump: what the changes ask to be raised.
        least: the lowest version that is enough.
    """

    old: str
    new: str
    bump: Bump
    least: str
    is_enough: bool
    sentence: str


def version_verdict(comparison: ContractComparison) -> VersionVerdict:
    """Judge the version of the newer contract by what has changed.

    Raises:
        UsageError: a version is not of the form 1.2.3.
    """
    old, new = _numbers(comparison.old), _numbers(comparison.new)
    bump = _asked(comparison.bump, old)
    least = _raised(old, bump)
    # A version that raises a higher part than it has to is enough as well: 2.0.0 after 1.0.0.
    enough = new >= least
    names = comparison.old.version, comparison.new.version
    said = ".".join(map(str, least))
    why = _WHY[comparison.bump]
    if enough:
        sentence = f"version {names[1]} after {names[0]} is enough: {why}"
    else:
        sentence = f"version {names[1]} after {names[0]} is too low: {why}; raise info.version to {said} or higher"
    return VersionVerdict(*names, bump, said, enough, sentence)


def _numbers(contract: Contract) -> tuple[int, ...]:
    found = _SEMVER.fullmatch(contract.version)
    if found is None:
        line = contract.document.line("#/info/version")
        raise UsageError(
            f"{contract.path}:{line}: the version `{contract.version}` is not of the form 1.2.3; correct it"
        )
    return tuple(int(number) for number in found.groups())


def _asked(bump: Bump, old: tuple[int, ...]) -> Bump:
    """Return what a change raises: before 1.0 the part below."""
    if old[0] > 0 or bump in ("none", "patch"):
        return bump
    return "minor" if bump == "major" else "patch"


def _raised(old: tuple[int, ...], bump: Bump) -> tuple[int, ...]:
    if bump == "none":
        return old
    place = _PARTS.index(bump)
    return (*old[:place], old[place] + 1, *(0,) * (len(_PARTS) - place - 1))
