"""Servers by requirements, or clients by vectors: the verdicts of several runs, as Markdown or as one HTML file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import field, frozen

from conformance.reports.grouping import area
from conformance.reports.line import Line
from conformance.reports.markup import cell, code
from conformance.reports.publishable import PublishedFacts, standing
from conformance.reports.report import Report

__all__ = ["FORMS", "Column", "Matrix", "MatrixRow", "matrix", "matrix_html", "matrix_markdown"]

SIGNS = {
    "pass": "✓",
    "fail": "✗ broken",
    "inconclusive": "? open",
    "not-run": "not tried",
    "not-offered": "not offered",
}
"""What stands in a cell; no meaning is borne by colour alone."""
_NOT_ASKED = "not asked"
_FACTS = ("contract", "tool", "run", "held", "broken MUST", "broken SHOULD", "not decided", "creates")


@frozen
class Column:
    """One run, which stands for its server, or its client."""

    name: str
    report: Report = field(repr=False)
    by_id: dict[str, Line] = field(repr=False)

    @property
    def made(self) -> PublishedFacts:
        """Of what, by what and when."""
        return standing(self.report)

    @property
    def facts(self) -> tuple[str, ...]:
        """What is said of the run as a whole, in the order of the heads."""
        made, seen = self.made, Counter(_verdict(line) for line in self.report.verdicts)
        broken = Counter(line.level for line in self.report.verdicts if line.verdict == "fail")
        contract = made.contract if made.requirement_set is None else f"{made.contract}, set {made.requirement_set}"
        undecided = seen["inconclusive"] + seen["not-run"]
        held = f"{seen['pass']} of {seen.total() - seen['not-offered']}"
        counts = (held, broken["MUST"], broken["SHOULD"], undecided, self.report.ledger["creates"])
        return (self.report.target["url"], contract, made.tool, made.started, *map(str, counts))


@frozen
class MatrixRow:
    """One requirement, with the verdict of each column."""

    line: Line
    verdicts: tuple[str | None, ...]

    @property
    def signs(self) -> tuple[str, ...]:
        """What the cells say."""
        return tuple(_NOT_ASKED if verdict is None else SIGNS[verdict] for verdict in self.verdicts)

    @property
    def differs(self) -> bool:
        """Whether the columns are not of one mind."""
        return len(set(self.verdicts)) > 1

    @property
    def is_broken(self) -> bool:
        """Whether some column breaks it."""
        return "fail" in self.verdicts


@frozen
class Matrix:
    """All of it: a column for each run, and rows by area."""

    columns: tuple[Column, ...]
    areas: tuple[tuple[str, tuple[MatrixRow, ...]], ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """What the facts of a column are called."""
        return (self.noun, *_FACTS)

    @property
    def noun(self) -> str:
        """What a column stands for."""
        return "client" if all(column.report.is_of_client for column in self.columns) else "server"

    @property
    def title(self) -> str:
        """What it shows."""
        return f"Conformance of {len(self.columns)} {self.noun}{'' if len(self.columns) == 1 else 's'}"

    @property
    def asked(self) -> str:
        """What a row stands for."""
        return self.columns[0].report.noun


def matrix(named: Sequence[tuple[str, Report]]) -> Matrix:
    """Put reports side by side, each under its name."""
    columns = tuple(Column(name, report, {line.id: line for line in report.verdicts}) for name, report in named)
    lines: dict[str, Line] = {}
    for column in columns:
        for line in column.report.verdicts:
            lines.setdefault(line.id, line)
    by_area: dict[str, list[MatrixRow]] = {}
    for line in lines.values():
        found = (column.by_id.get(line.id) for column in columns)
        row = MatrixRow(line, tuple(None if own is None else _verdict(own) for own in found))
        by_area.setdefault(area(line), []).append(row)
    return Matrix(columns, tuple((name, tuple(rows)) for name, rows in by_area.items()))


def _verdict(line: Line) -> str:
    return "not-offered" if line.not_offered else line.verdict


def matrix_markdown(made: Matrix) -> str:
    """Return a matrix as Markdown."""
    return "\n".join(_lines(made)) + "\n"


def _lines(made: Matrix) -> Iterator[str]:
    names = [cell(column.name) for column in made.columns]
    yield f"# {made.title}"
    yield ""
    yield f"| | {' | '.join(names)} |"
    yield f"|---{'|---' * len(names)}|"
    for index, head in enumerate(made.heads):
        yield f"| {head} | {' | '.join(cell(column.facts[index]) for column in made.columns)} |"
    for name, rows in made.areas:
        yield ""
        yield f"## {name}"
        yield ""
        yield f"| {made.asked} | level | {' | '.join(names)} |"
        yield f"|---|---{'|---' * len(names)}|"
        for row in rows:
            yield f"| {code(row.line.id)} | {row.line.level} | {' | '.join(row.signs)} |"


def matrix_html(made: Matrix) -> str:
    """Return a matrix as one HTML file that needs nothing else."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - slow, and of use only here

    loader = PackageLoader("conformance.reports")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("matrix.html.jinja").render(made=made)


FORMS: Mapping[str, Callable[[Matrix], str]] = {
    ".md": matrix_markdown,
    ".markdown": matrix_markdown,
    ".html": matrix_html,
    ".htm": matrix_html,
}
"""How a matrix is written, by the end of the name of its file."""
