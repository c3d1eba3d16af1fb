"""What the page shows of each requirement, and where it stands on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from attrs import field, frozen

from conformance.reports.line import Line
from conformance.reports.report import Report
from conformance.requirements import Layer
from conformance.requirements.explanations import Explanation, explain

__all__ = ["SIGNS", "Group", "PageLine", "PageLines", "gravest"]

SIGNS: Mapping[str, str] = {"pass": "✓", "fail": "✕", "inconclusive": "?", "not-run": "\N{EN DASH}"}
"""The verdicts in the order of the page, each with the sign that tells it where colours do not."""
_GRAVEST = ("fail", "inconclusive", "not-run", "pass")


@frozen(slots=False)
class PageLine:
    """A requirement on the page."""

    number: int
    line: Line = field(repr=False)

    @property
    def anchor(self) -> str:
        """The id of its place; never made of what somebody else wrote."""
        return f"r{self.number}"

    @property
    def sign(self) -> str:
        """What shows its verdict."""
        return SIGNS[self.line.verdict]

    @property
    def is_excused(self) -> bool:
        """Whether it is broken, and fails no run all the same."""
        return self.line.is_broken and self.line.excuse is not None

    @property
    def excuse(self) -> str:
        """Why its failure fails no run, in words; empty where nothing excuses it, broken or not."""
        line = self.line
        if line.known is not None:
            until = f", until {line.known.expires}" if line.known.expires else ""
            return f"known: {line.known.reason}{until}{f' ({line.known.link})' if line.known.link else ''}"
        if line.news:
            return "newer than the set that the run is scored by"
        return f"not scored: {line.not_scored}" if line.not_scored is not None else ""

    @property
    def kind(self) -> str:
        """What it looks like, in the words of the style: verdict, level, and whether something excuses it."""
        return f"{self.line.verdict} {self.line.level.lower()}{' excused' if self.is_excused else ''}"

    @property
    def mended_in(self) -> str:
        """Who mends it, in words."""
        return Layer(self.line.layer).mended_in

    @cached_property
    def explanation(self) -> Explanation | None:
        """Why it is asked, what breaks without it and how it is mended."""
        return explain(self.line.id)


@frozen
class Group:
    """Requirements that stand together: of one operation and one area."""

    name: str
    entries: tuple[PageLine, ...]

    @property
    def held(self) -> int:
        """How many of them hold."""
        return sum(entry.line.verdict == "pass" for entry in self.entries)


@frozen(slots=False)
class PageLines:
    """All requirements of a report, in its order."""

    report: Report = field(repr=False)

    @cached_property
    def all(self) -> tuple[PageLine, ...]:
        """Every one of them."""
        return tuple(PageLine(number, line) for number, line in enumerate(self.report.verdicts, 1))

    @cached_property
    def by_id(self) -> Mapping[str, PageLine]:
        """The same by the id of the requirement."""
        return {entry.line.id: entry for entry in self.all}

    def of(self, lines: Iterable[Line]) -> tuple[PageLine, ...]:
        """Return the entries of some lines."""
        return tuple(self.by_id[line.id] for line in lines)

    @cached_property
    def excused(self) -> tuple[PageLine, ...]:
        """Those that are broken, and fail no run all the same."""
        return tuple(entry for entry in self.all if entry.is_excused)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The same by operation and area, in the order in which these first occur."""
        found: dict[str, list[PageLine]] = {}
        for entry in self.all:
            subject = entry.line.subject
            side = {"request": "request", "answer": "response"}.get(subject.side, subject.name)
            found.setdefault(f"{subject.operation} {side}".strip(), []).append(entry)
        return tuple(Group(name, tuple(members)) for name, members in found.items())


def gravest(entries: Sequence[PageLine]) -> PageLine:
    """Return the one that a reader has to see first: a broken MUST before a broken SHOULD before an open one."""

    def gravity(entry: PageLine) -> tuple[int, bool, bool]:
        return _GRAVEST.index(entry.line.verdict), entry.is_excused, entry.line.level != "MUST"

    return min(entries, key=gravity)
