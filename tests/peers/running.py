"""Starts the servers, and has the suite judge them as a user would."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from conformance.contract import load
from scripts.node.packages import NODE, is_installed
from scripts.peers.launching import HOST, Launch, started, usable, wait_until_listening
from tests.peers.terms import terms
from tests.suite.runs import TOKEN, Said, process

__all__ = ["Judged", "harmed", "judged", "missing", "serving"]

ROOT = Path(__file__).resolve().parents[2]
SERVERS = Path(__file__).resolve().parent / "servers"
BOOTSTRAP = ROOT / "scripts" / "setup" / "bootstrap.py"
PYTHON = str(ROOT / ".venv-peers" / "bin" / "python")
GUNICORN = (PYTHON, "-m", "gunicorn", "--chdir", str(SERVERS), "--threads", "8", "--log-level", "warning", "--bind")
NODES = ("fastify", "multer", "undici")


@frozen
class Judged:
    """What the suite found, what the server says that it made, and what it said on the way."""

    said: Said
    report: dict[str, Any] = field(repr=False)
    jobs: list[str] = field(repr=False)
    log: str = field(repr=False)

    def failed(self, level: str) -> set[str]:
        return {line["id"] for line in self.report["verdicts"] if line["level"] == level and line["verdict"] == "fail"}


def missing(server: str) -> str | None:
    """Say what is not on this machine that a server needs, or nothing."""
    if server == "go":
        return None if shutil.which("go") else "go is not on the path"
    if server in NODES:
        return None if is_installed(SERVERS) else "its npm packages are not installed; ./scripts/test installs them"
    fresh = subprocess.run((sys.executable, "-I", "-S", BOOTSTRAP, "--fresh", "peers"), check=False).returncode == 0
    return None if fresh else ".venv-peers is not what its lock says; ./scripts/test sets it up"


def harmed(log: str, known: Sequence[str] = ()) -> bool:
    """Whether a server's log shows that an exception left its code: every stack names a file of its own.

    Args:
        log: what the server said.
        known: exceptions that are listed as its framework's own.
    """
    stacks = log.split("Traceback (most recent call last):")
    return any(str(SERVERS) in stack and not any(name in stack for name in known) for stack in stacks)


def judged(server: str, folder: Path, *options: object) -> Judged:
    """Start a server, run the suite against it through its command, and stop it."""
    jobs, log, report = folder / "jobs", folder / "log", folder / "report.json"
    jobs.touch()
    with serving(server, folder, jobs) as url:
        said = process("run", "--url", url, *options, "--report-json", report)
    found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    lines = [path.read_text(encoding="utf-8", errors="replace") for path in (jobs, log)]
    return Judged(said, found, lines[0].splitlines(), lines[1])


@contextlib.contextmanager
def serving(server: str, folder: Path, jobs: Path) -> Iterator[str]:
    """Run a server on a free port for as long as the block lasts; it writes its log to the folder."""
    port, given = usable(0), folder / "terms.json"
    given.write_text(terms(load(), TOKEN, jobs), encoding="utf-8")
    launch = Launch(command(server, port, folder), {"PEER_TERMS": str(given), "PORT": str(port)})
    with (folder / "log").open("wb") as output, started(launch, output) as running:
        wait_until_listening(running, port)
        yield f"http://{HOST}:{port}"
        assert running.poll() is None, "the server ended by itself"


def command(server: str, port: int, folder: Path) -> tuple[str, ...]:
    """How a team would start it."""
    if server.startswith("fastapi"):
        options = ("--app-dir", str(SERVERS), "--host", HOST, "--port", str(port), "--log-level", "warning")
        return (PYTHON, "-m", "uvicorn", f"{server}_server:app", *options)
    if server in ("flask", "django"):
        return (*GUNICORN, f"{HOST}:{port}", f"{server}_server:{'app' if server == 'flask' else 'application'}")
    if server in ("aiohttp", "tornado"):
        return (PYTHON, str(SERVERS / f"{server}_server.py"))
    if server in NODES:
        return (str(NODE), str(SERVERS / f"{server}_server.mjs"))
    program = folder / "server"
    local = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "CGO_ENABLED": "0"}
    subprocess.run(("go", "build", "-o", program, "."), cwd=SERVERS / "go", env=local, check=True)
    return (str(program),)
