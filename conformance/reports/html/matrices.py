"""Tables that one looks at: what is asked of each input and each property, and which values were tried with what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from conformance.reports.combinations import Combination
from conformance.reports.html.entries import SIGNS, PageLine, PageLines, gravest

__all__ = ["Cell", "Grid", "GridRow", "Overview", "Strip", "ValueGrid", "ValueRow", "overviews"]


@frozen
class Cell:
    """The requirements of one thing that ask the same of it, mostly one."""

    entries: tuple[PageLine, ...]

    @property
    def shown(self) -> PageLine:
        """The one that decides how it looks, and that it leads to."""
        return gravest(self.entries)

    @property
    def count(self) -> int:
        """How many of them are like the one shown."""
        return sum(entry.line.verdict == self.shown.line.verdict for entry in self.entries)

    @property
    def label(self) -> str:
        """What it says, in words."""
        if len(self.entries) == 1:
            return f"{self.shown.line.verdict}: {self.shown.line.id}"
        counts = Counter(entry.line.verdict for entry in self.entries)
        said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in SIGNS if counts[verdict])
        subject = self.shown.line.subject
        return f"{said}: {subject.name} {subject.aspect}"


@frozen
class GridRow:
    """One input or property, with a cell for each column; None where nothing is asked."""

    name: str
    cells: tuple[Cell | None, ...]


@frozen
class Grid:
    """A table of what is asked of the things on one side of an operation; its rows by where these stand."""

    title: str
    columns: tuple[str, ...]
    bodies: Mapping[str, Sequence[GridRow]]


@frozen
class Strip:
    """An area as a row of cells, one for each requirement."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def held(self) -> int:
        """How many of them hold."""
        return sum(cell.shown.line.verdict == "pass" for cell in self.cells)


@frozen
class ValueRow:
    """A listed value: the verdict on it, and a mark for each input that can stand beside it."""

    value: str
    cell: Cell | None
    marks: tuple[str, ...]


@frozen
class ValueGrid:
    """A table of the listed values of an input, by the inputs that were sent beside them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[ValueRow, ...]


@frozen
class Overview:
    """What there is to look at of one operation, or of what concerns all of them where the name is empty."""

    name: str
    grids: tuple[Grid, ...]
    values: tuple[ValueGrid, ...]
    strips: tuple[Strip, ...]


def overviews(entries: PageLines) -> tuple[Overview, ...]:
    """Return an overview for each operation, and at the end one of what concerns all of them."""
    by_operation: dict[str, list[PageLine]] = defaultdict(list)
    for entry in entries.all:
        by_operation[entry.line.subject.operation].append(entry)
    names = [name for name in by_operation if name] + [name for name in by_operation if not name]
    return tuple(_overview(name, by_operation[name], entries.report.combinations) for name in names)


def _overview(name: str, entries: Sequence[PageLine], combinations: Iterable[Combination]) -> Overview:
    sides = (("Inputs", "request"), ("Answers", "answer"))
    asked = ((title, [e for e in entries if e.line.subject.side == side]) for title, side in sides)
    return Overview(
        name,
        tuple(_grid(title, members) for title, members in asked if members),
        tuple(_values(entries, [row for row in combinations if row.operation == name])),
        tuple(_strips(entry for entry in entries if not entry.line.subject.side)),
    )


def _grid(title: str, entries: Sequence[PageLine]) -> Grid:
    things: dict[tuple[str, str], dict[str, list[PageLine]]] = {}
    for entry in entries:
        subject = entry.line.subject
        things.setdefault((subject.place, subject.name), {}).setdefault(subject.aspect, []).append(entry)
    columns = _merged(things.values())
    bodies: dict[str, list[GridRow]] = defaultdict(list)
    for (place, name), asked in things.items():
        cells = (Cell(tuple(asked[column])) if column in asked else None for column in columns)
        bodies[place].append(GridRow(name, tuple(cells)))
    return Grid(title, columns, bodies)


def _merged(sequences: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return one order of all names: each new one behind the one that it first stands behind."""
    merged: list[str] = []
    for sequence in sequences:
        place = 0
        for name in sequence:
            if name not in merged:
                merged.insert(place, name)
            place = merged.index(name) + 1
    return tuple(merged)


def _strips(entries: Iterable[PageLine]) -> Iterator[Strip]:
    areas: dict[str, list[Cell]] = defaultdict(list)
    for entry in entries:
        areas[entry.line.subject.name].append(Cell((entry,)))
    yield from (Strip(name, tuple(cells)) for name, cells in areas.items())


def _values(entries: Iterable[PageLine], combinations: Sequence[Combination]) -> Iterator[ValueGrid]:
    judged = {(e.line.subject.name, e.line.subject.value): e for e in entries if e.line.subject.side == "request"}
    by_input: dict[str, list[Combination]] = defaultdict(list)
    for row in combinations:
        by_input[row.input].append(row)
    for name, rows in by_input.items():
        columns = rows[0].others
        yield ValueGrid(name, columns, tuple(_value_row(row, judged.get((name, row.value)), columns) for row in rows))


def _value_row(row: Combination, entry: PageLine | None, columns: Sequence[str]) -> ValueRow:
    accepted, refused = frozenset(row.accepted), frozenset(row.refused)
    marks = ("accepted" if n in accepted else "refused" if n in refused else "untried" for n in columns)
    return ValueRow(row.value, Cell((entry,)) if entry is not None else None, tuple(marks))
