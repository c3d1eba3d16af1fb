"""Writes a report on a document for people: as text, or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from conformance.lint.diagnostics import Diagnostic
from conformance.lint.survey.spec_report import SpecReport, SurveySection

__all__ = ["as_markdown", "as_text"]

_MOST_PLACES = 5
_MOST_ROWS = 40
_TITLES = {
    "examples": "Examples",
    "errors": "Refusals and failures",
    "encodings": "Forms",
    "provenance": "Provenance",
    "rules": "Rules",
}


def as_text(report: SpecReport) -> Iterator[str]:
    """Yield the lines of a report as text."""
    yield _headline(report)
    for note in report.notes:
        yield f"  {note}"
    for section in report.sections:
        yield ""
        yield f"{_TITLES[section.name]}"
        yield from (f"  {sentence}" for sentence in section.says)
        yield from (f"  {line}" for line in _columns(section.table))
        for finding, left in _short(section.findings):
            place = f"{finding.overlay or report.path}:{finding.line}"
            yield f"    {place}: {finding.pointer} [{finding.rule}] {finding.message}"
            if left:
                yield f"    … and {left} more of {finding.rule}; --json has all"


def as_markdown(report: SpecReport) -> Iterator[str]:
    """Yield the lines of a report as Markdown."""
    yield f"# {_plain(_headline(report))}"
    for note in report.notes:
        yield from ("", f"> {_plain(note)}")
    for section in report.sections:
        yield from ("", f"## {_TITLES[section.name]}", "")
        yield " ".join(section.says)
        yield from _rows(section)
        if section.findings:
            yield from ("", "| line | place | rule | what to mend |", "|---:|---|---|---|")
        for finding, left in _short(section.findings):
            line = f"{finding.overlay}:{finding.line}" if finding.overlay else str(finding.line)
            cells = (line, f"`{finding.pointer}`", finding.rule, finding.message)
            yield f"| {' | '.join(map(_cell, cells))} |"
            if left:
                yield f"| | | {finding.rule} | … and {left} more |"


def _headline(report: SpecReport) -> str:
    name = " ".join(part for part in (report.title, report.version) if part)
    sizes = f"{_counted(report.operations, 'operation')}, {_counted(report.schemas, 'schema')}"
    return f"{report.path.name}: {name + ', ' if name else ''}OpenAPI {report.openapi}, {sizes}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _short(findings: Sequence[Diagnostic]) -> Iterator[tuple[Diagnostic, int]]:
    """Yield the first findings of each rule; with the last of them, how many are left out."""
    for _, group in groupby(sorted(findings, key=lambda finding: finding.rule), key=lambda finding: finding.rule):
        found = list(group)
        shown = found[:_MOST_PLACES]
        for index, finding in enumerate(shown):
            yield finding, len(found) - len(shown) if index == len(shown) - 1 else 0


def _columns(table: Sequence[Sequence[str]]) -> Iterator[str]:
    if not table:
        return
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table[: _MOST_ROWS + 1]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if len(table) > _MOST_ROWS + 1:
        yield f"… and {len(table) - _MOST_ROWS - 1} more; --json has all"


def _rows(section: SurveySection) -> Iterable[str]:
    if not section.table:
        return
    heading, *rows = section.table
    yield from ("", f"| {' | '.join(map(_cell, heading))} |", f"|{'---|' * len(heading)}")
    for row in rows[:_MOST_ROWS]:
        yield f"| {' | '.join(map(_cell, row))} |"
    if len(rows) > _MOST_ROWS:
        yield f"| … and {len(rows) - _MOST_ROWS} more |{' |' * (len(heading) - 1)}"


def _cell(text: str) -> str:
    return " ".join(_plain(text).replace("|", "\\|").split())


def _plain(text: str) -> str:
    """Take the meaning from signs by which a document of others could write what it likes."""
    return text.replace("<", "&lt;").replace("[", "\\[").replace("@", "&#64;").replace("\n", " ")
