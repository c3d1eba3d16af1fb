"""What a release would write, and what speaks against it; nothing is changed here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

from conformance.clients.judged_by import levels
from conformance.contract import Contract, load
from conformance.errors import UsageError
from conformance.requirements.sets.drift import FOLDER, drift, released, set_name, with_release
from conformance.requirements.sets.drift import RELEASED as SETS
from scripts.contract_diff.changelog import CHANGELOG, contract_section, released_as, unreleased
from scripts.contract_diff.comparing import compared
from scripts.contract_diff.sources import CONTRACT, RELEASED
from scripts.contract_diff.versions import version_verdict
from scripts.releasing.repository import Repository

__all__ = ["ReleasePlan", "objections", "plan"]

MODULE = "conformance/__init__.py"
_VERSION = re.compile(r'^__version__ = "(\d+\.\d+\.\d+)"$', re.MULTILINE)
_FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@frozen
class ReleasePlan:
    """A release as it is going to be: the texts of all files that it writes, and what they say in a line each."""

    version: str
    contract: Contract = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    says: tuple[str, ...] = field(repr=False)

    @property
    def tag(self) -> str:
        """The tag of the release."""
        return f"v{self.version}"


def plan(root: Path, version: str, day: str) -> ReleasePlan:
    """Return what a release is going to write.

    Raises:
        UsageError: the version is none, or a file does not hold what a release changes.
    """
    if _FORM.fullmatch(version) is None:
        raise UsageError(f"`{version}` is no version: write it as 1.2.3")
    contract = load(root / CONTRACT)
    text = _read(root, CHANGELOG)
    section = contract_section(compared(load(root / RELEASED), contract)) if (root / RELEASED).is_file() else ""
    texts = {
        CHANGELOG: released_as(text, version, day, section),
        MODULE: _VERSION.sub(f'__version__ = "{version}"', _module(root)),
        RELEASED: _read(root, CONTRACT),
    }
    says = [
        f"{CHANGELOG}: what is unreleased becomes {version}, {day}",
        f"{MODULE}: __version__ is {version}, was {_current(root)}",
        f"{RELEASED}: the contract {contract.version}, which the next release is compared with",
    ]
    name = set_name(contract)
    if name is not None and name not in released():
        path = FOLDER.relative_to(root) / SETS
        texts[path.as_posix()] = with_release(name)
        says.append(f"{path.as_posix()}: the set {name} is frozen, and never changes again")
    kept = {name: new for name, new in texts.items() if not (root / name).is_file() or _read(root, name) != new}
    return ReleasePlan(version, contract, kept, tuple(line for line in says if line.partition(":")[0] in kept))


def objections(root: Path, plan: ReleasePlan) -> Iterator[str]:
    """Yield what speaks against a release, each with what to do about it."""
    repository = Repository(root)
    if repository.branch is None:
        yield "no branch is checked out, so that the commit of the release would be on none; switch to one"
    changed = repository.changed()
    if changed:
        rest = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield f"the tree is not clean ({', '.join(changed[:3])}{rest}); commit what belongs to the release, or stash it"
    more = [*_version(root, plan.version, repository), *_changelog(root, plan.version), *_contract(root, plan.contract)]
    yield from more
    if not more and not changed:  # it takes longest, and would tell the same of a contract that has changed
        yield from _generated(root)


def _version(root: Path, version: str, repository: Repository) -> Iterator[str]:
    tagged = [tag.removeprefix("v") for tag in repository.tags if _FORM.fullmatch(tag.removeprefix("v"))]
    if version in tagged:
        yield f"v{version} is tagged already; name another version"
        return
    latest = max((*tagged, _current(root)), key=_numbers)
    if _numbers(version) < _numbers(latest):
        yield f"{version} is older than {latest}; name a newer version"


def _changelog(root: Path, version: str) -> Iterator[str]:
    text = _read(root, CHANGELOG)
    begin, end = unreleased(text)
    if not re.search(r"^[-*] ", text[begin:end], re.MULTILINE):
        yield f"{CHANGELOG}: nothing stands under *Unreleased*; say what the release brings"
    if re.search(rf"^## {re.escape(version)}\b", text, re.MULTILINE):
        yield f"{CHANGELOG}: {version} has a part already; name another version"


def _contract(root: Path, contract: Contract) -> Iterator[str]:
    if (root / RELEASED).is_file():
        verdict = version_verdict(compared(load(root / RELEASED), contract))
        if not verdict.is_enough:
            yield f"{CONTRACT}:{contract.document.line('#/info/version')}: {verdict.sentence}"
    yield from (str(each) for each in drift(contract, levels(contract)))


def _generated(root: Path) -> Iterator[str]:
    command = (sys.executable, "-P", "-m", "scripts.generator", "--check")
    ended = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if ended.returncode:
        yield (ended.stderr.strip().splitlines() or ["./scripts/regenerate --check failed"])[-1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _current(root: Path) -> str:
    found = _VERSION.search(_module(root))
    if found is None:
        raise UsageError(f'{MODULE}: there is no line `__version__ = "1.2.3"` to change')
    return found[1]


def _module(root: Path) -> str:
    return _read(root, MODULE)


def _read(root: Path, name: str) -> str:
    try:
        return (root / name).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
