"""Runs the `serve` command as a process of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define

_PROGRAM = "from conformance.cli import main; main()"


@define
class Served:
    """A server that runs: what it said at first, where it listens, and once it was stopped all the rest."""

    welcome: str
    url: str
    rest: str = ""
    errors: str = ""


@contextmanager
def served(*arguments: str, apart: bool = False) -> Iterator[Served]:
    """Start the command and wait until it listens; stop it as Ctrl-C does.

    `apart` says that people read standard error, and programs standard output.
    """
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", _PROGRAM, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        lines = []
        for line in (process.stderr if apart else process.stdout) or ():
            lines.append(line)
            if "Ctrl-C" in line:
                break
        url = re.search(r"http://\S+:\d+", "".join(lines))
        assert url is not None, (lines, process.communicate())
        server = Served("".join(lines), url[0])
        try:
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            server.rest, server.errors = process.communicate(timeout=10)
    assert process.returncode == 0, server.errors
