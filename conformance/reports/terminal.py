"""The report for people, on a terminal: what skews the run, what is broken and who mends it, then the sums."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from conformance.reports.excused import print_excused, print_stale
from conformance.reports.grouping import (
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
from conformance.reports.layout import block, one_line, plural, printable
from conformance.reports.line import ADAPTER, CONVENTION, Evidence, Line
from conformance.reports.report import Report
from conformance.reports.table import print_table
from conformance.requirements import Layer

__all__ = ["render", "render_facts", "render_jobs", "render_spend"]

_STYLES = {"MUST": "bold red", "SHOULD": "bold yellow", "MAY": "bold"}
_SHOWN = 6  # requirements of one cause; the table of --verbose has all
_TOLD = 3  # reasons of what it blocks
_JOBS = 12
_INDENT = " " * 12
_EXPLAINED = "`videos-conformance explain ID` says why it matters and how it is usually mended."
_AGAIN = "The command of a vector tries it alone, and shows its requests as they came."
_LONGEST_COMMAND = 2_000  # characters; nobody copies more from a terminal


def render(report: Report, console: Console, *, verbose: bool = False) -> None:
    """Print headlines, failures by cause, a line for each area, what was not decided and why, and the totals.

    Args:
        report: of a run.
        console: to print on; nothing that matters is said by colour alone.
        verbose: print the table of all verdicts too.
    """
    if report.trouble is not None:
        block(console, "! ", f"the run is not complete: {printable(report.trouble)}", style="bold red", fold=True)
    for headline in report.headlines:
        block(console, "! ", printable(headline), style="bold", fold=True)
    print_stale(report, console)
    if report.trouble is not None or report.headlines or (report.baseline is not None and report.baseline.stale):
        console.print()
    found = causes(report)
    for number, cause in enumerate(found, 1):
        _print_cause(number, cause, console)
        console.print()
    if found:
        block(console, "", _AGAIN if report.is_of_client else _EXPLAINED, hang=0)
        _print_source(report, console)
        console.print()
    print_excused(report, console)
    if report.summary["decided"] or report.complete:  # where nothing was tried, the headline says all that there is
        _print_areas(report, console)
        _print_undecided(report, console)
        _print_not_offered(report, console)
    if verbose:
        console.print()
        print_table(report.verdicts, console)
    console.print()
    if report.verdicts:
        _print_totals(report, len(found), console)
    render_spend(report, console)


def render_spend(report: Report, console: Console) -> None:
    """Print what a run has cost; all that there is to say where nothing could be judged."""
    ledger = report.ledger
    if report.is_of_client:
        of_them = f", {ledger['creates']} of them to make something" if ledger["creates"] else ""
        block(console, "", f"{plural(ledger['requests'], 'request')} came in{of_them}", hang=2)
        return
    spent = f"{ledger['requests']} requests, {ledger['creates']} creates (ceiling {ledger['ceiling']})"
    if ledger["unexpected_creates"]:
        spent += f", {ledger['unexpected_creates']} of them by requests that had to be refused"
    if ledger["possible_creates"]:
        spent += f", and {ledger['possible_creates']} possible: the answer does not exclude that something was made"
    block(console, "", spent, hang=2)
    if ledger["cost"] is not None:
        ceiling = "" if ledger["max_cost"] is None else f" (ceiling {ledger['max_cost']})"
        block(console, "", f"at most {ledger['cost']} spent{ceiling}", hang=2)


def render_jobs(report: Report, console: Console) -> None:
    """Print the ids of the jobs that a run has made, on a server of which somebody may want to cancel them."""
    if not report.jobs:
        return
    shown = [printable(job.id) for job in report.jobs[:_JOBS]]
    more = len(report.jobs) - len(shown)
    rest = f" and {more} more: --report-json has them all, with model and time" if more else ""
    block(console, "", f"jobs that were made: {', '.join(shown)}{rest}", hang=2)


def render_facts(line: Line, evidence: Evidence | None, console: Console) -> None:
    """Print what a broken requirement asked, where that is written, who mends it, and what shows that it is broken."""
    block(console, "    asked   ", printable(line.statement))
    block(console, "    source  ", _source(line))
    if line.mend:
        block(console, "    mend    ", line.mend)
    else:
        block(console, "    mend in ", f"{Layer(line.layer).mended_in} (layer {line.layer})")
    if evidence is not None:
        _print_evidence(evidence, console)


def _print_source(report: Report, console: Console) -> None:
    """Say how the commands get the token, where the run did not take it from their variable."""
    variable, option = report.target.get("token", ""), report.target.get("token_source")
    if option and any(line.evidence is not None and variable in line.evidence.curl for line in report.verdicts):
        said = f"The commands take the token from {variable}: set it to what {option} gave, and export it."
        block(console, "", said, hang=0)


def _print_cause(number: int, cause: Cause, console: Console) -> None:
    first, shown = cause.first, cause.failed[:_SHOWN]
    for index, line in enumerate(shown):
        _print_failed(f"{number}." if index == 0 else "", line, console)
    if others := cause.failed[_SHOWN:]:
        block(console, _INDENT, f"and {len(others)} more: {counted(others)}; `--verbose` lists them")
    render_facts(first, cause.evidence, console)
    if cause.blocked:
        block(console, "    blocks  ", f"{len(cause.blocked)} not decided because of it: {counted(cause.blocked)}")
    for line in cause.blocked[:_TOLD]:
        reason = line.reason.removeprefix(f"follows from {line.blocked_by}: ")
        block(console, _INDENT, f"{line.id}: {printable(reason)}", hang=len(_INDENT) + 2)


def _print_failed(number: str, line: Line, console: Console) -> None:
    heading = Text.assemble(f"{number:4}", (f"{line.level:6}", _STYLES[line.level]), "  ", (line.id, "bold"))
    console.print(heading, soft_wrap=True)
    block(console, _INDENT, printable(line.reason), fold=True)
    if line.flaky:
        block(console, _INDENT, f"flaky, {times(line)}; that counts as broken")


def _source(line: Line) -> str:
    return "a convention of this suite" if line.source == CONVENTION else printable(line.source)


def _print_evidence(evidence: Evidence, console: Console) -> None:
    if evidence.protocol == ADAPTER:
        block(console, "    said    ", one_line(evidence.answer), fold=True)
        console.print(Text(f"    $ {printable(evidence.curl)}"), soft_wrap=True)
        return
    spoken = evidence.protocol if evidence.protocol == "HTTP/2" else "HTTP"
    status = "none" if evidence.status is None else f"{spoken} {evidence.status}"
    block(console, "    answer  ", f"{status}: {one_line(evidence.answer)}", fold=True)
    if len(evidence.curl) <= _LONGEST_COMMAND:
        console.print(Text(f"    $ {printable(evidence.curl)}"), soft_wrap=True)
    else:
        long = f"the command that sends it again has {len(evidence.curl)} characters: it stands in the --report-json"
        block(console, "    $ ", f"# {long}")


def _print_areas(report: Report, console: Console) -> None:
    found = areas(report.verdicts)
    console.print("held of all that is asked, by area:")
    width = max((len(area.name) for area in found), default=0)
    for area in found:
        notes = [f"{count} {level} broken" for level, count in area.broken]
        notes += [f"{area.excused} excused"] if area.excused else []
        notes += [f"{area.undecided} not decided"] if area.undecided else []
        sums = f"{area.held}/{area.total}"
        block(console, f"{area.name:{width}} {sums:>8}{'  ' if notes else ''}", ", ".join(notes))


def _print_undecided(report: Report, console: Console) -> None:
    found = undecided(report)
    if found:
        console.print()
        console.print(f"not decided: {sum(len(group.lines) for group in found)}")
    for group in found:
        block(console, f"{len(group.lines):4}  ", f"{printable(group.reason)} ({counted(group.lines)})", fold=True)


def _print_not_offered(report: Report, console: Console) -> None:
    found = not_offered(report)
    if found:
        console.print()
    for group in found:
        block(console, "", f"{printable(group.reason)} ({plural(len(group.lines), 'requirement')})", hang=2, fold=True)


def _print_totals(report: Report, found: int, console: Console) -> None:
    summary = report.summary
    where = f"{printable(report.target['url'])}, contract {printable(report.contract['version'])}"
    where += f", set {printable(report.requirement_set)}" if report.requirement_set is not None else ""
    block(console, "", where, hang=2)
    block(console, "", sums(report), hang=2)
    broken = f"{summary['failed_must']} MUST and {summary['failed_should']} SHOULD broken"
    if found:
        broken += f", of {found} cause{'' if found == 1 else 's'}"
    excused = excuses_counted(report)
    broken += f"; excused: {excused}" if excused else ""
    block(console, "", broken, hang=2)
