"""The report in short, as Markdown that a page of a CI shows: the verdict, the sums, what is broken, what it cost.

What a server may have chosen stands in code spans and code blocks alone, whose fences are longer than any run of their
own mark within: nothing there can end them, become a link, or name somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from conformance.errors import ExitCode
from conformance.reports.curl import HANDY
from conformance.reports.formats import Material
from conformance.reports.grouping import (
    Area,
    Cause,
    areas,
    causes,
    counted,
    excuses_counted,
    not_offered,
    sums,
    times,
    undecided,
)
from conformance.reports.layout import one_line, plural
from conformance.reports.line import ADAPTER, Line
from conformance.reports.markup import block, cell, code, prose
from conformance.reports.report import Report
from conformance.requirements import Layer

__all__ = ["in_short", "write"]

_SAID = {
    ExitCode.CONFORMS: "✅ Conforms",
    ExitCode.BROKEN_MUST: "❌ Does not conform",
    ExitCode.INCOMPLETE: "⚠️ Could not be decided",
}
_SHOWN = 20  # causes
_MEMBERS = 6  # requirements of one cause


def write(material: Material, stream: TextIO) -> None:
    """Write the report in short."""
    stream.writelines(_lines(material.report))


def in_short(report: Report, room: int) -> str:
    """Return as much of it as has room in so many bytes: all of it, the verdict and the sums, or nothing."""
    for lines in (_lines(report), _head(report)):
        text = "".join(lines)
        if len(text.encode("utf-8", "backslashreplace")) <= room:
            return text
    return ""


def _lines(report: Report) -> Iterator[str]:
    yield from _head(report)
    found = causes(report)
    if found:
        yield "### Broken\n\n"
    for number, cause in enumerate(found[:_SHOWN], 1):
        yield from _cause(number, cause)
    if len(found) > _SHOWN:
        yield f"… and {len(found) - _SHOWN} more causes, which the other reports have.\n\n"
    excused = [line for line in report.verdicts if line.verdict == "fail" and line.excuse is not None]
    if excused:
        yield "### Broken, and excused\n\n"
        yield from map(_excused, excused[:_SHOWN])
        yield f"- … and {len(excused) - _SHOWN} more\n\n" if len(excused) > _SHOWN else "\n"
    if report.verdicts:
        yield from _areas(areas(report.verdicts))
    groups = undecided(report)
    if groups:
        yield f"### Not decided: {sum(len(group.lines) for group in groups)}\n\n"
        yield from (f"- {len(group.lines)}: {code(group.reason)}\n" for group in groups[:_SHOWN])
        yield "\n"


def _head(report: Report) -> Iterator[str]:
    summary, ledger, run = report.summary, report.ledger, report.run
    yield f"## {_verdict(report)}\n\n"
    if report.trouble is not None:
        yield f"> The run is not complete: {code(report.trouble)}\n\n"
    stale = report.baseline.stale if report.baseline is not None else ()
    yield from (f"> {code(sentence)}\n\n" for sentence in (*stale[:_SHOWN], *report.headlines))
    if len(stale) > _SHOWN:
        yield f"> … and {len(stale) - _SHOWN} more entries of the baseline that hold no longer\n\n"
    contract = f"{report.contract['title']} {report.contract['version']}"
    contract += f", set {report.requirement_set}" if report.requirement_set is not None else ""
    yield f"- {code(report.target['url'])}, held to {code(contract)}\n"
    yield f"- {sums(report)}\n"
    yield from (
        f"- {code(group.reason)} ({plural(len(group.lines), 'requirement')})\n" for group in not_offered(report)
    )
    excused = excuses_counted(report)
    broken = f"{summary['failed_must']} MUST and {summary['failed_should']} SHOULD broken"
    yield f"- {broken}{f'; excused: {excused}' if excused else ''}\n"
    if report.is_of_client:
        yield f"- {plural(ledger['requests'], 'request')} came in, {ledger['creates']} of them to make something\n"
        tool = f"{report.tool['name']} {report.tool['version']}"
        yield f"- {code(tool)}, {code(run.started)}, {run.seconds or 0:.1f} s\n\n"
        return
    made = f"{ledger['creates']} creates (ceiling {ledger['ceiling']}), {ledger['possible_creates']} possible ones"
    yield f"- {ledger['requests']} requests, {made}\n"
    told = f"{report.tool['name']} {report.tool['version']}, seed {run.seed}, tier {run.tier}"
    yield f"- {code(told)}, {code(run.started)}, {run.seconds or 0:.1f} s\n\n"


def _verdict(report: Report) -> str:
    if not report.complete:
        return "⚠️ Not complete"
    return _SAID[report.exit_code()]


def _cause(number: int, cause: Cause) -> Iterator[str]:
    marker = f"{number}. "
    indent = " " * len(marker)
    for index, line in enumerate(cause.failed[:_MEMBERS]):
        start, end = (indent if index else marker), ("\\" if line is not cause.failed[:_MEMBERS][-1] else "")
        flaky = f" (flaky, {times(line)})" if line.flaky else ""
        yield f"{start}**{line.level}** {code(line.id)}: {code(line.reason)}{flaky}{end}\n"
    if others := cause.failed[_MEMBERS:]:
        yield f"\n{indent}and {len(others)} more: {code(counted(others))}\n"
    first, evidence = cause.first, cause.evidence
    mended = f"Mend: {prose(first.mend)}" if first.mend else f"Mended in {Layer(first.layer).mended_in}."
    yield f"\n{indent}{prose(first.statement)} {mended}\n"
    if cause.blocked:
        yield f"\n{indent}{len(cause.blocked)} not decided because of it\n"
    if evidence is not None:
        status = "none" if evidence.status is None else f"HTTP {evidence.status}"
        told = f"# a command of {len(evidence.curl)} characters sends it again: it stands in the other reports"
        command = f"$ {evidence.curl}" if len(evidence.curl) <= 2 * HANDY else told
        status = "said" if evidence.protocol == ADAPTER else status
        yield from block(indent, (f"{status}: {one_line(evidence.answer)}", command))
    yield "\n"


def _excused(line: Line) -> str:
    said = line.known.reason if line.known is not None else line.not_scored or "newer than the set"
    return f"- {line.level} {code(line.id)}: {code(line.reason)} ({code(said)})\n"


def _areas(found: Iterable[Area]) -> Iterator[str]:
    yield "### By area\n\n| area | held | of | broken | not decided |\n|---|--:|--:|---|--:|\n"
    for area in found:
        notes = [f"{count} {level}" for level, count in area.broken]
        broken = ", ".join([*notes, *([f"{area.excused} excused"] if area.excused else [])])
        yield f"| {cell(area.name)} | {area.held} | {area.total} | {broken} | {area.undecided} |\n"
    yield "\n"
