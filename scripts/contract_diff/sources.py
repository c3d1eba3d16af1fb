"""Where the two versions come from: a file, a revision of this repository, a URL, or the last release."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import httpx
from attrs import field, frozen

from conformance.contract import Contract, load
from conformance.errors import ContractError, TargetError, UsageError

__all__ = [
    "CONTRACT",
    "RELEASED",
    "ROOT",
    "ContractVersion",
    "kept_release",
    "last_release",
    "named_source",
    "working_tree",
]

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "openapi.yaml"
# The contract as it was last released, so that CI needs no history to compare with it; ./scripts/release writes it.
RELEASED = "released/openapi.yaml"
_LARGEST = 20_000_000
_PATIENCE = 30.0


@frozen
class ContractVersion:
    """One version of the contract, and how it is called."""

    label: str
    contract: Contract = field(repr=False)


def working_tree(root: Path = ROOT) -> ContractVersion:
    """Return the contract as it stands in the checkout."""
    return ContractVersion(CONTRACT, load(root / CONTRACT))


def last_release(root: Path = ROOT) -> ContractVersion:
    """Return the contract of the last tag, or the one that was kept with the last release.

    Raises:
        UsageError: nothing was released yet.
    """
    tag = _git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    if tag is not None:
        return _revision(root, tag.decode().strip(), CONTRACT)
    if (root / RELEASED).is_file():
        return kept_release(root)
    raise UsageError(
        "nothing is released yet (no tag v… and no released/openapi.yaml), so that there is nothing to compare with by"
        " default; name a revision, a file or a URL: ./scripts/contract-diff HEAD"
    )


def kept_release(root: Path = ROOT) -> ContractVersion:
    """Return the contract that was kept with the last release."""
    return ContractVersion(RELEASED, load(root / RELEASED))


def named_source(name: str, root: Path = ROOT) -> ContractVersion:
    """Return the contract that a user names: a URL, a file, a revision, or `REVISION:PATH`.

    Raises:
        UsageError: there is no such thing, or it is no contract.
        TargetError: the URL cannot be fetched.
    """
    if name.lower().startswith(("http://", "https://")):
        return _fetched(name)
    if Path(name).exists():
        return ContractVersion(name, load(Path(name)))
    revision, _, path = name.partition(":")
    if revision.startswith("-") or _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        raise UsageError(f"`{name}` is no file, no URL and no revision of {root}; name one of them")
    return _revision(root, revision, path or CONTRACT)


def _revision(root: Path, revision: str, path: str) -> ContractVersion:
    raw = _git(root, "show", f"{revision}:{path}")
    if raw is None:
        raise UsageError(f"the revision {revision} has no file {path}; name it as {revision}:PATH")
    return _held(raw, f"{revision}:{path}")


def _git(root: Path, *arguments: str) -> bytes | None:
    """Return what git says, or None where it does not."""
    try:
        ended = subprocess.run(("git", *arguments), cwd=root, check=False, capture_output=True)
    except FileNotFoundError:
        raise UsageError("git is not installed, so that no revision can be read; name files") from None
    return ended.stdout if ended.returncode == 0 else None


def _fetched(url: str) -> ContractVersion:
    """Fetch a contract from where the user says, and from nowhere else: redirections are told, not followed."""
    try:
        address = httpx.URL(url)
        label = str(address.copy_with(userinfo=b"", query=None, fragment=None))
    except httpx.InvalidURL as error:
        raise UsageError(f"the URL cannot be used: {error}") from None
    try:
        with httpx.stream("GET", address, timeout=_PATIENCE) as answer:
            if answer.is_redirect:
                raise UsageError(f"{label} redirects to {answer.headers.get('location', 'nowhere')}; name that instead")
            if answer.status_code != httpx.codes.OK:
                raise TargetError(f"{label} answered {answer.status_code}; name the contract itself")
            raw = bytearray()
            for piece in answer.iter_bytes():
                raw += piece
                if len(raw) > _LARGEST:
                    raise UsageError(f"{label} is larger than {_LARGEST // 1_000_000} MB, and no contract")
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise TargetError(f"{label} cannot be fetched: {reason}") from None
    return _held(bytes(raw), label)


def _held(raw: bytes, label: str) -> ContractVersion:
    """Read a contract that is no file of the user's; what is wrong with it is told of where it comes from."""
    with tempfile.TemporaryDirectory(prefix="contract-diff-") as folder:
        path = Path(folder, CONTRACT)
        path.write_bytes(raw)
        try:
            return ContractVersion(label, load(path))
        except ContractError as error:
            raise UsageError(str(error).replace(str(path), label)) from None
