"""Where the log of `serve` goes: lines for people, and objects of JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.mock.record import RequestRecord

__all__ = ["STANDARD_OUTPUT", "json_log", "say"]

STANDARD_OUTPUT = "-"


def say(record: RequestRecord, *, err: bool) -> None:
    """Print a request for people: red where it failed, yellow where something was done to it at random."""
    is_bad = record.status is None or record.status >= 400
    colour = "yellow" if record.nasty is not None else "red" if is_bad else None
    with suppress(OSError):  # nobody reads it any more, which is no reason to stop serving
        click.secho(record.line, fg=colour, err=err)


@contextmanager
def json_log(name: str | None) -> Iterator[Callable[[RequestRecord], None]]:
    """Open the log for programs, if there is to be one; what is in the file stays.

    Raises:
        UsageError: the file cannot be written.
    """
    if name is None:
        yield lambda _: None
    elif name == STANDARD_OUTPUT:
        yield _Writer(sys.stdout, "standard output").write
    else:
        try:
            file = Path(name).open("a", encoding="utf-8")  # noqa: SIM115 - the block below closes it
        except OSError as error:
            raise UsageError(f"--log-json {name}: cannot be written: {error.strerror}") from None
        with file:
            yield _Writer(file, name).write


class _Writer:
    """Writes one object a line, each at once; when that fails, says so and goes on without."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._works = True

    def write(self, record: RequestRecord) -> None:
        if not self._works:
            return
        try:
            self._stream.write(json.dumps(record.to_dict(), ensure_ascii=True) + "\n")
            self._stream.flush()
        except OSError as error:
            self._works = False
            click.echo(f"Warning: {self._name} takes no more of the log: {error.strerror}", err=True)
