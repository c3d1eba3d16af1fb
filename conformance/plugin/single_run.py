"""The one run of a session: carried out by one process, read by all.

Whoever comes first starts `videos-conformance run` as a process of its own and holds a lock; the others wait for it.
That process holds the lock too: where the worker that started it dies, the others still wait for the run to end, and
nobody starts a second one.
"""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import IO, TextIO

import pytest
from attrs import define, field

from conformance.errors import ConformanceError
from conformance.plugin.settings import in_pytests_words, options
from conformance.reports.events import read_report
from conformance.reports.files import check_writable, write_whole
from conformance.reports.line import Line
from conformance.reports.report import Report

__all__ = ["Verdicts", "carried_out", "report_of", "verdicts_of"]

_STARTED, _SAID = "started", "stderr"
_PATIENCE = 20.0  # seconds that an interrupted run has to say what it has cost
_LOST = "the run ended without a report; what it has cost is not known, and nothing is sent again"
_ERROR = re.compile(r"^error: ", re.IGNORECASE | re.MULTILINE)


@define
class Verdicts:
    """What the run of a session gave.

    Attributes:
        report: of the run, unless there is none.
        trouble: why there is none, or why it is not complete.
        error: what went wrong in a fixture of the user's, so that nothing was sent.
    """

    report: Report | None
    trouble: str | None
    error: Exception | None = field(default=None, repr=False)
    _untold: bool = True

    @cached_property
    def lines(self) -> Mapping[str, Line]:
        """The verdicts by the ids of their requirements."""
        return {line.id: line for line in self.report.verdicts} if self.report is not None else {}

    def tell_trouble(self) -> None:
        """Fail the first test that asks, beside its own verdict: no requirement is to blame, and once is enough."""
        if not self._untold:
            return
        self._untold = False
        if self.error is not None:
            raise self.error
        if self.trouble is not None:
            pytest.fail(self.trouble, pytrace=False)


def report_of(folder: Path) -> Path:
    """Return where the report of the run in a folder stands."""
    return folder / "report.json"


def carried_out(folder: Path) -> Verdicts | None:
    """Return what the run in a folder gave, or None where none was started."""
    return _read(folder, untold=False) if (folder / _STARTED).exists() else None


def _read(folder: Path, *, untold: bool) -> Verdicts:
    """Read what the run in a folder left; `untold`: what went wrong is still to be told."""
    try:
        report = read_report(report_of(folder))
    except ConformanceError:
        said = (folder / _SAID).read_text(encoding="utf-8", errors="replace") if (folder / _SAID).exists() else ""
        *_, sentence = _ERROR.split(said)
        return Verdicts(None, in_pytests_words(sentence.strip()) or _LOST, untold=untold)
    return Verdicts(report, _trouble(report), untold=untold)


def _trouble(report: Report) -> str | None:
    """Return what is wrong with a run as a whole, and no single requirement tells."""
    if not report.complete:
        return f"the run is not complete: {report.trouble}"
    if report.baseline is not None and report.baseline.stale:
        return "\n".join(("entries of the baseline hold no longer:", *report.baseline.stale))
    return None


def verdicts_of(request: pytest.FixtureRequest, folder: Path) -> Verdicts:
    """Carry the run out, unless somebody has done so, and return what it gave."""
    folder.mkdir(exist_ok=True)
    with _locked(folder / "lock") as lock:
        found = carried_out(folder)
        if found is not None:
            return found
        written = request.config.getoption("videos_report_json")
        try:
            if written is not None:
                check_writable(Path(written))
            command, environment = _command(request, folder)
        except ConformanceError as error:
            return Verdicts(None, in_pytests_words(str(error)))
        except Exception as error:  # noqa: BLE001 - of a fixture of the user's: shown once, and not for each test
            return Verdicts(None, f"{type(error).__name__} in a fixture", error)
        (folder / _STARTED).write_text(str(os.getpid()), encoding="ascii")
        _run(command, environment, folder / _SAID, lock)
        made = _read(folder, untold=True)
        if made.report is not None and written is not None:
            write_whole(Path(written), partial(_copy, report_of(folder)))
        return made


def _copy(path: Path, stream: TextIO) -> None:
    stream.write(path.read_text(encoding="utf-8"))


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """Hold a lock that no other process holds; it goes on to every process that inherits the file."""
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _command(request: pytest.FixtureRequest, folder: Path) -> tuple[Sequence[str], Mapping[str, str]]:
    """Return the command of the run, and its environment; starts the server under test, if it is the user's own.

    Raises:
        ConformanceError: there is none, or it does not start.
    """
    config = request.config
    url, token = request.getfixturevalue("videos_url"), request.getfixturevalue("videos_token")
    selected = tuple(
        item.name for item in request.session.items if "videos_verdicts" in getattr(item, "fixturenames", ())
    )
    environment = {**os.environ, **({config.getoption("videos_token_env"): token} if token else {})}
    # -P: what stands where pytest was started is none of the suite's modules.
    words = [sys.executable, "-P", "-m", "conformance", "run", *options(config, url, selected)]
    return [*words, f"--report-json={report_of(folder)}"], environment


def _run(command: Sequence[str], environment: Mapping[str, str], said: Path, lock: IO[bytes]) -> None:
    """Run a command to its end; an interruption gives it time to judge what it has seen."""
    with said.open("wb") as errors:
        process = subprocess.Popen(  # noqa: S603 - this very program, with options that its command line checks
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=(lock.fileno(),),
        )
    try:
        process.wait()
    except BaseException:
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    """Wait for a run that was interrupted; Ctrl-C reaches it too, a signal that was meant for this process does not."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    process.kill()
    process.wait()
