"""Options that say where a run is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from attrs import frozen

from conformance.cli.options import grouped
from conformance.errors import UsageError
from conformance.reports.files import check_writable, is_special, made_folder, write_whole
from conformance.reports.formats import EVENTS_NAME, FORMATS, Format, Material

if TYPE_CHECKING:
    from conformance.reports.report import Report

__all__ = ["Outputs", "eventless_report_options", "outputs_of", "report_options"]

_PATH = click.Path(path_type=Path)


def _options(forms: Iterable[Format], beside: str) -> Callable[[Any], Any]:
    return grouped(
        click.option("--verbose", is_flag=True, help="A row for every single requirement."),
        *(click.option(form.option, type=_PATH, metavar="FILE", help=form.said) for form in forms),
        click.option("--report-dir", type=_PATH, metavar="DIR", help=f"Write all of them into a folder{beside}."),
    )


report_options = _options(FORMATS, f", and {EVENTS_NAME} beside them")
eventless_report_options = _options((form for form in FORMATS if not form.needs_events), "")
"""The same for a run that has no event stream."""


@frozen
class Outputs:
    """Where a run is to be written.

    Attributes:
        files: the forms of its report that are asked for one by one.
        folder: that gets all of them.
        events: the event stream, where it is asked for by itself.
    """

    files: tuple[tuple[Format, Path], ...]
    folder: Path | None
    events: Path | None

    def prepare(self, *, has_events: bool = True) -> None:
        """Make sure before a run that all can be written, and make the folder.

        Args:
            has_events: the event stream will be there.

        Raises:
            UsageError: something cannot.
        """
        seen: set[Path] = set()
        for name, path in self._named():
            if str(path) == "-":
                raise UsageError(f"{name} -: standard output is for people; name a file")
            check_writable(path)
            if not is_special(path) and path.resolve() in seen:
                raise UsageError(f"{name} {path}: another output is written there already; name another file")
            seen.add(path.resolve())
        wanting = [form.option for form, _ in self.files if form.needs_events]
        if wanting and not has_events:
            raise UsageError(
                f"{wanting[0]}: needs every exchange, and only the event stream of a run (--events) has them"
            )
        wanting += ["--report-dir"] if self.folder is not None else []
        if wanting and self.events is not None and is_special(self.events):
            raise UsageError(f"--events {self.events}: is no ordinary file, from which {wanting[0]} could be made")
        if self.folder is not None:
            made_folder(self.folder)
            for name in (EVENTS_NAME, *(form.file_name for form in FORMATS)):
                check_writable(self.folder / name)

    def clear(self) -> None:
        """Take out of the folder what an earlier run left, or it would be taken for a part of this one."""
        if self.folder is None:
            return
        for form in FORMATS:
            (self.folder / form.file_name).unlink(missing_ok=True)

    def _named(self) -> Iterator[tuple[str, Path]]:
        yield from ((form.option, path) for form, path in self.files)
        if self.events is not None:
            yield "--events", self.events

    @contextmanager
    def recorded(self) -> Iterator[Path | None]:
        """Yield where the event stream is to be written; None where nothing needs it."""
        if self.events is not None:
            yield self.events
        elif self.folder is not None:
            yield self.folder / EVENTS_NAME
        elif any(form.needs_events for form, _ in self.files):
            with tempfile.TemporaryDirectory() as place:
                yield Path(place) / EVENTS_NAME
        else:
            yield None

    def write(self, report: Report, events: Path | None) -> UsageError | None:
        """Write a report in every form that is asked for, and into the summary of a CI; return what could not be."""
        from conformance.cli.step_summary import append_summary

        material = Material(report, events)
        planned = [(path, partial(form.write, material)) for form, path in self.files]
        if self.folder is not None:
            forms = (form for form in FORMATS if events is not None or not form.needs_events)
            planned += [(self.folder / form.file_name, partial(form.write, material)) for form in forms]
            if events is not None and not _is_same(events, self.folder / EVENTS_NAME):
                planned.append((self.folder / EVENTS_NAME, partial(_copy, events)))
        troubles = []
        for path, write in planned:
            try:
                write_whole(path, write)
            except OSError as error:
                troubles.append(f"{path}: cannot be written: {error.strerror or error}")
            except UsageError as error:
                troubles.append(f"{path}: cannot be written: {error}")
        append_summary(report)
        return UsageError("\n".join(troubles)) if troubles else None


def _is_same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)


def _copy(path: Path, stream: TextIO) -> None:
    with path.open(encoding="utf-8", newline="") as source:
        shutil.copyfileobj(source, stream)


def outputs_of(settings: Mapping[str, Any]) -> Outputs:
    """Read where a run is to be written."""
    given = ((form, settings.get(f"report_{form.name}")) for form in FORMATS)
    files = tuple((form, path) for form, path in given if path is not None)
    return Outputs(files, settings["report_dir"], settings.get("events"))
