"""The entry of `CHANGELOG.md` on the contract: what has changed since it was last released."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.contract import Contract, load
from conformance.errors import UsageError
from scripts.contract_diff.changes import ContractComparison
from scripts.contract_diff.comparing import compared
from scripts.contract_diff.rendering import grouped
from scripts.contract_diff.sources import RELEASED, ROOT
from scripts.contract_diff.versions import version_verdict

__all__ = [
    "CHANGELOG",
    "UNRELEASED",
    "contract_section",
    "released_as",
    "unreleased",
    "with_section",
    "write_changelog",
]

CHANGELOG = "CHANGELOG.md"
UNRELEASED = "## Unreleased\n"
_BEGIN, _END = "<!-- contract -->", "<!-- /contract -->"
_SECTION = re.compile(rf"{re.escape(_BEGIN)}.*?{re.escape(_END)}\n*", re.DOTALL)


def contract_section(comparison: ContractComparison) -> str:
    """Return the entry of a comparison: what breaks first, prose counted; empty where nothing has changed."""
    if not comparison.changes:
        return ""
    verdict = version_verdict(comparison)
    title = f"### Contract {verdict.new}, after {verdict.old}"
    lines = [_BEGIN, title, ""]
    for name, changes in grouped(comparison.changes):
        if name == "prose":
            lines.append(f"- Prose, in {len(changes)} places.")
            continue
        told = "" if name == "breaks nobody" else f"**{name[0].upper()}{name[1:]}**: "
        lines += [f"- {told}{change.says} (`{change.pointer}`)." for change in changes]
    return "\n".join([*lines, _END, ""])


def unreleased(text: str) -> tuple[int, int]:
    """Return where the text of *Unreleased* begins and ends in a changelog.

    Raises:
        UsageError: it has no such part.
    """
    start = text.find(UNRELEASED)
    if start < 0 or (start > 0 and text[start - 1] != "\n"):
        raise UsageError(f"{CHANGELOG} has no part `{UNRELEASED.strip()}`; write one above the released versions")
    begin = start + len(UNRELEASED)
    end = text.find("\n## ", begin)
    return begin, len(text) if end < 0 else end + 1


def with_section(text: str, section: str) -> str:
    """Return a changelog with an entry on the contract in *Unreleased*, in place of an older one."""
    begin, end = unreleased(text)
    body = _SECTION.sub("", text[begin:end]).strip("\n")
    parts = [part for part in (section.strip("\n"), body) if part]
    tail = text[end:]
    return text[:begin] + "\n" + "\n\n".join(parts) + "\n" * (2 if tail else 1) + tail


def released_as(text: str, version: str, day: str, section: str) -> str:
    """Return a changelog in which what was unreleased is of a version, with its entry on the contract.

    Raises:
        UsageError: it has no part of what is unreleased.
    """
    written = with_section(text, section)
    begin, _ = unreleased(written)
    return f"{written[:begin]}\n## {version} - {day}\n{written[begin:]}"


def write_changelog(contract: Contract, folder: Path) -> None:
    """Write the changelog, with what has changed in the contract since the last release, if there was one.

    Raises:
        UsageError: it has no part of what is unreleased.
    """
    released = ROOT / RELEASED
    if released.is_file():
        section = contract_section(compared(load(released), contract))
        text = with_section((ROOT / CHANGELOG).read_text(encoding="utf-8"), section)
        (folder / CHANGELOG).write_text(text, encoding="utf-8")
