"""Writes a comparison for people, for a page or a pull request, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from attrs import field, frozen
from rich.console import Console
from rich.text import Text

from scripts.contract_diff.changes import ContractChange, ContractComparison
from scripts.contract_diff.oasdiff import VERSION, SecondOpinion
from scripts.contract_diff.rules import Party
from scripts.contract_diff.sources import ContractVersion
from scripts.contract_diff.versions import VersionVerdict

__all__ = ["Told", "as_json", "as_markdown", "as_text", "grouped", "redocly_differs"]

FORMAT = 1
PARTIES: tuple[Party, ...] = ("callers", "servers")
_USES = 3
_SEVERAL = "callers and servers"


@frozen
class Told:
    """All that is told of two versions."""

    old: ContractVersion
    new: ContractVersion
    comparison: ContractComparison = field(repr=False)
    version: VersionVerdict | None
    opinions: tuple[SecondOpinion, ...] | None = None


def grouped(changes: Iterable[ContractChange]) -> Iterator[tuple[str, list[ContractChange]]]:
    """Yield the changes by whom they break, the worst first."""
    groups: dict[str, list[ContractChange]] = {
        name: [] for name in (f"breaks {_SEVERAL}", "breaks callers", "breaks servers", "breaks nobody", "prose")
    }
    for change in changes:
        groups[_group(change)].append(change)
    yield from ((name, found) for name, found in groups.items() if found)


def _group(change: ContractChange) -> str:
    if not change.breaks:
        return "prose" if change.rule.is_prose else "breaks nobody"
    return f"breaks {_SEVERAL}" if len(change.breaks) > 1 else f"breaks {next(iter(change.breaks))}"


def redocly_differs(change: ContractChange) -> bool:
    """Tell whether Redocly's diff judges a change otherwise, as to callers."""
    return change.redocly is not None and (change.redocly == "major") != ("callers" in change.breaks)


def as_text(told: Told, console: Console) -> None:
    """Print a comparison for people."""
    console.print(Text(_title(told), style="bold"))
    for name, changes in grouped(told.comparison.changes):
        console.print()
        console.print(
            Text(f"{name} ({len(changes)})", style="bold red" if "breaks" in name and "nobody" not in name else "bold")
        )
        for change in changes:
            console.print(Text(f"  {change.says}"))
            for line in _details(told, change):
                console.print(Text(f"      {line}", style="dim"))
    console.print()
    for line in _closing(told):
        console.print(Text(line))


def as_markdown(told: Told) -> str:
    """Write a comparison as Markdown."""
    lines = [f"# {_title(told)}", ""]
    for name, changes in grouped(told.comparison.changes):
        lines += [f"## {name[0].upper()}{name[1:]}", ""]
        for change in changes:
            lines.append(f"- {change.says}  ")
            lines += [f"  {line}  " for line in _details(told, change)]
        lines.append("")
    return "\n".join([*lines, *_closing(told), ""])


def as_json(told: Told) -> str:
    """Write a comparison as one JSON object."""
    version = told.version
    report = {
        "format": FORMAT,
        "old": _source(told.old),
        "new": _source(told.new),
        "raise": told.comparison.bump,
        "version": None
        if version is None
        else {"least": version.least, "enough": version.is_enough, "says": version.sentence},
        "breaks": {party: len(told.comparison.breaking(party)) for party in PARTIES},
        "changes": [_entry(told, change) for change in told.comparison.changes],
    }  # fmt: skip
    if told.opinions is not None:
        report["oasdiff"] = {
            "version": VERSION,
            "changes": [{"id": each.id, "says": each.says, "breaking": each.breaks} for each in told.opinions],
        }
    return json.dumps(report, ensure_ascii=False, indent=2) + "\n"


def _source(source: ContractVersion) -> dict[str, str]:
    return {"name": source.label, "version": source.contract.version, "sha256": source.contract.sha256}


def _entry(told: Told, change: ContractChange) -> dict[str, object]:
    return {
        "rule": change.rule.id,
        "pointer": change.pointer,
        "line": _line(told, change),
        "old": change.at.old,
        "new": change.at.new,
        "says": change.says,
        "breaks": sorted(change.breaks),
        "why": list(change.whys),
        "raise": change.bump,
        "uses": list(change.uses),
        "redocly": change.redocly,
    }


def _title(told: Told) -> str:
    sides = (f"{source.label} ({source.contract.version})" for source in (told.old, told.new))
    return " → ".join(sides)


def _details(told: Told, change: ContractChange) -> Iterator[str]:
    side = told.new if change.at.new else told.old
    yield f"{side.label}:{_line(told, change)} {change.pointer}"
    yield from (f"why: {why}" for why in change.whys)
    if change.uses:
        yield f"in: {_listed(change.uses)}"
    if redocly_differs(change):
        yield f"Redocly's diff calls it {change.redocly}"


def _line(told: Told, change: ContractChange) -> int:
    side = told.new if change.at.new else told.old
    return side.contract.document.line(change.pointer)


def _listed(uses: Sequence[str]) -> str:
    rest = len(uses) - _USES
    return ", ".join(uses[:_USES]) + (f" and {rest} more" if rest > 0 else "")


def _closing(told: Told) -> Iterator[str]:
    comparison = told.comparison
    if not comparison.changes:
        yield "nothing has changed"
    else:
        callers, servers = (len(comparison.breaking(party)) for party in PARTIES)
        count = len(comparison.changes)
        yield f"{count} change{'s' * (count != 1)}: {callers} break callers, {servers} break servers"
    if told.version is not None:
        yield told.version.sentence
    if told.opinions is not None:
        breaking = sum(each.breaks for each in told.opinions)
        yield f"oasdiff {VERSION}: {len(told.opinions)} changes, {breaking} of them breaking"
        for each in told.opinions:
            yield f"  {'breaking' if each.breaks else 'harmless'}  {each.says} ({each.id})"
